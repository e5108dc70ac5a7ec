"""A feed's way in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Coalesce

from analytics.journey.listen import Ear
from analytics.journey.services import take
from analytics.listening.selectors import listener
from analytics.sources.contracts import Page
from analytics.sources.feeds import FeedConnector
from analytics.sources.models import Feed
from analytics.sources.problems import SourceProblem
from kernel import http
from tenants.datakeys import data_key
from tenants.models import Client


def poll(*, feed: Feed, client: Client, now: datetime) -> int:
    """Read what is new in a feed. Returns how many mentions were stored; a feed that cannot be read says why in
    `feed.problem` and is tried again next time."""

    def fetch(url: str, *, headers: Mapping[str, str], max_bytes: int) -> http.Response:
        private = (urlsplit(url).hostname or "") in settings.PRIVATE_FEED_HOSTS
        return http.fetch(
            url, headers=headers, max_bytes=max_bytes, allow_private=private, ports=None if private else http.WEB_PORTS
        )

    ear = Ear(listener(), data_key(client))
    stored = 0
    try:
        for page in FeedConnector(feed.url, fetch=fetch, clock=lambda: now).pages(feed.cursor):
            stored += _keep(feed, page, ear, now)
            if page.done:
                break
    except (SourceProblem, http.FetchError) as problem:
        Feed.objects.filter(id=feed.id).update(
            problem=str(problem)[:300], polled_at=now, failing_since=Coalesce("failing_since", now)
        )
    return stored


def _keep(feed: Feed, page: Page, ear: Ear, now: datetime) -> int:
    with transaction.atomic():
        locked = Feed.objects.select_for_update().get(id=feed.id)
        taken = take(posts=page.posts, origin=feed.id, ear=ear, now=now)
        locked.cursor, locked.polled_at, locked.failing_since = dict(page.cursor), now, None
        locked.problem = page.bad_rows[0].reason[:300] if page.bad_rows else ""
        locked.save(update_fields=["cursor", "polled_at", "problem", "failing_since"])
    return taken.stored
