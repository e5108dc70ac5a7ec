"""Keeping the shared sample: uniform over each day, bounded in size and in age."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import TypeVar

from django.conf import settings
from django.db import connection, transaction

from analytics.listening.samples.contracts import MOST_LINKS, MOST_TEXT, MOST_TITLE, SharedPost
from analytics.listening.samples.models import SampleDay, SampledPost
from kernel import db

P = TypeVar("P")

DAYS = 7
"""How many UTC days the sample goes back, the present one included."""

# A day is cut back to its size only once it has grown by this much, so that few batches have to.
_OVERGROWN = 1.25


def keep(posts: Sequence[P], *, protect: Callable[[P], SharedPost | None], now: datetime, random: Random) -> int:
    """Let a batch of posts of a shared public stream into the day's sample. Returns how many of them are in it now.

    Each post draws a rank from [0, 1) and the EARSHOT_SAMPLE_PER_DAY lowest ranks of a day are kept, which is a uniform
    sample whoever feeds it and in whatever order (bottom-k sampling; Cohen and Kaplan 2007). Only those that are drawn
    are given to `protect`; of one that it cannot (None) an empty row keeps the place, so that the sample stays
    uniform. Give it only what everybody can read, matched or not. Outside every transaction; works in the public schema
    wherever it is called.
    """
    size = settings.SAMPLE_PER_DAY
    if not posts or not size:
        return 0
    day = now.astimezone(UTC).date()
    with db.public():
        bar = SampleDay.objects.filter(day=day).values_list("bar", flat=True).first()
        below = 1.0 if bar is None else bar
        drawn = [(rank, post) for post in posts if (rank := random.random()) < below]
        rows = [_row(day, rank, protect(post) or SharedPost("", "", now)) for rank, post in drawn]
        with transaction.atomic():
            below = _count(day, len(posts), now)
            fresh = [row for row in rows if row.rank < below]
            SampledPost.objects.bulk_create(fresh)
            if fresh:
                below = _cut_back(day, size, below)
            if bar is None:
                _forget(now)
    return sum(row.rank < below for row in fresh)


def forget_old(*, now: datetime) -> int:
    """Delete what is older than DAYS, also where no stream runs any more. Returns how many posts that were."""
    with db.public(), transaction.atomic():
        return _forget(now)


def _forget(now: datetime) -> int:
    oldest = now.astimezone(UTC).date() - timedelta(days=DAYS - 1)
    gone, _ = SampledPost.objects.filter(day__lt=oldest).delete()
    SampleDay.objects.filter(day__lt=oldest).delete()
    return gone


def _row(day: date, rank: float, post: SharedPost) -> SampledPost:
    return SampledPost(
        day=day,
        rank=rank,
        source=post.source[:40],
        kind=post.kind,
        title=post.title[:MOST_TITLE],
        text=post.text[:MOST_TEXT],
        posted_at=post.posted_at.astimezone(UTC).replace(minute=0, second=0, microsecond=0),
        language=post.language[:16],
        country=post.country,
        site=post.site[:253],
        links=list(post.links[:MOST_LINKS]),
        has=list(post.has),
    )


def _count(day: date, posts: int, now: datetime) -> float:
    """Add to what the day has seen; its bar. Holds the day until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO samples_sampleday AS d (day, seen, bar, first_at, last_at) VALUES (%s, %s, 1.0, %s, %s) "
            "ON CONFLICT (day) DO UPDATE SET seen = d.seen + excluded.seen, "
            "first_at = least(d.first_at, excluded.first_at), last_at = greatest(d.last_at, excluded.last_at) "
            "RETURNING bar",
            [day, posts, now, now],
        )
        return float(cursor.fetchone()[0])


def _cut_back(day: date, size: int, bar: float) -> float:
    """Lower the bar where the day has outgrown its size; the bar that holds then."""
    kept = SampledPost.objects.filter(day=day)
    if kept.count() <= size * _OVERGROWN:
        return bar
    bar = kept.order_by("rank").values_list("rank", flat=True)[size]
    kept.filter(rank__gte=bar).delete()
    SampleDay.objects.filter(day=day).update(bar=bar)
    return float(bar)
