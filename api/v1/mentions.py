"""Mentions: posts that matched a query, protected and understood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from django.urls import path
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.journey.search import search_for
from analytics.language.aspects.models import MentionAspect
from analytics.language.aspects.selectors import aspects_of, speaking_of
from analytics.language.vision.models import Visual
from analytics.language.vision.selectors import showing, visuals_of
from analytics.mentions.models import Author, Mention
from analytics.mentions.selectors import MentionFilter, mention_of, mentions
from analytics.mentions.stories import Figures, figures_of
from analytics.sources.contracts import POST_KINDS
from analytics.topics.selectors import about
from api.pagination import checked_page_of, page_of
from api.permissions import least
from api.schema import operation, sample_id
from api.serializers import IdField, MomentField, NoParameters, Shown
from api.v1.mention_aspects import EXAMPLE as ASPECT_EXAMPLE
from api.v1.mention_aspects import MentionAspectSerializer, shown_aspects
from api.v1.mention_readings import EXAMPLE as READING_EXAMPLE
from api.v1.mention_readings import ReadingParameters, ReadingSerializer, shown_reading
from api.v1.visual_content import SEEN_EXAMPLE, VisualSerializer, shown_visual
from api.views import ClientView
from kernel.ids import decode, encode
from tenants.datakeys import data_key

_SENTIMENTS = ("negative", "neutral", "positive")

AUTHOR_EXAMPLE = {"id": sample_id("aut"), "label": "k3f7qa2mzd", "followers": 120, "verified": False}
CLUSTER_EXAMPLE = {
    "id": sample_id("clu"),
    "mentions": 3,
    "first_posted_at": "2026-03-02T09:40:00Z",
    "sources": ["web"],
    "sites": 2,
}
EXAMPLE: dict[str, Any] = {
    "id": sample_id("men"),
    "source": "web",
    "external_id": "p1",
    "origin": sample_id("imp"),
    "kind": "post",
    "title": "",
    "text": "I love the rye bread at Juniper Bakery!",
    "url": "https://posts.example/p1",
    "posted_at": "2026-03-02T10:00:00Z",
    "stored_at": "2026-03-31T18:00:00Z",
    "author": AUTHOR_EXAMPLE,
    "thread": "p1",
    "reply_to": None,
    "repost_of": None,
    "quote_of": None,
    "hashtags": ["rye"],
    "media": [{"type": "image", "url": "https://posts.example/p1.jpg", "alt": ""}],
    "visual": SEEN_EXAMPLE,
    "country": None,
    "region": None,
    "city": None,
    "rating": None,
    "likes": 4,
    "reposts": 0,
    "replies": 1,
    "views": None,
    "reach": 120,
    "language": "en",
    "language_confidence": 0.99,
    **READING_EXAMPLE,
    "aspects": [ASPECT_EXAMPLE],
    "cluster": CLUSTER_EXAMPLE,
    "noise": {"spam": 0.018, "bot": None, "reasons": [], "model": "noise/1"},
    "matches": [
        {
            "query": sample_id("qry"),
            "name": "Juniper Bakery",
            "kind": "brand",
            "version": 1,
            "pending": False,
            "hidden": False,
            "spans": [{"start": 24, "end": 38}],
        }
    ],
}


class AuthorSerializer(Shown):
    """Somebody who posts. A pseudonym: the same person has another one at another client."""

    id = serializers.CharField()
    label = serializers.CharField(help_text="A short name to show.")  # type: ignore[assignment]
    followers = serializers.IntegerField(allow_null=True, help_text="Null where the source does not say.")
    verified = serializers.BooleanField()


class MediaSerializer(Shown):
    type = serializers.CharField(help_text="image, video, audio or link.")
    url = serializers.CharField()
    alt = serializers.CharField(help_text="Alternative text; may be empty.")


class SpanSerializer(Shown):
    start = serializers.IntegerField()
    end = serializers.IntegerField()


class ClusterSerializer(Shown):
    """Mentions that say the same: copies, shortened and slightly edited ones, on whatever site."""

    id = serializers.CharField()
    mentions = serializers.IntegerField(help_text="How many, this one included; at most 10,000 are counted.")
    first_posted_at = MomentField()
    sources = serializers.ListField(child=serializers.CharField())
    sites = serializers.IntegerField(help_text="On how many different sites, as far as addresses tell.")


class NoiseReasonSerializer(Shown):
    code = serializers.CharField(help_text="The feature that counted. Stable; for programs.")
    score = serializers.ChoiceField(["spam", "bot"], source="of", help_text="Which score it counts for.")
    points = serializers.FloatField(help_text="What it added to the log-odds; below 0: took off.")
    value = serializers.FloatField(help_text="What was measured.")


class NoiseSerializer(Shown):
    """Scores that order mentions and are compared with thresholds; no probabilities."""

    spam = serializers.FloatField(allow_null=True, help_text="0 to 1; null where there is too little text.")
    bot = serializers.FloatField(
        allow_null=True, help_text="How much the author posts like a program; null where too few posts are known."
    )
    reasons = NoiseReasonSerializer(many=True, help_text="Weightiest first.")
    model = serializers.CharField(help_text="Name and version of what scored it.")


class MatchSerializer(Shown):
    query = serializers.CharField(help_text="The query's id.")
    name = serializers.CharField()
    kind = serializers.CharField()
    version = serializers.IntegerField(help_text="The version of the query that matched.")
    pending = serializers.BooleanField(
        help_text="Whether it is a match depends on sentiment or emotions, which are not read yet. Until then it "
        "counts nowhere, and lists of the query's mentions leave it out."
    )
    hidden = serializers.BooleanField(help_text="Whether the query's noise filter hides it.")
    spans = SpanSerializer(
        many=True,
        help_text="Where it matched, [start, end) in Unicode code points of the title, a line break and the text; of "
        "the text alone where there is no title.",
    )


class MentionSerializer(ReadingSerializer):
    id = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    external_id = serializers.CharField(help_text="The post's id at its source.")
    origin = serializers.CharField(help_text="Id of the import, feed or public stream that brought it.")
    kind = serializers.ChoiceField(POST_KINDS)
    title = serializers.CharField()
    text = serializers.CharField(help_text="Personal data in it is replaced by placeholders.")
    url = serializers.CharField(allow_null=True)
    posted_at = MomentField()
    stored_at = MomentField()
    author = AuthorSerializer(allow_null=True)
    thread = serializers.CharField(help_text="The source's id of the post that the conversation began with.")
    reply_to = serializers.CharField(allow_null=True)
    repost_of = serializers.CharField(allow_null=True)
    quote_of = serializers.CharField(allow_null=True)
    hashtags = serializers.ListField(child=serializers.CharField())
    media = MediaSerializer(many=True)
    visual = VisualSerializer(help_text="What its images show, as far as that is known.")
    country = serializers.CharField(allow_null=True, help_text="ISO 3166-1 alpha-2.")
    region = serializers.CharField(allow_null=True, help_text="As the source writes it.")
    city = serializers.CharField(allow_null=True, help_text="As the source writes it.")
    rating = serializers.FloatField(allow_null=True, help_text="A review's rating, as its source gives it.")
    likes = serializers.IntegerField()
    reposts = serializers.IntegerField()
    replies = serializers.IntegerField()
    views = serializers.IntegerField(allow_null=True, help_text="Null where the source does not count them.")
    reach = serializers.IntegerField(help_text="People who may have seen it: views, or else the author's followers.")
    language = serializers.CharField(
        allow_null=True, help_text="ISO 639 code, `und` where it cannot be told; null until it was read."
    )
    language_confidence = serializers.FloatField(allow_null=True, help_text="0 to 1.")
    aspects = MentionAspectSerializer(many=True, help_text="What it speaks of and how, in reading order.")
    cluster = ClusterSerializer()
    noise = NoiseSerializer(allow_null=True, help_text="How much it looks like noise; null until it was read.")
    matches = MatchSerializer(many=True)


class MentionParameters(ReadingParameters):
    query = IdField("qry", required=False, help_text="Only what this query matched.")
    language = serializers.RegexField(r"^[a-z]{2,3}\Z", required=False, help_text="ISO 639 code, such as `en`.")
    source = serializers.RegexField(  # type: ignore[assignment]
        r"^[a-z0-9_.-]{1,40}\Z", required=False, help_text="Slug of the source."
    )
    kind = serializers.ChoiceField(POST_KINDS, required=False)
    author = IdField("aut", required=False, help_text="Only posts of this author.")
    thread = serializers.CharField(
        required=False, max_length=512, help_text="Only posts of this conversation; name its `source` too."
    )
    since = MomentField(required=False, help_text="Posted at this time or later.")
    until = MomentField(required=False, help_text="Posted before this time.")
    topic = IdField("top", required=False, help_text="Only those of this topic, or of a theme's topics.")
    visual_label = serializers.CharField(
        required=False, max_length=80, help_text="Only those with an image in which a model saw this, such as `bread`."
    )
    visual_text = serializers.CharField(
        required=False, max_length=200, help_text="Only those with this in an image's text or caption, in any case."
    )
    aspect = serializers.RegexField(
        r"^(?:[a-z_]{1,30}(?:\.[a-z_]{1,29})?|asp_[0-9a-f]{32})\Z",
        required=False,
        help_text="Only those that speak of this aspect (its key; its parts too) or own aspect (its id).",
    )
    aspect_sentiment = serializers.ChoiceField(
        _SENTIMENTS, required=False, help_text="Only those that speak so of `aspect`, which must be named."
    )
    cluster = IdField("clu", required=False, help_text="Only those that say the same.")
    collapse = serializers.ChoiceField(
        ["duplicates"],
        required=False,
        help_text="Of each cluster only the newest mention that fits; not with `search`.",
    )
    noise = serializers.ChoiceField(
        ["shown", "hidden", "all"],
        required=False,
        default="shown",
        help_text="Which to list of those that noise filters hide: of `query`, or else those that every query hides "
        "(`shown` leaves them out) or any does (`hidden`).",
    )
    search = serializers.CharField(
        required=False, max_length=2000, help_text="A search in the query language, such as `bread -stale lang:en`."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        # Sources number their posts each for itself: one id may be of several conversations.
        if attrs.get("thread") is not None and attrs.get("source") is None:
            missing = exceptions.ErrorDetail("Name the source of the conversation.", code="required")
            raise serializers.ValidationError({"source": missing})
        if "aspect_sentiment" in attrs and "aspect" not in attrs:
            unnamed = exceptions.ErrorDetail("Name the aspect.", code="required")
            raise serializers.ValidationError({"aspect": unnamed})
        if "collapse" in attrs and attrs.get("search") is not None:
            both = exceptions.ErrorDetail("Search without it, or collapse without searching.", code="not_with_search")
            raise serializers.ValidationError({"collapse": both})
        return attrs


def shown_author(author: Author) -> dict[str, Any]:
    plain: dict[str, Any] = AuthorSerializer.of(author)
    return plain


_SAME = ("id", "source", "external_id", "origin", "kind", "title", "text", "posted_at", "stored_at", "author", "thread")
_COUNTS = ("hashtags", "rating", "likes", "reposts", "replies", "views", "reach")
_OR_NULL = ("url", "reply_to", "repost_of", "quote_of", "country", "region", "city")


def shown_cluster(cluster: Figures) -> dict[str, Any]:
    """What is told of a cluster."""
    same = ("mentions", "first_posted_at", "sources", "sites")
    return {"id": encode("clu", cluster.story), **{name: getattr(cluster, name) for name in same}}


def shown(
    mention: Mention,
    clusters: Mapping[UUID, Figures] | None = None,
    aspects: Mapping[str, Sequence[MentionAspect]] | None = None,
    visuals: Mapping[str, Sequence[Visual]] | None = None,
) -> dict[str, Any]:
    """A mention as the API shows it. `clusters`, `aspects` and `visuals` are those of many, looked up at once."""
    seen = (visuals_of([mention.id]) if visuals is None else visuals).get(mention.id, ())
    spoken = (aspects_of([mention.id]) if aspects is None else aspects).get(mention.id, ())
    read = mention.understood_at is not None
    noise = getattr(mention, "noise", None)
    cluster = (clusters or figures_of([mention.story]))[mention.story]
    plain: dict[str, Any] = MentionSerializer.of(
        {
            **{name: getattr(mention, name) for name in (*_SAME, *_COUNTS)},
            **{name: getattr(mention, name) or None for name in _OR_NULL},
            "media": [{"type": "", "url": "", "alt": "", **item} for item in mention.media],
            "visual": shown_visual(mention.media, seen),
            "language": (mention.language or "und") if read else None,
            "language_confidence": mention.language_confidence,
            **shown_reading(mention),
            "aspects": shown_aspects(mention, spoken),
            "cluster": shown_cluster(cluster),
            "noise": None
            if noise is None
            else {"spam": noise.spam, "bot": noise.bot, "reasons": noise.reasons, "model": noise.model_id},
            "matches": [
                {
                    "query": match.query_id,
                    "name": match.query.name,
                    "kind": match.query.kind,
                    "version": match.query_version,
                    "pending": not match.settled,
                    "hidden": match.hidden,
                    "spans": [
                        {"start": start, "end": end}
                        for start, end in zip(match.spans[::2], match.spans[1::2], strict=True)
                    ],
                }
                for match in mention.matches.all()
            ],
        }
    )
    return plain


def shown_together(rows: Sequence[Mention]) -> list[dict[str, Any]]:
    """Many mentions as the API shows them, with one look each at their clusters, aspects and images."""
    ids = [row.id for row in rows]
    clusters, aspects, visuals = figures_of([row.story for row in rows]), aspects_of(ids), visuals_of(ids)
    return [shown(row, clusters, aspects, visuals) for row in rows]


class Mentions(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="mentions_list",
        tag="mentions",
        summary="List or search mentions",
        description="Posts that matched a query, the newest first. Filters narrow them down together. A filter that "
        "fits nothing gives an empty list. `search` takes the whole query language and finds exactly what a saved "
        "query would match. Where it asks for more than an index can tell (nearness, spelling, wildcards, the title, "
        "languages or addresses), each answer looks at 4,000 posts at most: a page can then hold fewer than `limit`, "
        "or none, and still have a `next_cursor`.",
        query=MentionParameters,
        answer=MentionSerializer.page(),
        answered={"data": [EXAMPLE], "next_cursor": None},
    )
    def get(self, request: Request, client: str) -> Response:
        parameters = MentionParameters.read(request)
        cursor, limit = parameters.pop("cursor"), parameters.pop("limit")
        renamed = {"query": "query_id", "author": "author_id", "cluster": "story", "model": "model_id"}
        if "cluster" in parameters:
            parameters["cluster"] = decode("clu", parameters["cluster"])
        once = parameters.pop("collapse", None) is not None
        text = parameters.pop("search", None)
        aspect, spoken = parameters.pop("aspect", None), parameters.pop("aspect_sentiment", None)
        within = None if aspect is None else speaking_of(aspect, spoken, parameters.get("query"))
        within = showing(parameters.pop("visual_label", None), parameters.pop("visual_text", None), within)
        if "topic" in parameters:
            within = about(parameters.pop("topic"), within)
        found = None if text is None else search_for(text, data_key=partial(data_key, self.client))
        plain = {renamed.get(name, name): value for name, value in parameters.items()}
        rows = mentions(MentionFilter(search=found.condition if found else None, once=once, within=within, **plain))
        by = ("posted_at", "id")
        if found is None or found.check is None:
            page = page_of(rows, cursor=cursor, limit=limit, by=by)
        else:
            page = checked_page_of(rows, check=found.check, cursor=cursor, limit=limit, by=by)
        return Response({"data": shown_together(page.rows), "next_cursor": page.next_cursor})


class OneMention(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="mentions_get",
        tag="mentions",
        summary="Get a mention",
        description="One mention, with every number's model behind it.",
        answer=MentionSerializer,
        answered=EXAMPLE,
    )
    def get(self, request: Request, client: str, mention: str) -> Response:
        NoParameters.read(request)
        return Response(shown(mention_of(mention)))


client_urlpatterns = [
    path("clients/<str:client>/mentions", Mentions.as_view(), name="mentions"),
    path("clients/<str:client>/mentions/<str:mention>", OneMention.as_view(), name="mention"),
]
