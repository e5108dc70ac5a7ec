"""Trying queries, being warned of them, explaining mentions and searching them, through the API."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from analytics.journey.sample import sample_stream
from analytics.listening.models import Query, QueryVersion
from analytics.mentions.models import Mention, MentionMatch
from analytics.sources.contracts import RawPost
from kernel import db as schemas
from kernel.queue.testing import drain
from tests.api.conftest import Api, Things, add_mention
from tests.cast import Cast
from tests.mentions.sample import NOON, mention, put


@pytest.fixture
def stream(cast: Cast) -> None:
    """A day of the shared stream: every fourth post is about rye."""
    now = timezone.now()
    posts = [
        RawPost("stream", str(number), ("rye bread", "oats", "bran", "milk @ben.oats")[number % 4], now)
        for number in range(400)
    ]
    sample_stream(posts[:200], now=now - timedelta(hours=20), random=Random(1))
    sample_stream(posts[200:], now=now, random=Random(2))


def test_a_query_is_tried_before_it_is_saved(api: Api, cast: Cast, place: str, things: Things, stream: None) -> None:
    with schemas.enter(cast.client.schema_name):
        add_mention(Query.objects.get(), "p2", text="Rye bread at Juniper Bakery")

    found = api("analyst").post(f"{place}/query_previews", {"text": 'rye OR "rye bread" OR nothing'}).json()

    assert found["estimate"]["basis"] == "shared"
    assert found["estimate"]["low"] < found["estimate"]["posts_a_day"] < found["estimate"]["high"]
    assert found["shared"]["matched"] == 100
    assert found["stored"]["reason"]
    assert [warning["code"] for warning in found["warnings"]] == ["alternative_contained"]
    assert [(each["text"], each["brings"], each["alone"]) for each in found["branches"]] == [
        ("rye", 101, 0),
        ('"rye bread"', 101, 0),
        ("nothing", 0, 0),
    ]
    assert len(found["posts"]) == 20
    for shown in found["posts"]:
        span = shown["spans"][0]
        whole = f"{shown['title']}\n{shown['text']}" if shown["title"] else shown["text"]
        assert whole[span["start"] : span["end"]].lower() == "rye bread"
    with schemas.enter(cast.client.schema_name):
        assert Query.objects.count() == 1, "nothing was saved"


def test_nobody_of_the_stream_is_named(api: Api, place: str, stream: None) -> None:
    found = api("analyst").post(f"{place}/query_previews", {"text": "milk"})
    assert "ben" not in found.content.decode()
    assert found.json()["posts"][0]["text"] == "milk [handle]"


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"text": "("}, "/text", "query_syntax"),
        ({"text": "-rye"}, "/text", "query_syntax"),
        ({"text": "rye snippet:nothing"}, "/text", "query_syntax"),
        ({"text": "a OR " * 10_000}, "/text", "max_length"),
        ({"text": 7}, "/text", "wrong_type"),
        ({}, "/text", "required"),
        ({"text": "rye", "kind": "topic"}, "/kind", "unknown_field"),
    ],
)
def test_what_cannot_be_tried_is_refused(api: Api, place: str, body: Any, pointer: str, code: str) -> None:
    refused = api("analyst").post(f"{place}/query_previews", body)
    assert refused.status_code == 400
    assert [(problem["pointer"], problem["code"]) for problem in refused.json()["errors"]] == [(pointer, code)]


def test_whoever_saves_a_query_is_warned(api: Api, place: str, things: Things, stream: None) -> None:
    writer = api("analyst")
    made = writer.post(f"{place}/queries", {"name": "Broad", "kind": "topic", "text": "rye OR the"})
    changed = writer.patch(made["Location"], {"text": "rye NOT rye"})
    tag = writer.get(made["Location"])["ETag"]
    guarded = writer.patch(made["Location"], {"text": "rye OR rye"}, headers={"If-Match": tag})

    assert [(one["code"], one["start"]) for one in made.json()["warnings"]] == [("frequent_word", 7)]
    assert [one["code"] for one in changed.json()["warnings"]] == ["matches_nothing"]
    assert (guarded.status_code, [one["code"] for one in guarded.json()["warnings"]]) == (
        200,
        ["alternative_contained"],
    )


def test_a_mention_is_explained(api: Api, cast: Cast, place: str, things: Things) -> None:
    with schemas.enter(cast.client.schema_name):
        query = Query.objects.get()
        Query.objects.filter(id=query.id).update(text="juniper (bakery OR café) lang:en NOT jobs")

    found = api("viewer").get(f"{place}/mentions/{things['mention']}/explanation").json()

    (why,) = found["queries"]
    assert (why["query"], why["version"], why["current"], why["redacted"], why["state"]) == (
        things["query"], 1, True, False, "settled",
    )  # fmt: skip
    assert [
        (clause["text"], clause["outcome"], clause["decisive"], clause["spans"], clause["facts"])
        for clause in why["clauses"]
    ] == [
        ("juniper", "matched", True, [{"start": 0, "end": 7}], []),
        ("bakery", "matched", True, [{"start": 8, "end": 14}], []),
        ("cafe", "missing", False, [], []),
        ("lang:en", "matched", True, [], ["lang:en"]),
        ("jobs", "absent", True, [], []),
    ]
    assert why["text"][why["clauses"][2]["start"] : why["clauses"][2]["end"]] == "café"


def test_a_match_of_an_older_version_is_explained_by_that(api: Api, cast: Cast, place: str, things: Things) -> None:
    url = f"{place}/mentions/{things['mention']}/explanation"
    with schemas.enter(cast.client.schema_name):
        query = Query.objects.get()
        Query.objects.filter(id=query.id).update(text="oats", version=2)

    (why,) = api("viewer").get(url).json()["queries"]
    assert (why["version"], why["current"], why["text"]) == (1, False, "juniper")
    with schemas.enter(cast.client.schema_name):
        QueryVersion.objects.all().delete()
    (why,) = api("viewer").get(url).json()["queries"]
    assert (why["text"], why["clauses"], why["redacted"]) == (None, [], False)


def test_a_match_on_what_was_redacted_says_so(api: Api, cast: Cast, place: str, things: Things) -> None:
    with schemas.enter(cast.client.schema_name):
        Mention.objects.update(text="[name] is good")
    (why,) = api("viewer").get(f"{place}/mentions/{things['mention']}/explanation").json()["queries"]
    assert (why["redacted"], why["clauses"][0]["outcome"]) == (True, "missing")


def test_a_mention_that_waits_for_its_reading_is_pending(api: Api, cast: Cast, place: str, things: Things) -> None:
    with schemas.enter(cast.client.schema_name):
        Query.objects.update(text="juniper sentiment:negative")
        Mention.objects.update(understood_at=None, sentiment="")
        MentionMatch.objects.update(settled=False, awaits={"negative": []})
    (why,) = api("viewer").get(f"{place}/mentions/{things['mention']}/explanation").json()["queries"]
    assert (why["state"], [clause["outcome"] for clause in why["clauses"]]) == ("pending", ["matched", "pending"])


def test_an_explanation_costs_the_same_for_many_queries(api: Api, cast: Cast, place: str, things: Things) -> None:
    url = f"{place}/mentions/{things['mention']}/explanation"
    reader = api("viewer")
    reader.get(url)
    with CaptureQueriesContext(connection) as few:
        reader.get(url)
    with schemas.enter(cast.client.schema_name):
        found = Mention.objects.get()
        for number in range(20):
            query = Query.objects.create(name=f"More {number}", kind="topic", text="juniper")
            MentionMatch.objects.create(mention=found, query=query, query_version=1, posted_at=found.posted_at)
    with CaptureQueriesContext(connection) as many:
        assert len(reader.get(url).json()["queries"]) == 21
    assert len(many) == len(few)


def test_a_search_pages_through_what_it_has_to_check(
    api: Api, cast: Cast, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.pagination.MOST_CHECKED", 40)
    with schemas.enter(cast.client.schema_name):
        put(
            *[
                mention(str(n), text="Rye" if n % 10 == 0 else "rye", posted_at=NOON - timedelta(minutes=n))
                for n in range(200)
            ]
        )
    reader = api("viewer")

    found: list[str] = []
    pages, cursor = 0, ""
    while pages == 0 or cursor:
        page = reader.get(f"{place}/mentions?search={{Rye}}&limit=10" + (f"&cursor={cursor}" if cursor else "")).json()
        assert len(page["data"]) <= 10
        found += [row["external_id"] for row in page["data"]]
        pages, cursor = pages + 1, page["next_cursor"]

    assert found == [str(n) for n in range(0, 200, 10)]
    assert pages >= 5, "a page ends where 40 were checked"


def test_a_search_finds_what_the_saved_query_matches(api: Api, cast: Cast, place: str, things: Things) -> None:
    with schemas.enter(cast.client.schema_name):
        put(*[mention(str(n), text=text) for n, text in enumerate(("rye and oat bread", "rye. Later: bread", "Rye"))])
    writer = api("analyst")
    for text in ("rye NEAR/3 bread", "{Rye}", "rye NOT bread", "r?e OR ry?", "rye lang:en"):
        made = writer.post(f"{place}/queries", {"name": text, "kind": "topic", "text": text})
        if made.status_code == 400:
            assert writer.get(f"{place}/mentions", {"search": text}).status_code == 400
            continue
        drain()
        of_query = writer.get(f"{place}/mentions", {"query": made.json()["id"]}).json()["data"]
        by_search = writer.get(f"{place}/mentions", {"search": text}).json()["data"]
        assert {row["id"] for row in by_search} == {row["id"] for row in of_query}
