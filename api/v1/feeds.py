"""Feeds: RSS and Atom addresses that are read again and again."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.core.validators import URLValidator
from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.mentions.selectors import stored_in
from analytics.sources.models import Feed
from analytics.sources.selectors import feed_of, feeds
from analytics.sources.services import follow_feed, unfollow_feed
from api.pagination import page_of
from api.permissions import least
from api.schema import operation, sample_id
from api.serializers import MomentField, NoParameters, PageParameters, Shown, StrictCharField, StrictSerializer
from api.views import ClientView
from tenants.plans.limits import check_mentions, month_of

EXAMPLE = {
    "id": sample_id("fed"),
    "name": "Town news",
    "url": "https://news.example/feed.xml",
    "active": True,
    "polled_at": "2026-03-31T18:00:00Z",
    "problem": None,
    "created_at": "2026-03-31T17:50:00Z",
}


class FeedSerializer(Shown):
    id = serializers.CharField()
    name = serializers.CharField()
    url = serializers.CharField()
    active = serializers.BooleanField()
    polled_at = MomentField(allow_null=True, help_text="When it was last read; null: not yet.")
    problem = serializers.SerializerMethodField(
        help_text="Why the last reading failed, or what of it could not be read; null where all could."
    )
    created_at = MomentField()

    def get_problem(self, feed: Feed) -> str | None:
        return feed.problem or None


class NewFeedSerializer(StrictSerializer):
    name = StrictCharField(max_length=200)
    url = StrictCharField(
        max_length=2000,
        validators=[URLValidator(schemes=["http", "https"])],
        help_text="http or https, without a user name or password.",
    )

    def validate_url(self, url: str) -> str:
        # What stands before the @ is a password, and an address is stored and shown as it is.
        if "@" in urlsplit(url).netloc:
            raise serializers.ValidationError("The address must not hold a user name or password.", code="has_password")
        return url


class Feeds(ClientView):
    roles = least(GET="viewer", POST="analyst")

    @operation(
        id="feeds_list",
        tag="feeds",
        summary="List the feeds",
        description="The RSS and Atom feeds that this client follows, newest first.",
        query=PageParameters,
        answer=FeedSerializer.page(),
        answered={"data": [EXAMPLE], "next_cursor": None},
    )
    def get(self, request: Request, client: str) -> Response:
        page = page_of(feeds(), **PageParameters.read(request))
        return Response(page.body(FeedSerializer.of))

    @operation(
        id="feeds_create",
        tag="feeds",
        summary="Follow a feed",
        description="Reads the feed now and every ten minutes; entries that match a query become mentions. Addresses "
        "inside a private network are refused when they are read. Needs the role analyst.",
        body=NewFeedSerializer,
        answer=FeedSerializer,
        status=201,
        location=True,
        errors=(402,),
        sent={"name": "Town news", "url": "https://news.example/feed.xml"},
        answered={**EXAMPLE, "polled_at": None},
    )
    def post(self, request: Request, client: str) -> Response:
        body: dict[str, Any] = NewFeedSerializer.read(request)
        now = timezone.now()
        check_mentions(self.client, own=stored_in(month_of(now)), now=now)
        feed = follow_feed(url=body["url"], name=body["name"])
        return Response(FeedSerializer.of(feed), 201, headers={"Location": self.link("feeds", feed.id)})


class OneFeed(ClientView):
    roles = least(GET="viewer", DELETE="analyst")

    @operation(
        id="feeds_get",
        tag="feeds",
        summary="Get a feed",
        description="One feed, when it was last read, and why that failed where it did.",
        answer=FeedSerializer,
        answered=EXAMPLE,
    )
    def get(self, request: Request, client: str, feed: str) -> Response:
        NoParameters.read(request)
        return Response(FeedSerializer.of(feed_of(feed)))

    @operation(
        id="feeds_delete",
        tag="feeds",
        summary="Stop following a feed",
        description="The mentions it brought stay. Needs the role analyst.",
        status=204,
        says={204: "The feed is read no more."},
    )
    def delete(self, request: Request, client: str, feed: str) -> Response:
        NoParameters.read(request)
        unfollow_feed(feed=feed_of(feed))
        return Response(status=204)


client_urlpatterns = [
    path("clients/<str:client>/feeds", Feeds.as_view(), name="feeds"),
    path("clients/<str:client>/feeds/<str:feed>", OneFeed.as_view(), name="feed"),
]
