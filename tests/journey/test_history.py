"""A changed query is matched against all history: page by page, killed, superseded or cancelled, and in the end it is
what a fresh query with the same text is."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from analytics.journey import rematch as way
from analytics.journey.models import Rematch
from analytics.journey.rematch import cancel_rematch, rematch, rematch_slice, request_rematch
from analytics.journey.requests import change_query, change_snippet, remove_query
from analytics.journey.services import enrich
from analytics.listening import selectors
from analytics.listening.models import Query
from analytics.listening.services import create_query
from analytics.listening.sharing import create_snippet
from analytics.mentions.matching import replace_matches
from analytics.mentions.models import Mention, MentionMatch
from kernel.jobs.models import Job
from kernel.queue.testing import drain
from tests.cast import Cast
from tests.journey.heard import (
    NOW,
    ORIGIN,
    QUERIES,
    check_rollups,
    hear_all,
    matches_of,
    pseudonyms,
    rollups_of,
    some_posts,
)

HOLDS_TRANSACTIONS = True


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(way, "PAGE", 7)


def _clock(pages: int) -> Iterator[float]:
    """Times that end a slice after so many pages."""
    yield from [0.0] * pages
    while True:
        yield 1e9


def _some_pages(query: Query, job: Job, cast: Cast, pages: int) -> bool:
    times = _clock(pages)
    return rematch_slice(query_id=query.id, job_id=job.id, pseudonym=pseudonyms(cast), clock=lambda: next(times))


@pytest.fixture
def history(in_client: Cast) -> Cast:
    create_query(name="All", kind="topic", text="rye OR bread OR brot OR pain OR bakery OR sample OR 東京")
    hear_all(in_client, some_posts(1, 40))
    return in_client


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(
    edits=st.lists(st.tuples(st.sampled_from(QUERIES), st.integers(0, 6)), min_size=1, max_size=4),
    read=st.integers(0, 40),
    seed=st.integers(0, 10_000),
)
def test_any_edits_end_as_a_fresh_query(history: Cast, edits: list[tuple[str, int]], read: int, seed: int) -> None:
    """Each edit gets some pages far before the next one comes, others read and store in between."""
    with transaction.atomic():
        random = Random(seed)
        query = create_query(name="Edited", kind="topic", text="rye")
        rematch(query=query, pseudonym=pseudonyms(history))
        enrich(origin=ORIGIN, limit=read, now=NOW) if read else None
        for number, (text, pages) in enumerate(edits):
            query, job = change_query(query=query, text=text)
            if job is not None:
                _some_pages(query, job, history, pages)
                enrich(origin=ORIGIN, limit=random.randint(1, 9), now=NOW)
                _some_pages(query, job, history, 1)
            # What comes meanwhile is heard as the query is now.
            hear_all(history, some_posts(seed + number, 3, first=1_000 + 10 * number))
            check_rollups()
        drain()
        # Those that came meanwhile were matched as they came; a fresh query knows them as they are stored.
        rematch(query=query, pseudonym=pseudonyms(history))
        fresh = create_query(name="Fresh", kind="topic", text=query.text)
        assert request_rematch(query=fresh) is not None
        drain()
        assert matches_of(query) == matches_of(fresh)
        assert rollups_of(query) == rollups_of(fresh)
        versions = MentionMatch.objects.filter(query=query).values_list("query_version", flat=True)
        assert set(versions) <= {Query.objects.get(id=query.id).version}
        check_rollups()
        transaction.set_rollback(True)


def test_the_job_alone_brings_a_changed_query_to_where_a_fresh_one_is(history: Cast) -> None:
    for text in QUERIES:
        with transaction.atomic():
            query = create_query(name="Edited", kind="topic", text="rye OR 東京")
            request_rematch(query=query)
            drain()
            query, job = change_query(query=query, text=text)
            assert job is not None
            fresh = create_query(name="Fresh", kind="topic", text=text)
            request_rematch(query=fresh)
            drain()
            assert matches_of(query) == matches_of(fresh)
            assert rollups_of(query) == rollups_of(fresh)
            query.refresh_from_db()
            assert (query.matched_version, query.version) == (2, 2)
            transaction.set_rollback(True)


def test_who_is_killed_goes_on_where_the_last_page_ended(history: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    query, job = change_query(query=Query.objects.get(), text="bread")
    assert job is not None
    assert not _some_pages(query, job, history, 2)
    before = Rematch.objects.get()
    usual = replace_matches

    def killed(*given: object, **named: object) -> None:
        usual(*given, **named)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr(way, "replace_matches", killed)
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        _some_pages(query, job, history, 1)
    monkeypatch.setattr(way, "replace_matches", usual)

    after = Rematch.objects.get()
    assert (after.after, after.done) == (before.after, before.done)
    assert 0 < after.done < after.total == Mention.objects.count()
    check_rollups()
    assert _some_pages(query, job, history, 100)
    fresh = create_query(name="Fresh", kind="topic", text="bread")
    rematch(query=fresh, pseudonym=pseudonyms(history))
    assert matches_of(query) == matches_of(fresh)
    assert not Rematch.objects.exists()
    assert Job.objects.get(id=job.id).state == "succeeded"


def test_progress_is_told_and_the_same_message_twice_does_no_harm(history: Cast) -> None:
    query, job = change_query(query=Query.objects.get(), text="bread")
    assert job is not None
    _some_pages(query, job, history, 3)
    job.refresh_from_db()
    assert (job.done, job.total) == (14, Mention.objects.count())
    query.refresh_from_db()
    assert query.matched_version == 0
    drain()
    before = matches_of(query)
    assert _some_pages(query, job, history, 5)
    assert matches_of(query) == before
    job.refresh_from_db()
    assert (job.state, job.done) == ("succeeded", job.total)


def test_a_later_change_takes_over(history: Cast) -> None:
    query, first = change_query(query=Query.objects.get(), text="bread")
    assert first is not None
    _some_pages(query, first, history, 2)
    query, second = change_query(query=query, text="rye")
    assert second is not None
    first.refresh_from_db()
    assert (first.state, (first.error or {})["code"]) == ("cancelled", "superseded")
    assert _some_pages(query, first, history, 5), "there is nothing left for it to do"
    drain()
    second.refresh_from_db()
    assert second.state == "succeeded"
    assert set(MentionMatch.objects.filter(query=query).values_list("query_version", flat=True)) == {3}


def test_a_cancelled_job_leaves_the_rest_as_it_was_and_says_so(history: Cast) -> None:
    query, job = change_query(query=Query.objects.get(), text="bread")
    assert job is not None
    _some_pages(query, job, history, 2)
    assert cancel_rematch(job=job)
    assert not cancel_rematch(job=job)
    drain()
    job.refresh_from_db()
    query.refresh_from_db()
    assert (job.state, query.matched_version) == ("cancelled", 0)
    versions = MentionMatch.objects.filter(query=query).values_list("query_version", flat=True)
    assert set(versions) == {1, 2}
    check_rollups()
    assert request_rematch(query=query) is not None
    drain()
    query.refresh_from_db()
    assert query.matched_version == 2
    assert set(MentionMatch.objects.filter(query=query).values_list("query_version", flat=True)) == {2}


def test_a_query_that_is_deleted_on_the_way_ends_its_job(history: Cast) -> None:
    query, job = change_query(query=Query.objects.get(), text="bread")
    assert job is not None
    _some_pages(query, job, history, 2)
    remove_query(query=query)
    drain()
    job.refresh_from_db()
    assert (job.state, (job.error or {})["code"]) == ("failed", "not_found")


def test_a_changed_snippet_has_all_that_use_it_matched_anew(history: Cast) -> None:
    inner = create_snippet(name="Grain", text="rye")
    create_snippet(name="loaf", text="snippet:grain OR bread")
    using = create_query(name="Using", kind="topic", text="snippet:loaf NOT cold")
    other = create_query(name="Other", kind="topic", text="bakery")
    for query in (using, other):
        request_rematch(query=query)
    drain()
    before = matches_of(other)

    _, changed = change_snippet(snippet=inner, text="東京", by="usr_1")

    assert [(query.id, query.version, job is not None) for query, job in changed] == [(using.id, 2, True)]
    drain()
    fresh = create_query(name="Fresh", kind="topic", text="(東京 OR bread) NOT cold")
    rematch(query=fresh, pseudonym=pseudonyms(history))
    assert matches_of(Query.objects.get(id=using.id)) == matches_of(fresh)
    assert matches_of(other) == before
    made = list(using.versions.values_list("version", "cause", "made_by", "snippets"))
    assert made == [
        (2, "snippet", "usr_1", {"loaf": "snippet:grain OR bread", "Grain": "東京"}),
        (1, "made", "", {"loaf": "snippet:grain OR bread", "Grain": "rye"}),
    ]


def test_much_is_heard_by_the_engine_as_little_is_by_the_index(
    in_client: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, text in enumerate(QUERIES):
        create_query(name=str(number), kind="topic", text=text)
    found = []
    for least in (10**9, 0):
        monkeypatch.setattr(selectors, "_MUCH", least)
        with transaction.atomic():
            hear_all(in_client, some_posts(8, 60))
            rows = MentionMatch.objects.order_by("mention__external_id", "query_id")
            found.append(list(rows.values_list("mention__external_id", "query_id", "spans", "settled", "awaits")))
            transaction.set_rollback(True)
    assert len(found[0]) > 200
    assert found[0] == found[1]
