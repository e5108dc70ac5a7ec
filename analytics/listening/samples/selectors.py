"""Reading the shared sample, for previews: never for a list of posts, and never by whom it matched."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta

from django.db import connection

from analytics.listening.samples.contracts import SampledDay, SharedPost
from analytics.listening.samples.models import SampleDay
from analytics.listening.samples.services import DAYS
from kernel import db

_POSTS = """
SELECT day, source, text, posted_at, title, kind, language, country, site, links, has FROM (
    SELECT *, row_number() OVER (PARTITION BY day ORDER BY rank) AS place FROM samples_sampledpost WHERE day >= %s
) AS ranked WHERE place <= %s ORDER BY day DESC, rank
"""


def sampled_days(*, now: datetime, most: int) -> tuple[SampledDay, ...]:
    """The sample of the last DAYS days, newest first, at most `most` posts of it: of each day those of the lowest
    ranks, which are a uniform sample too. Two statements. Works in the public schema wherever it is called."""
    since = now.astimezone(UTC).date() - timedelta(days=DAYS - 1)
    posts: defaultdict[date, list[SharedPost]] = defaultdict(list)
    with db.public():
        days = list(SampleDay.objects.filter(day__gte=since, seen__gt=0))
        if days:
            with connection.cursor() as cursor:
                cursor.execute(_POSTS, [since, max(1, most // len(days))])
                for day, source, text, posted_at, title, kind, language, country, site, links, has in cursor.fetchall():
                    posts[day].append(
                        SharedPost(
                            source, text, posted_at, title, kind, language, country, site, tuple(links), tuple(has)
                        )
                    )
    return tuple(
        SampledDay(row.day, row.seen, row.first_at, row.last_at, tuple(posts[row.day]))
        for row in days
        if posts[row.day]
    )
