"""A feed's way in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Coalesce

from analytics.journey.listen import Ear
from analytics.journey.metering import tell_stored
from analytics.journey.services import Taken, take
from analytics.listening.selectors import listener
from analytics.mentions.selectors import stored_in
from analytics.sources.contracts import Page
from analytics.sources.feeds import FeedConnector
from analytics.sources.models import Feed
from analytics.sources.problems import SourceProblem
from kernel import http
from tenants.datakeys import data_key
from tenants.models import Client
from tenants.plans.limits import ceiling_of, month_of

# Notes on a feed as a whole, which its publisher should know of; those on single entries are not kept.
_OF_THE_FEED = frozenset({"malformed_feed", "too_many_entries"})
_PAUSED = "The plan's mentions of this month are used up. Reading goes on with the next month."


def poll(*, feed: Feed, client: Client, now: datetime) -> int:
    """Read what is new in a feed. Returns how many mentions were stored; a feed that cannot be read, or not whole, says
    why in `feed.problem`; one that cannot is tried again next time. Where the month's mentions are used up, reading
    pauses; the first time in the next month goes on where it stopped."""

    def fetch(url: str, *, headers: Mapping[str, str], max_bytes: int) -> http.Response:
        private = (urlsplit(url).hostname or "") in settings.PRIVATE_FEED_HOSTS
        return http.fetch(
            url, headers=headers, max_bytes=max_bytes, allow_private=private, ports=None if private else http.WEB_PORTS
        )

    stored = 0
    said: dict[str, None] = {}
    ceiling = ceiling_of(client, now=now)
    if ceiling is not None and stored_in(month_of(now)) >= ceiling.own:
        Feed.objects.filter(id=feed.id).update(problem=_PAUSED)
        return stored
    ear = Ear(listener(), data_key(client))
    try:
        for page in FeedConnector(feed.url, fetch=fetch, clock=lambda: now).pages(feed.cursor):
            said |= dict.fromkeys(_said(page))
            taken = _keep(feed, page, ear, now, " ".join(said), None if ceiling is None else ceiling.own)
            tell_stored(client, now=now)
            stored += taken.stored
            if page.done or taken.left:
                break
    except (SourceProblem, http.FetchError) as problem:
        Feed.objects.filter(id=feed.id).update(
            problem=str(problem)[:300], polled_at=now, failing_since=Coalesce("failing_since", now)
        )
    return stored


def _keep(feed: Feed, page: Page, ear: Ear, now: datetime, problem: str, most_in_month: int | None) -> Taken:
    with transaction.atomic():
        locked = Feed.objects.select_for_update().get(id=feed.id)
        taken = take(posts=page.posts, origin=feed.id, ear=ear, now=now, most_in_month=most_in_month)
        as_it_was = page.unchanged and locked.failing_since is None and locked.problem != _PAUSED
        locked.polled_at, locked.failing_since = now, None
        if taken.left:
            locked.problem = _PAUSED
        else:
            locked.cursor = dict(page.cursor)
            if not as_it_was:
                locked.problem = problem[:300]
        locked.save(update_fields=["cursor", "polled_at", "problem", "failing_since"])
    return taken


def _said(page: Page) -> list[str]:
    """What the feed's follower should know of a page: why its first bad entry is missing, and what ails the feed."""
    return [bad.reason for bad in page.bad_rows[:1]] + [n.reason for n in page.notes if n.code in _OF_THE_FEED]
