"""Queries tried on samples before they are saved."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.journey.preview import SHOWN, Preview, preview
from analytics.journey.tried import Trial
from analytics.listening.estimate import LEVEL, METHOD, Rate
from analytics.listening.guard import QueryWarning
from analytics.listening.parser import MAX_LENGTH
from analytics.mentions.noise import MODEL
from api.permissions import least
from api.schema import operation, sample_id
from api.serializers import MomentField, Shown, StrictCharField, StrictSerializer
from api.v1.mentions import SpanSerializer
from api.views import ClientView
from tenants.datakeys import data_key


class NewPreviewSerializer(StrictSerializer):
    text = StrictCharField(
        max_length=MAX_LENGTH,
        trim_whitespace=False,
        help_text="The query as it would be saved. It may use the client's snippets by name.",
    )


class QueryWarningSerializer(Shown):
    code = serializers.CharField(help_text="Stable; for programs.")
    message = serializers.CharField(help_text="For people; may change.")
    start = serializers.IntegerField(
        allow_null=True, help_text="Where in the query's text; null: it is about all of it."
    )
    end = serializers.IntegerField(allow_null=True)


def shown_warning(warning: QueryWarning) -> dict[str, Any]:
    plain: dict[str, Any] = QueryWarningSerializer.of(warning)
    return plain


class PreviewRateSerializer(Shown):
    posts_a_day = serializers.FloatField()
    low = serializers.FloatField(help_text="Lower end of the interval.")
    high = serializers.FloatField(help_text="Upper end of the interval.")


class PreviewEstimateSerializer(PreviewRateSerializer):
    basis = serializers.ChoiceField(("shared", "stored"), help_text="Which sample it comes from.")
    level = serializers.FloatField(help_text="How often such an interval holds the true rate: 0.95.")
    method = serializers.CharField()


class PreviewTrialSerializer(Shown):
    examined = serializers.IntegerField(help_text="How many posts were looked at.")
    population = serializers.IntegerField(help_text="How many there are, of which these are a sample.")
    matched = serializers.IntegerField(help_text="How many of those looked at match, pending ones included.")
    pending = serializers.IntegerField(help_text="How many of these hang on a reading that has not been made.")
    since = MomentField(allow_null=True, help_text="From when to when the posts are.")
    until = MomentField(allow_null=True)
    rate = PreviewRateSerializer(allow_null=True, help_text="Null where the sample is too small.")
    reason = serializers.CharField(allow_null=True, help_text="Why there is no rate.")
    unanswered = serializers.ListField(
        child=serializers.CharField(),
        help_text="What the query asks for that this sample cannot answer, such as `author`: posts that are found only "
        "by it are not counted.",
    )


class PreviewNoiseSerializer(Shown):
    judged = serializers.IntegerField(help_text="How many of the matching posts were judged.")
    share = serializers.FloatField(allow_null=True, help_text="Which share of them looks like noise; null: too few.")
    low = serializers.FloatField(allow_null=True, help_text="Lower end of its 95 % interval.")
    high = serializers.FloatField(allow_null=True)
    reason = serializers.CharField(allow_null=True, help_text="Why there is no share.")
    model = serializers.CharField()


class PreviewPostSerializer(Shown):
    mention = serializers.CharField(allow_null=True, help_text="The mention's id; null for one of the shared sample.")
    # A field of this name hides the serializer's own argument, which nobody reads after it was made.
    source = serializers.CharField()  # type: ignore[assignment]
    posted_at = MomentField(help_text="To the hour, for one of the shared sample.")
    title = serializers.CharField()
    text = serializers.CharField(help_text="Personal data in it is replaced by placeholders.")
    spans = SpanSerializer(many=True, help_text="As in a mention's `matches`.")
    pending = serializers.BooleanField(help_text="Whether it hangs on a reading that has not been made.")
    noise = serializers.FloatField(help_text="How much it looks like noise, 0 to 1.")
    reasons = serializers.ListField(child=serializers.CharField(), help_text="What speaks for that, weightiest first.")


class PreviewCutSerializer(Shown):
    word = serializers.CharField(help_text="Exclude it with NOT to cut the query.")
    removes = serializers.IntegerField(help_text="How many of the judged posts that would remove.")
    noisy = serializers.IntegerField(help_text="How many of these look like noise.")
    further = serializers.IntegerField(help_text="How much noise it removes beyond the words before it in this list.")


class PreviewBranchSerializer(Shown):
    start = serializers.IntegerField(help_text="Where the alternative stands in the query's text.")
    end = serializers.IntegerField()
    text = serializers.CharField(help_text="What stands there.")
    brings = serializers.IntegerField(help_text="How many of the counted posts it finds.")
    alone = serializers.IntegerField(help_text="How many of them no alternative beside it finds.")


class PreviewExclusionSerializer(Shown):
    start = serializers.IntegerField(help_text="Where what is excluded stands in the query's text.")
    end = serializers.IntegerField()
    text = serializers.CharField()
    removes = serializers.IntegerField(help_text="How many of the posts looked at it removes, alone or with others.")


class QueryPreviewSerializer(Shown):
    warnings = QueryWarningSerializer(many=True)
    estimate = PreviewEstimateSerializer(
        allow_null=True, help_text="Posts a day; null where no sample is large enough."
    )
    reason = serializers.CharField(allow_null=True, help_text="Why there is no estimate.")
    stored = PreviewTrialSerializer(
        help_text="Tried on this client's stored mentions, which all matched another query: how many of these it finds."
    )
    shared = PreviewTrialSerializer(
        help_text="Tried on a sample of the shared public streams, whoever listens to them."
    )
    noise = PreviewNoiseSerializer()
    posts = PreviewPostSerializer(many=True, help_text=f"The newest matching posts of both samples, at most {SHOWN}.")
    cuts = PreviewCutSerializer(many=True, help_text="Words that stand in the noise rather than in the rest.")
    counted = serializers.IntegerField(help_text="How many matching posts `branches` counts among.")
    branches = PreviewBranchSerializer(many=True, help_text="What each alternative brings.")
    exclusions = PreviewExclusionSerializer(many=True, help_text="What each NOT removes.")


_RATE = {"posts_a_day": 42.0, "low": 30.1, "high": 57.3}
EXAMPLE: dict[str, Any] = {
    "warnings": [
        {
            "code": "alternative_contained",
            "message": "Another alternative finds all that this one finds.",
            "start": 10,
            "end": 15,
        }
    ],
    "estimate": {**_RATE, "basis": "shared", "level": LEVEL, "method": METHOD},
    "reason": None,
    "stored": {
        "examined": 12,
        "population": 12,
        "matched": 1,
        "pending": 0,
        "since": "2026-03-02T10:00:00Z",
        "until": "2026-03-31T18:00:00Z",
        "rate": None,
        "reason": "Only 12 posts could be looked at; an estimate needs 100.",
        "unanswered": [],
    },
    "shared": {
        "examined": 2000,
        "population": 98000,
        "matched": 6,
        "pending": 0,
        "since": "2026-03-25T00:00:00Z",
        "until": "2026-03-31T18:00:00Z",
        "rate": _RATE,
        "reason": None,
        "unanswered": [],
    },
    "noise": {
        "judged": 7,
        "share": None,
        "low": None,
        "high": None,
        "reason": "Only 7 matching posts could be judged; it takes 20.",
        "model": MODEL,
    },
    "posts": [
        {
            "mention": sample_id("men"),
            "source": "web",
            "posted_at": "2026-03-02T10:00:00Z",
            "title": "",
            "text": "I love the rye bread at Juniper Bakery!",
            "spans": [{"start": 11, "end": 14}],
            "pending": False,
            "noise": 0.018,
            "reasons": [],
        }
    ],
    "cuts": [],
    "counted": 7,
    "branches": [
        {"start": 0, "end": 3, "text": "rye", "brings": 7, "alone": 5},
        {"start": 7, "end": 16, "text": '"rye bread"', "brings": 2, "alone": 0},
    ],
    "exclusions": [],
}


class QueryPreviews(ClientView):
    roles = least(POST="analyst")

    @operation(
        id="query_previews_create",
        tag="queries",
        summary="Try a query before saving it",
        description="How many posts a day it would find, with an interval; some of them; how much of it looks like "
        "noise, which words would cut that, and what each part of the query brings. It is tried on bounded samples: "
        "the newest 300 and 1,700 other mentions of the last 30 days that this client has stored, and 2,000 posts of a "
        "sample of the shared public streams, in which nobody can be told. Nothing is saved. Needs the role analyst.",
        body=NewPreviewSerializer,
        answer=QueryPreviewSerializer,
        sent={"text": 'rye OR "rye bread"'},
        answered=EXAMPLE,
    )
    def post(self, request: Request, client: str) -> Response:
        text = NewPreviewSerializer.read(request)["text"]
        found = preview(text=text, client=self.client, data_key=partial(data_key, self.client), now=timezone.now())
        return Response(QueryPreviewSerializer.of(_shown(found, text)))


def _shown(found: Preview, text: str) -> dict[str, Any]:
    noise = found.noise
    return {
        "warnings": found.warnings,
        "estimate": {**_rate(found.rate), "basis": found.basis, "level": LEVEL, "method": METHOD}
        if found.rate
        else None,
        "reason": found.reason or None,
        "stored": _trial(found.stored),
        "shared": _trial(found.shared),
        "noise": {
            "judged": noise.of,
            "share": _rounded(noise.share),
            "low": _rounded(noise.low),
            "high": _rounded(noise.high),
            "reason": noise.reason or None,
            "model": MODEL,
        },
        "posts": [
            {
                "mention": one.post.mention_id or None,
                "source": one.post.source,
                "posted_at": one.post.posted_at,
                "title": one.post.title,
                "text": one.post.text,
                "spans": [{"start": start, "end": end} for start, end in one.spans],
                "pending": one.post.pending,
                "noise": one.judgement.noise,
                "reasons": [reason.code for reason in one.judgement.reasons if reason.points > 0],
            }
            for one in found.samples
        ],
        "cuts": found.cuts,
        "counted": found.counted,
        "branches": [
            {**_place(one.start, one.end, text), "brings": one.brings, "alone": one.alone} for one in found.branches
        ],
        "exclusions": [{**_place(one.start, one.end, text), "removes": one.removes} for one in found.exclusions],
    }


def _place(start: int, end: int, text: str) -> dict[str, Any]:
    return {"start": start, "end": end, "text": text[start:end]}


def _trial(trial: Trial) -> dict[str, Any]:
    estimate = trial.estimate
    return {
        "examined": estimate.examined,
        "population": estimate.population,
        "matched": estimate.matched,
        "pending": sum(tried.pending for tried in trial.matches),
        "since": trial.since,
        "until": trial.until,
        "rate": _rate(estimate.rate) if estimate.rate else None,
        "reason": estimate.reason or None,
        "unanswered": trial.unanswered,
    }


def _rate(rate: Rate) -> dict[str, float]:
    return {"posts_a_day": round(rate.posts_a_day, 3), "low": round(rate.low, 3), "high": round(rate.high, 3)}


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


client_urlpatterns = [path("clients/<str:client>/query_previews", QueryPreviews.as_view(), name="query_previews")]
