"""Why a mention is here."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.journey.explaining import WhyMatched, explain_mention
from analytics.listening.canonical import to_text
from analytics.mentions.selectors import mention_of
from api.permissions import least
from api.schema import operation, sample_id
from api.serializers import NoParameters, Shown
from api.v1.mentions import SpanSerializer
from api.views import ClientView
from tenants.datakeys import data_key

_OUTCOMES = ("matched", "missing", "absent", "present", "pending")


class ClauseSerializer(Shown):
    text = serializers.CharField(help_text="The clause in its canonical spelling.")
    start = serializers.IntegerField(help_text="Where it stands in the query's text, in characters from 0.")
    end = serializers.IntegerField(help_text="Where it ends there. Clauses of a snippet stand where it is named.")
    wanted = serializers.BooleanField(help_text="False where it stands under a NOT.")
    outcome = serializers.ChoiceField(
        _OUTCOMES,
        help_text="Of a wanted clause `matched` or `missing`; of an unwanted one `absent` (looked for and not there) "
        "or `present`; of both `pending`, where it hangs on a reading that has not been made yet.",
    )
    decisive = serializers.BooleanField(
        help_text="Whether the query's answer rests on it. A word that was found in an alternative which fails for "
        "another reason is not decisive."
    )
    in_title = serializers.BooleanField(help_text="Whether it was looked for in the title only.")
    spans = SpanSerializer(
        many=True,
        help_text="Where it stands, as in a mention's `matches`: [start, end) in the title, a line break and the text.",
    )
    facts = serializers.ListField(
        child=serializers.CharField(), help_text="What beside the text made it true, such as `lang:en`."
    )


class QueryExplanationSerializer(Shown):
    query = serializers.CharField(help_text="The query's id.")
    name = serializers.CharField()
    version = serializers.IntegerField(help_text="The version that matched.")
    current = serializers.BooleanField(help_text="Whether that is the query's present version.")
    text = serializers.CharField(allow_null=True, help_text="Its text; null where that version is not known any more.")
    state = serializers.ChoiceField(
        ("settled", "pending"),
        help_text="`pending` until the mention was read, where the query asks for what that tells.",
    )
    redacted = serializers.BooleanField(
        help_text="It matched on personal data that was taken out before the mention was stored: the clauses below are "
        "of what is left, and do not match."
    )
    clauses = ClauseSerializer(many=True, help_text="In the order of the query's text.")


class ExplanationSerializer(Shown):
    mention = serializers.CharField()
    queries = QueryExplanationSerializer(many=True, help_text="Every query that matches it, by name.")


def _clause(text: str, outcome: str, start: int, **more: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "text": text,
        "start": start,
        "end": start + len(text),
        "wanted": True,
        "outcome": outcome,
        "decisive": True,
        "in_title": False,
        "spans": [],
        "facts": [],
    }
    return {**plain, **more}


EXAMPLE = {
    "mention": sample_id("men"),
    "queries": [
        {
            "query": sample_id("qry"),
            "name": "Juniper Bakery",
            "version": 1,
            "current": True,
            "text": '"juniper bakery" lang:en NOT jobs',
            "state": "settled",
            "redacted": False,
            "clauses": [
                _clause('"juniper bakery"', "matched", 0, spans=[{"start": 24, "end": 38}]),
                _clause("lang:en", "matched", 17, facts=["lang:en"]),
                _clause("jobs", "absent", 29, wanted=False),
            ],
        }
    ],
}


class MentionExplanation(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="mentions_explanation",
        tag="mentions",
        summary="Explain a mention",
        description="Why each query matches it: which clauses were found and where, which facts count, which "
        "exclusions were looked for and are absent, and what is still pending. A match of an older version is "
        "explained by that version's text.",
        answer=ExplanationSerializer,
        answered=EXAMPLE,
    )
    def get(self, request: Request, client: str, mention: str) -> Response:
        NoParameters.read(request)
        found = mention_of(mention)
        queries = explain_mention(mention=found, data_key=partial(data_key, self.client))
        return Response(ExplanationSerializer.of({"mention": found.id, "queries": [_shown(one) for one in queries]}))


def _shown(why: WhyMatched) -> dict[str, Any]:
    clauses = why.explanation.clauses if why.explanation else ()
    return {
        "query": why.query_id,
        "name": why.name,
        "version": why.version,
        "current": why.current,
        "text": why.text or None,
        "state": "settled" if why.settled else "pending",
        "redacted": why.explanation is not None and why.explanation.truth == "no",
        "clauses": [
            {
                "text": to_text(clause.node),
                "start": clause.start,
                "end": clause.end,
                "wanted": clause.wanted,
                "outcome": clause.outcome,
                "decisive": clause.decisive,
                "in_title": clause.in_title,
                "spans": [{"start": start, "end": end} for start, end in clause.spans],
                "facts": list(clause.facts),
            }
            for clause in clauses
        ],
    }


client_urlpatterns = [
    path("clients/<str:client>/mentions/<str:mention>/explanation", MentionExplanation.as_view(), name="explanation")
]
