"""Rollups are what counting the mentions would give, whatever came in which batch."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.insights import rollups
from analytics.insights.models import HourlyRollup
from analytics.listening.models import Query
from analytics.listening.services import create_query
from analytics.mentions.contracts import Hit
from analytics.mentions.models import Mention, MentionMatch
from kernel.ids import decode
from tests.mentions.sample import NOON, mention, put

pytestmark = pytest.mark.usefixtures("in_client")

MEASURES = ("mentions", "reach", "engagement", "negative", "neutral", "positive")
Cell = tuple[str, datetime, str]

posts = st.fixed_dictionaries(
    {
        "external_id": st.sampled_from([f"p{number}" for number in range(12)]),
        "source": st.sampled_from(("web", 'a "quoted", {source}')),
        "posted_at": st.integers(-200, 200).map(lambda minutes: NOON + timedelta(minutes=minutes)),
        "likes": st.integers(0, 5),
        "reposts": st.integers(0, 5),
        "views": st.none() | st.integers(0, 2**40),
    }
)
batches = st.lists(st.lists(st.tuples(posts, st.sets(st.integers(0, 2), max_size=3)), max_size=8), max_size=4)
moods = st.lists(st.sampled_from(("negative", "neutral", "positive", "")), min_size=24, max_size=24)


def _rolled_up() -> dict[Cell, tuple[int, ...]]:
    return {(row.query_id, row.hour, row.source): tuple(getattr(row, name) for name in MEASURES)
            for row in HourlyRollup.objects.all()}  # fmt: skip


def _counted() -> dict[Cell, tuple[int, ...]]:
    """The slow and obvious way."""
    sums: dict[Cell, Counter[str]] = {}
    for match in MentionMatch.objects.select_related("mention"):
        post = match.mention
        cell = sums.setdefault((match.query_id, post.posted_at.replace(minute=0), post.source), Counter())
        cell.update(mentions=1, reach=post.reach, engagement=post.likes + post.reposts + post.replies)
        cell[post.sentiment] += 1
    return {key: tuple(cell[name] for name in MEASURES) for key, cell in sums.items()}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches, moods)
def test_rollups_are_what_counting_gives_and_so_is_rebuilding_them(
    batches: list[list[tuple[dict[str, object], set[int]]]], moods: list[str]
) -> None:
    queries = [query.id for query in (create_query(name=f"{n}", kind="brand", text="bread") for n in range(3))]
    for batch in batches:
        made = [mention(hits=tuple(Hit(queries[n], 1) for n in sorted(hits)), **post) for post, hits in batch]  # type: ignore[arg-type]
        rollups.add_mentions(put(*made).fresh)
    rows = list(Mention.objects.order_by("id"))
    with rollups.keep_counting([decode("men", post.id) for post in rows]):
        for post, mood in zip(rows, moods, strict=False):
            Mention.objects.filter(id=post.id).update(sentiment=mood)

    counted = _counted()
    assert _rolled_up() == counted
    for query in queries:
        rollups.rebuild(query)
    assert _rolled_up() == counted

    for query in queries:
        HourlyRollup.objects.filter(query=query).update(mentions=99)
        rollups.rebuild(query)
    assert _rolled_up() == counted, "whatever stood there before"
    for model in (Query, Mention):  # the next example starts anew, in the same transaction
        model.objects.all().delete()


def test_an_hour_is_counted_by_utc_and_its_first_second_belongs_to_it() -> None:
    query = create_query(name="q", kind="brand", text="bread").id
    hit = (Hit(query, 1),)
    moments = (NOON, NOON + timedelta(minutes=59, seconds=59, microseconds=999_999), NOON + timedelta(hours=1))
    made = [mention(f"p{number}", posted_at=moment, hits=hit) for number, moment in enumerate(moments)]
    rollups.add_mentions(put(*made).fresh)

    counts = {row.hour: row.mentions for row in HourlyRollup.objects.all()}
    assert counts == {NOON: 2, NOON + timedelta(hours=1): 1}


def test_nothing_to_count_writes_nothing_and_rebuilding_an_unmatched_query_empties_it() -> None:
    query = create_query(name="q", kind="brand", text="bread").id
    rollups.add_mentions([])
    with rollups.keep_counting([]):
        pass
    assert not HourlyRollup.objects.exists()

    HourlyRollup.objects.create(hour=NOON, query_id=query, source="web", positive=1)
    rollups.rebuild(query)
    assert not HourlyRollup.objects.exists()
