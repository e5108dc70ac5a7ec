"""Queries of other tools, translated into ours."""

from __future__ import annotations

from dataclasses import asdict

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.listening.dialects.translate import DIALECTS, translate
from analytics.listening.parser import MAX_LENGTH
from api.permissions import least
from api.schema import operation
from api.serializers import StrictCharField, StrictSerializer
from api.views import ClientView

_NAMES = [(name, dialect.name) for name, dialect in DIALECTS.items()]
_SEVERITIES = ("error", "warning", "info")


class ForeignQuerySerializer(StrictSerializer):
    dialect = serializers.ChoiceField(_NAMES, help_text="The tool that the query was written for.")
    text = StrictCharField(
        max_length=MAX_LENGTH,
        trim_whitespace=False,
        help_text="The query as it stands there. For Brand24 also a project's lists, one to a line: "
        "`keywords:`, `required:`, `excluded:`.",
    )


class TranslationNoteSerializer(serializers.Serializer[object]):
    position = serializers.IntegerField(help_text="Where it stands in your text, in characters from 0.")
    length = serializers.IntegerField(help_text="How many characters it has.")
    token = serializers.CharField(help_text="What stands there.")
    code = serializers.CharField(help_text="Stable; for programs.")
    severity = serializers.ChoiceField(
        _SEVERITIES,
        help_text="`error`: cannot be said here. `warning`: translated, but means something a little different. "
        "`info`: looks different, means the same.",
    )
    reason = serializers.CharField(help_text="For people; may change.")
    suggestion = serializers.CharField(help_text="What to do instead; may be empty.")


class TranslationSerializer(serializers.Serializer[object]):
    dialect = serializers.ChoiceField(_NAMES)
    text = serializers.CharField(
        allow_null=True, help_text="The query in this API's language, ready to be saved; null where a note is an error."
    )
    notes = TranslationNoteSerializer(many=True, help_text="In the order of their positions.")


class QueryTranslations(ClientView):
    roles = least(POST="analyst")

    @operation(
        id="query_translations_create",
        tag="queries",
        summary="Translate a query of another tool",
        description="Reads a query of Brandwatch, Talkwalker, Meltwater or Brand24 and answers with the same query in "
        "this API's language, or names every part that cannot be said in it, with its position, the reason and what to "
        "do instead. Nothing is left out silently, and nothing is saved. Needs the role analyst.",
        body=ForeignQuerySerializer,
        answer=TranslationSerializer,
        sent={"dialect": "brandwatch", "text": '"juniper bakery" NEAR/5 queue AND authorGender:F'},
        answered={
            "dialect": "brandwatch",
            "text": None,
            "notes": [
                {
                    "position": 33,
                    "length": 14,
                    "token": "authorGender:F",
                    "code": "field",
                    "severity": "error",
                    "reason": "The gender of authors is not guessed.",
                    "suggestion": "Remove it.",
                }
            ],
        },
    )
    def post(self, request: Request, client: str) -> Response:
        body = ForeignQuerySerializer.read(request)
        found = translate(body["text"], dialect=body["dialect"])
        notes = [asdict(note) for note in found.notes]
        return Response({"dialect": body["dialect"], "text": found.text, "notes": notes})


client_urlpatterns = [
    path("clients/<str:client>/query_translations", QueryTranslations.as_view(), name="query-translations")
]
