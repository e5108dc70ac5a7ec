"""A new or changed query against what is stored: the same as if it had been there when the posts came."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.db import transaction

from analytics.insights.models import HourlyRollup
from analytics.journey.rematch import rematch, request_rematch
from analytics.journey.requests import add_query, change_query
from analytics.listening.models import Query
from analytics.listening.services import create_query, delete_query
from analytics.mentions.models import Mention, MentionMatch
from analytics.sources.corpus import corpus
from analytics.sources.corpus.cast import COFFEE
from analytics.sources.corpus.export import write_csv
from analytics.sources.services import accept_upload
from kernel.errors import ValidationFailed
from kernel.jobs.models import Job
from kernel.queue import send
from kernel.queue.testing import drain
from tests.cast import Cast
from tests.journey.heard import pseudonyms

SAVED = {query.name: query for query in COFFEE.queries}
BRAND, TOPIC = SAVED["Elbkranich Kaffee"], SAVED["Hafermilch"]


# Its threads and its queue share the test's transaction.
HOLDS_TRANSACTIONS = True


def save(name: str) -> Query:
    return create_query(name=name, kind=SAVED[name].kind, text=SAVED[name].text)


def import_posts() -> None:
    file = io.StringIO()
    write_csv(corpus(seed=11, posts=240, days=20).posts, file)
    accept_upload(chunks=[file.getvalue().encode()], file_name="p.csv", source="upload", mapping={}, options={})
    drain()


def found(query: Query) -> tuple[list[Any], list[Any]]:
    """The query's matches with their places, and its rollups."""
    return (
        sorted(
            MentionMatch.objects.filter(query=query).values_list(
                "mention__source", "mention__external_id", "posted_at", "spans"
            )
        ),
        sorted(
            HourlyRollup.objects.filter(query=query, mentions__gt=0).values_list(
                "hour", "source", "mentions", "reach", "engagement", "negative", "neutral", "positive"
            )
        ),
    )


@pytest.fixture
def posts(in_client: Cast) -> None:
    """Posts that were heard for the brand and its competitors."""
    for name in SAVED:
        if name != TOPIC.name:
            save(name)
    import_posts()


def test_a_new_query_finds_what_it_would_have_found_at_import(in_client: Cast) -> None:
    with transaction.atomic():
        for name in SAVED:
            save(name)
        import_posts()
        everything = {(row.source, row.external_id) for row in Mention.objects.all()}
        expected = {name: found(Query.objects.get(name=name)) for name in SAVED}
        transaction.set_rollback(True)
    assert not Mention.objects.exists()
    for name in SAVED:
        if name != TOPIC.name:
            save(name)
    import_posts()
    stored = {(row.source, row.external_id) for row in Mention.objects.all()}

    query, job = add_query(name=TOPIC.name, kind=TOPIC.kind, text=TOPIC.text)
    assert job is not None
    drain()

    matches, rollups = found(query)
    assert matches
    assert matches == [row for row in expected[TOPIC.name][0] if row[:2] in stored]
    # Posts that only the topic would have matched were never stored, and cannot be found now.
    assert stored < everything
    assert sum(row[2] for row in rollups) == len(matches)
    assert (
        sum(sum(row[5:]) for row in rollups)
        == Mention.objects.filter(matches__query=query).exclude(sentiment="").count()
    )
    job.refresh_from_db()
    assert (job.state, job.result) == (Job.State.SUCCEEDED, query.id)


def test_matching_anew_what_is_matched_already_changes_nothing(posts: None, in_client: Cast) -> None:
    query = Query.objects.get(name=BRAND.name)
    before = found(query)
    assert len(before[0]) > 20
    assert rematch(query=query, pseudonym=pseudonyms(in_client)) == len(before[0])
    assert found(query) == before
    rematch(query=query, pseudonym=pseudonyms(in_client))
    assert found(query) == before


def test_the_others_are_left_alone(posts: None) -> None:
    others = list(Query.objects.exclude(name=BRAND.name))
    before = [found(query) for query in others]
    change_query(query=Query.objects.get(name=BRAND.name), text="nebelbohne")
    drain()
    assert [found(query) for query in others] == before
    brand, competitor = found(Query.objects.get(name=BRAND.name)), found(Query.objects.get(name="Nebelbohne"))
    assert {row[:2] for row in brand[0]} <= {row[:2] for row in competitor[0]}


def test_a_changed_text_is_a_new_version_in_every_match(posts: None) -> None:
    query = Query.objects.get(name=BRAND.name)
    query, job = change_query(query=query, text="elbkranich OR #elbkranich")
    assert job is not None
    drain()
    assert query.version == 2
    assert set(MentionMatch.objects.filter(query=query).values_list("query_version", flat=True)) == {2}


def test_an_inactive_query_loses_its_matches_and_an_active_one_gets_them_back(posts: None) -> None:
    query = Query.objects.get(name=BRAND.name)
    before, mentions = found(query), Mention.objects.count()
    query, job = change_query(query=query, active=False)
    assert job is not None
    drain()
    assert found(query) == ([], [])
    assert Mention.objects.count() == mentions
    change_query(query=query, active=True)
    drain()
    assert found(query) == before


def test_what_changes_nothing_about_matching_is_not_matched_anew(posts: None) -> None:
    query = Query.objects.get(name=BRAND.name)
    query, job = change_query(query=query, name="Another name", kind="competitor", text=query.text, active=True)
    assert (job, query.version) == (None, 1)


def test_nothing_stored_needs_no_job(in_client: Cast) -> None:
    query, job = add_query(name="New", kind="brand", text="juniper")
    assert job is None
    assert request_rematch(query=query) is None
    assert rematch(query=query, pseudonym=pseudonyms(in_client)) == 0


def test_a_message_delivered_twice_is_the_same_as_once(posts: None) -> None:
    query, job = add_query(name=TOPIC.name, kind=TOPIC.kind, text=TOPIC.text)
    assert job is not None
    send("journey.rematch_query", query.id, job.id)
    drain()
    before = found(query)
    send("journey.rematch_query", query.id, job.id)
    drain()
    assert found(query) == before
    assert Job.objects.get(id=job.id).state == Job.State.SUCCEEDED


def test_a_text_that_does_not_parse_changes_nothing(posts: None) -> None:
    query = Query.objects.get(name=BRAND.name)
    before = found(query)
    with pytest.raises(ValidationFailed), transaction.atomic():
        change_query(query=query, text="(unclosed")
    assert Query.objects.get(id=query.id).text == BRAND.text
    assert found(query) == before


def test_a_deleted_query_takes_its_matches_and_rollups_along_and_leaves_the_mentions(posts: None) -> None:
    mentions = Mention.objects.count()
    query = Query.objects.get(name=BRAND.name)
    query_id = query.id
    delete_query(query=query)
    assert not MentionMatch.objects.filter(query_id=query_id).exists()
    assert not HourlyRollup.objects.filter(query_id=query_id).exists()
    assert Mention.objects.count() == mentions
