"""Queries that change while an import is under way: what is stored after that goes by the new ones."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from analytics.insights.models import HourlyRollup
from analytics.journey.listen import Ear
from analytics.journey.requests import change_query, remove_query
from analytics.journey.services import take
from analytics.listening import selectors
from analytics.listening.models import Query
from analytics.listening.selectors import listener
from analytics.listening.services import create_query
from analytics.mentions.models import MentionMatch
from analytics.sources.contracts import RawPost
from tenants.datakeys import data_key
from tests.cast import Cast

NOW = datetime(2026, 3, 3, tzinfo=UTC)
POST = RawPost(source="web", external_id="p1", text="Fresh rye bread", created_at=datetime(2026, 3, 2, tzinfo=UTC))


@pytest.fixture
def ear(in_client: Cast) -> Ear:
    """An ear that heard of one query, for rye."""
    create_query(name="Own", kind="brand", text="rye")
    return Ear(listener(), data_key(in_client.client))


def test_a_changed_query_matches_in_its_new_version(ear: Ear) -> None:
    change_query(query=Query.objects.get(), text="bread")
    taken = take(posts=[POST], origin="imp_1", ear=ear, now=NOW)
    assert taken.stored == 1
    assert [(match.query_version, match.spans) for match in MentionMatch.objects.all()] == [(2, [10, 15])]


def test_a_query_that_two_changed_at_once_is_heard_as_it_stands(ear: Ear) -> None:
    """Both have counted up from the version that they had read."""
    Query.objects.update(text="bread")
    take(posts=[POST], origin="imp_1", ear=ear, now=NOW)
    assert MentionMatch.objects.get().spans == [10, 15]


def test_a_new_query_is_heard_at_once(ear: Ear) -> None:
    create_query(name="Topic", kind="topic", text="fresh")
    take(posts=[POST], origin="imp_1", ear=ear, now=NOW)
    assert {match.query.name for match in MentionMatch.objects.select_related("query")} == {"Own", "Topic"}


def test_queries_that_nobody_changed_are_heard_once_however_many_clients_are_served(
    ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compiled queries are forgotten when many clients take turns; the same ones compiled anew are the same."""
    tuned: list[object] = []
    monkeypatch.setattr(Ear, "tune", lambda *given: tuned.append(given))
    selectors._compiled.cache_clear()
    taken = take(posts=[POST], origin="imp_1", ear=ear, now=NOW)
    assert (taken.stored, tuned) == (1, [])


def test_a_removed_query_is_forgotten(ear: Ear) -> None:
    remove_query(query=Query.objects.get())
    taken = take(posts=[POST], origin="imp_1", ear=ear, now=NOW)
    assert (taken.stored, taken.unmatched) == (0, 1)
    assert not HourlyRollup.objects.exists()
