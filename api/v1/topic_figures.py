"""How much is said of topics, and how they grow; keyphrases and hashtags of a period."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.insights.measures import share
from analytics.topics.figures import TopicTrend, Trends, trends
from analytics.topics.hashtags import hashtags_of
from analytics.topics.keyphrases import phrases_of
from analytics.topics.selectors import current_run
from analytics.topics.trends import Growth
from api.permissions import least
from api.schema import operation, sample_id
from api.serializers import IdField, Shown
from api.v1.insights import EstimateSerializer, head_of
from api.v1.periods import PeriodParameters, period_of
from api.views import ClientView

_HEAD = {"start": "2026-03-02", "end": "2026-03-31", "time_zone": "Europe/London"}
_ESTIMATE = {"value": 0.12, "low": 0.1, "high": 0.14, "n": 800}
_GROWTH = {
    "earlier": 40,
    "later": 31,
    "rate": 2.5,
    "rate_low": 1.6,
    "rate_high": 4.0,
    "share": 2.2,
    "share_low": 1.4,
    "share_high": 3.4,
    "dispersion": 1.3,
    "p": 0.0004,
}
_TREND = {
    "topic": sample_id("top"),
    "name": "Delivery",
    "language": "en",
    "parent": None,
    "mentions": 96,
    "stories": 71,
    "share": _ESTIMATE,
    "negative": 60,
    "neutral": 24,
    "positive": 12,
    "net_sentiment": {"value": -0.5, "low": -0.64, "high": -0.33, "n": 96},
    "growth": _GROWTH,
    "emerging": True,
    "steps": [{"start": "2026-03-02", "mentions": 3, "stories": 3}],
}
_PHRASE = {
    "text": "late delivery",
    "language": "en",
    "stories": 41,
    "share": _ESTIMATE,
    "authors": 38,
    "other_stories": 12,
    "others": 1400,
    "ratio": 5.9,
    "ratio_low": 3.1,
    "ratio_high": 11.2,
    "score": 61.4,
}
_TAG = {
    "tag": "sourdough",
    "mentions": 31,
    "stories": 28,
    "authors": 25,
    "share": _ESTIMATE,
    "together": [{"tag": "bakery", "mentions": 12}],
    "growth": _GROWTH,
    "emerging": False,
}


class GrowthSerializer(Shown):
    """The later part of the time compared with the earlier, by stories; intervals of 95 %."""

    earlier = serializers.IntegerField(help_text="Stories before the later part.")
    later = serializers.IntegerField(help_text="Stories in the later part.")
    rate = serializers.FloatField(help_text="Stories a day, later over earlier.")
    rate_low = serializers.FloatField()
    rate_high = serializers.FloatField()
    share = serializers.FloatField(help_text="Its share of all stories, later over earlier.")
    share_low = serializers.FloatField()
    share_high = serializers.FloatField()
    dispersion = serializers.FloatField(help_text="How much wider than Poisson the days are spread; at least 1.")
    p = serializers.FloatField(help_text="One-sided, for a growing share; not corrected for how many are tested.")


class StepSerializer(Shown):
    start = serializers.DateField(
        help_text="The day, or the Monday of the week, of which only the period's days count."
    )
    mentions = serializers.IntegerField()
    stories = serializers.IntegerField(help_text="Copies of what was said before in the period count no more.")


class TopicTrendSerializer(Shown):
    topic = serializers.CharField()
    name = serializers.CharField()
    language = serializers.CharField()
    parent = serializers.CharField(allow_null=True)  # type: ignore[assignment]
    mentions = serializers.IntegerField(help_text="With those of topics merged into it.")
    stories = serializers.IntegerField()
    share = EstimateSerializer(help_text="Of all mentions of the period, those without a topic too.")
    negative = serializers.IntegerField()
    neutral = serializers.IntegerField()
    positive = serializers.IntegerField()
    net_sentiment = EstimateSerializer()
    growth = GrowthSerializer(allow_null=True, help_text="Null where there is nothing to compare.")
    emerging = serializers.BooleanField(
        help_text="Whether its share grows by more than chance: at most 5 % of all that are flagged are expected to be "
        "false (Benjamini and Hochberg), and it has at least five stories in the later part."
    )
    steps = StepSerializer(many=True)


class TrendsSerializer(Shown):
    start = serializers.DateField()
    end = serializers.DateField()
    time_zone = serializers.CharField()
    run = serializers.CharField(allow_null=True, help_text="The run that they are from; null where there is none yet.")
    model = serializers.CharField(allow_null=True)
    later_days = serializers.IntegerField(
        allow_null=True, help_text="Days at the end of the period that growth compares with those before."
    )
    mentions = serializers.IntegerField(help_text="All that the run has read in the period.")
    unassigned = serializers.IntegerField(help_text="Those that belong to no topic.")
    topics = TopicTrendSerializer(many=True, help_text="The largest first.")
    themes = TopicTrendSerializer(many=True, help_text="Sums of their topics.")


class OfQueryParameters(PeriodParameters):
    query = IdField("qry", required=False, help_text="Only this query's mentions.")


class TrendParameters(PeriodParameters):
    query = IdField("qry", required=False, help_text="The topics found among this query's mentions.")
    step = serializers.ChoiceField(["day", "week"], required=False, default="day")


class ListParameters(OfQueryParameters):
    limit = serializers.IntegerField(required=False, default=20, min_value=1, max_value=100, help_text="1 to 100.")


class PhraseParameters(ListParameters):
    rank = serializers.ChoiceField(
        ["distinctive", "frequent"],
        required=False,
        default="distinctive",
        help_text="`distinctive`: what is said more than elsewhere, beyond chance; nothing in a language of which "
        "there are fewer than 50 other stories. `frequent`: what is said most.",
    )
    language = serializers.RegexField(r"^[a-z]{2,3}\Z", required=False, help_text="ISO 639 code.")


class KeyphraseSerializer(Shown):
    text = serializers.CharField(help_text="As most write it.")
    language = serializers.CharField()
    stories = serializers.IntegerField(help_text="Stories of the period with it.")
    share = EstimateSerializer(help_text="Of the period's stories in this language that were read.")
    authors = serializers.IntegerField(help_text="At least three.")
    other_stories = serializers.IntegerField(help_text="Other stories with it.")
    others = serializers.IntegerField(help_text="Other stories of this language that it is compared with.")
    ratio = serializers.FloatField(
        allow_null=True, help_text="Its share here over its share there; null where there are fewer than 50 others."
    )
    ratio_low = serializers.FloatField(allow_null=True, help_text="Lower end of the 95 % interval.")
    ratio_high = serializers.FloatField(allow_null=True)
    score = serializers.FloatField(
        allow_null=True, help_text="Log-likelihood ratio G² (Dunning 1993); the distinctive are in its order."
    )


class KeyphrasesSerializer(Shown):
    start = serializers.DateField()
    end = serializers.DateField()
    time_zone = serializers.CharField()
    population = serializers.IntegerField(help_text="Stories of the period.")
    stories = serializers.IntegerField(
        help_text="Those of them that were read, a fair sample: at most 5,000, and fewer long ones, for no more than "
        "200,000 words (in scripts without spaces: characters) are looked at."
    )
    others = serializers.IntegerField(
        help_text="Other stories of the client that were read to compare with; bounded in the same way."
    )
    beginnings = serializers.IntegerField(
        help_text="Of the stories and others, the long ones of which only the beginning counted: some 60 words beside "
        "function words, at most 480 characters of scripts without spaces, within the first 4,000 characters."
    )
    complete = serializers.BooleanField(
        help_text="False where something was left unread: stories of the period, others, or what follows a beginning."
    )
    keyphrases = KeyphraseSerializer(many=True)


class BesideSerializer(Shown):
    tag = serializers.CharField()
    mentions = serializers.IntegerField()


class HashtagSerializer(Shown):
    tag = serializers.CharField(help_text="In lower case, without its sign.")
    mentions = serializers.IntegerField()
    stories = serializers.IntegerField()
    authors = serializers.IntegerField(help_text="At least three.")
    share = EstimateSerializer(help_text="Of all mentions of the period.")
    together = BesideSerializer(many=True, help_text="The five tags that stand beside it most.")
    growth = GrowthSerializer(allow_null=True, help_text="The period compared with as many days before it.")
    emerging = serializers.BooleanField(help_text="As for topics, tested together with the other tags.")


class HashtagsSerializer(Shown):
    start = serializers.DateField()
    end = serializers.DateField()
    time_zone = serializers.CharField()
    mentions = serializers.IntegerField()
    tagged = serializers.IntegerField(help_text="Mentions with a hashtag.")
    hashtags = HashtagSerializer(many=True, help_text="The most used first.")


def _growth(found: Growth | None) -> dict[str, Any] | None:
    return None if found is None else {name: round(value, 6) for name, value in asdict(found).items()}


def _trend(row: TopicTrend) -> dict[str, Any]:
    same = (
        "name",
        "mentions",
        "stories",
        "share",
        "negative",
        "neutral",
        "positive",
        "net_sentiment",
        "emerging",
        "steps",
    )
    return {
        "topic": row.topic.id,
        "language": row.topic.language,
        "parent": row.parent_id,
        "growth": _growth(row.growth),
        **{name: getattr(row, name) for name in same},
    }


def _shown(found: Trends) -> dict[str, Any]:
    return {
        "run": found.run.id,
        "model": found.run.model_id,
        "later_days": found.later_days,
        "mentions": found.mentions,
        "unassigned": found.unassigned,
        "topics": [_trend(row) for row in found.topics],
        "themes": [_trend(row) for row in found.themes],
    }


_NONE: dict[str, Any] = {
    "run": None, "model": None, "later_days": None, "mentions": 0, "unassigned": 0, "topics": [], "themes": [],
}  # fmt: skip


class TopicTrends(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="topics_trends",
        tag="topics",
        summary="See how topics develop",
        description="Each topic's mentions by day or week, its share, its sentiment, and how it grows: the last part "
        "of the period against the rest. What noise filters hide is left out; topics that people merged count as one. "
        "It reads mentions, so long periods take longer than insights.",
        query=TrendParameters,
        answer=TrendsSerializer,
        answered={
            **_HEAD,
            "run": sample_id("trn"),
            "model": "topics/1",
            "later_days": 7,
            "mentions": 800,
            "unassigned": 310,
            "topics": [_TREND],
            "themes": [],
        },
    )
    def get(self, request: Request, client: str) -> Response:
        parameters = TrendParameters.read(request)
        zone = self.client.time_zone
        period = period_of(parameters, zone)
        run = current_run(parameters.get("query"))
        weekly = parameters["step"] == "week"
        plain = _NONE if run is None else _shown(trends(run=run, period=period, zone=zone, weekly=weekly))
        return Response(TrendsSerializer.of({**head_of(period, zone), **plain}))


class Keyphrases(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="insights_keyphrases",
        tag="topics",
        summary="Get a period's keyphrases",
        description="Words and phrases, in any script, that a period's mentions (or one query's) say more than the "
        "client's other mentions of the same language do. Copies count once; at least three authors must use a phrase; "
        "the words that queries asked for are left out. It reads up to 10,000 stories, fewer if they are long, of each "
        "the first words, and says so (`complete`); it takes a moment.",
        query=PhraseParameters,
        answer=KeyphrasesSerializer,
        answered={
            **_HEAD,
            "population": 640,
            "stories": 640,
            "others": 1400,
            "beginnings": 12,
            "complete": False,
            "keyphrases": [_PHRASE],
        },
    )
    def get(self, request: Request, client: str) -> Response:
        parameters = PhraseParameters.read(request)
        zone = self.client.time_zone
        period = period_of(parameters, zone)
        found = phrases_of(
            period=period,
            zone=zone,
            query_id=parameters.get("query"),
            limit=parameters["limit"],
            language=parameters.get("language"),
            frequent=parameters["rank"] == "frequent",
        )
        rows = [
            {
                **{name: getattr(each, name) for name in ("text", "language", "authors")},
                **{name: getattr(each, name) for name in ("ratio", "ratio_low", "ratio_high", "score")},
                "stories": each.posts,
                "share": share(each.posts, each.of),
                "other_stories": each.others,
                "others": each.others_of,
            }
            for each in found.phrases
        ]
        counts = {name: getattr(found, name) for name in ("population", "stories", "others", "beginnings", "complete")}
        return Response(KeyphrasesSerializer.of({**head_of(period, zone), **counts, "keyphrases": rows}))


class HashtagsView(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="insights_hashtags",
        tag="topics",
        summary="Get a period's hashtags",
        description="Hashtags of at least three authors, with their share, the tags beside them, and how they grow "
        "against as many days before. What noise filters hide is left out.",
        query=ListParameters,
        answer=HashtagsSerializer,
        answered={**_HEAD, "mentions": 800, "tagged": 240, "hashtags": [_TAG]},
    )
    def get(self, request: Request, client: str) -> Response:
        parameters = ListParameters.read(request)
        zone = self.client.time_zone
        period = period_of(parameters, zone)
        found = hashtags_of(period=period, zone=zone, query_id=parameters.get("query"), limit=parameters["limit"])
        same = ("tag", "mentions", "stories", "authors", "share", "emerging")
        rows = [
            {
                **{name: getattr(each, name) for name in same},
                "together": [{"tag": tag, "mentions": n} for tag, n in each.together],
                "growth": _growth(each.growth),
            }
            for each in found.tags
        ]
        plain = {"mentions": found.mentions, "tagged": found.tagged, "hashtags": rows}
        return Response(HashtagsSerializer.of({**head_of(period, zone), **plain}))


client_urlpatterns = [
    path("clients/<str:client>/topic_trends", TopicTrends.as_view(), name="topic-trends"),
    path("clients/<str:client>/insights/keyphrases", Keyphrases.as_view(), name="keyphrases"),
    path("clients/<str:client>/insights/hashtags", HashtagsView.as_view(), name="hashtags"),
]
