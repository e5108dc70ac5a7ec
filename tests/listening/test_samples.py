"""The shared sample: uniform, bounded, and nobody's."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction

from analytics.listening.samples.contracts import SharedPost
from analytics.listening.samples.models import SampleDay, SampledPost
from analytics.listening.samples.selectors import sampled_days
from analytics.listening.samples.services import DAYS, forget_old, keep
from kernel import db
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("db")

NOON = datetime(2026, 3, 2, 12, 34, 56, tzinfo=UTC)


def post(number: int) -> SharedPost:
    return SharedPost("stream", f"post {number}", NOON)


def feed(numbers: range, *, now: datetime = NOON, seed: int = 7, batch: int = 50) -> None:
    random = Random(seed)
    for start in range(numbers.start, numbers.stop, batch):
        keep(range(start, min(start + batch, numbers.stop)), protect=post, now=now, random=random)


@pytest.fixture
def small(settings: Any) -> None:
    settings.SAMPLE_PER_DAY = 20


@pytest.mark.usefixtures("small")
def test_a_day_keeps_its_size_and_knows_how_many_it_saw() -> None:
    feed(range(1_000))

    (day,) = sampled_days(now=NOON, most=20)
    assert (day.seen, len(day.posts)) == (1_000, 20)
    assert 20 <= SampledPost.objects.count() <= 25
    assert day.posts[0].posted_at == NOON.replace(minute=0, second=0), "the hour is enough"


@pytest.mark.usefixtures("small")
def test_every_post_has_the_same_chance_whenever_it_comes() -> None:
    tenths: Counter[int] = Counter()
    for seed in range(60):
        SampledPost.objects.all().delete()
        SampleDay.objects.all().delete()
        feed(range(200), seed=seed)
        (day,) = sampled_days(now=NOON, most=20)
        tenths.update(int(shared.text.split()[1]) // 20 for shared in day.posts)
    # 1,200 draws over ten classes; chi square with 9 degrees of freedom stays below 33.7 with p = .9999.
    assert sum((tenths[tenth] - 120) ** 2 / 120 for tenth in range(10)) < 33.7


@pytest.mark.usefixtures("small")
def test_fewer_than_are_kept_are_asked_for_evenly() -> None:
    feed(range(100))
    feed(range(100, 200), now=NOON - timedelta(days=1))

    days = sampled_days(now=NOON, most=10)
    assert [(day.day.day, day.seen, len(day.posts)) for day in days] == [(2, 100, 5), (1, 100, 5)]


@pytest.mark.usefixtures("small")
def test_what_cannot_be_protected_is_counted_and_not_kept() -> None:
    keep([1, 2, 3], protect=lambda number: None if number == 2 else post(number), now=NOON, random=Random(1))

    (day,) = sampled_days(now=NOON, most=10)
    assert sorted(shared.text for shared in day.posts) == ["", "post 1", "post 3"]


@pytest.mark.usefixtures("small")
def test_the_sample_forgets() -> None:
    feed(range(30), now=NOON - timedelta(days=DAYS))
    feed(range(30))

    assert {row.day for row in SampledPost.objects.all()} == {NOON.date()}, "a new day's first batch clears up"
    assert forget_old(now=NOON + timedelta(days=DAYS - 1)) == 0
    assert forget_old(now=NOON + timedelta(days=DAYS)) > 0
    assert not SampleDay.objects.exists()


def test_no_sample_is_kept_where_the_operator_wants_none(settings: Any) -> None:
    settings.SAMPLE_PER_DAY = 0
    assert keep([1], protect=post, now=NOON, random=Random(1)) == 0
    assert not SampleDay.objects.exists()


@pytest.mark.parametrize("table", ["samples_sampledpost", "samples_sampleday"])
def test_a_clients_role_cannot_read_the_sample(cast: Cast, table: str) -> None:
    feed(range(5))
    with (
        db.enter(cast.client.schema_name),
        pytest.raises(ProgrammingError, match=r"permission denied|does not exist"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"SELECT * FROM public.{table}")


def test_the_sample_is_read_from_within_a_client(cast: Cast) -> None:
    feed(range(5))
    with db.enter(cast.client.schema_name):
        (day,) = sampled_days(now=NOON, most=10)
        assert db.current() == cast.client.schema_name
    assert len(day.posts) == 5
