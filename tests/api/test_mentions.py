"""Mentions through the API: what is shown, filters, search, pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from analytics.journey.rereading import relabel
from analytics.journey.services import enrich
from analytics.language.labels import Labels
from analytics.listening.models import Query
from kernel import db as schemas
from kernel.ids import encode, uuid7
from tests.api.conftest import NOW, Api, add_mention
from tests.cast import Cast
from tests.journey.heard import ORIGIN, hear_all, post
from tests.language.toy import Engines, ToyEngine, said


@pytest.fixture
def query(cast: Cast) -> Query:
    with schemas.enter(cast.client.schema_name):
        return Query.objects.create(name="Juniper", kind="brand", text="juniper")


def _texts(api: Api, place: str, **filters: Any) -> list[str]:
    answer = api("viewer").get(f"{place}/mentions", filters)
    assert answer.status_code == 200, answer.content
    return [mention["text"] for mention in answer.json()["data"]]


def test_a_mention_shows_where_it_matched_and_what_read_it(api: Api, cast: Cast, place: str, query: Query) -> None:
    with schemas.enter(cast.client.schema_name):
        made = add_mention(query, "p1")

    shown = api("viewer").get(f"{place}/mentions/{made.id}").json()

    assert api("viewer").get(f"{place}/mentions").json()["data"] == [shown]
    (match,) = shown["matches"]
    assert (match["query"], match["name"], match["kind"], match["version"]) == (query.id, "Juniper", "brand", 1)
    assert [shown["text"][span["start"] : span["end"]] for span in match["spans"]] == ["Juniper Bakery"]
    assert shown["sentiment"] == {
        "label": "positive", "negative": 0.1, "neutral": 0.2, "positive": 0.7, "abstain_reason": None,
        "model": "compact/1",
    }  # fmt: skip
    assert (shown["language"], shown["language_confidence"]) == ("en", 0.9)
    assert set(shown["author"]) == {"id", "label", "followers", "verified"}
    assert shown["reply_to"] is None
    assert (shown["posted_at"], shown["stored_at"]) == ("2026-03-31T18:00:00Z", "2026-03-31T18:00:00Z")


def test_what_the_engine_did_not_say_is_null(api: Api, cast: Cast, place: str, query: Query) -> None:
    with schemas.enter(cast.client.schema_name):
        abstained = add_mention(query, "p1", sentiment="", abstain_reason="unsupported_language")
        unread = add_mention(query, "p2", understood_at=None, language="", language_confidence=None)

    first, second = (api("viewer").get(f"{place}/mentions/{made.id}").json() for made in (abstained, unread))

    assert (first["sentiment"]["label"], first["sentiment"]["abstain_reason"]) == (None, "unsupported_language")
    assert (second["sentiment"], second["language"]) == (None, None)


def test_filters_narrow_down_together(api: Api, cast: Cast, place: str, query: Query) -> None:
    with schemas.enter(cast.client.schema_name):
        other = Query.objects.create(name="Rye", kind="topic", text="rye")
        old = add_mention(query, "p1", text="old bread", posted_at=NOW - timedelta(days=2))
        add_mention(other, "p2", text="sour rye", sentiment="negative", language="de")
        add_mention(query, "p3", text="new bread", kind="review", source="trustsite")

    every = ["new bread", "sour rye", "old bread"]
    assert _texts(api, place) == every
    assert _texts(api, place, query=other.id) == ["sour rye"]
    assert _texts(api, place, sentiment="negative") == ["sour rye"]
    assert _texts(api, place, language="en") == ["new bread", "old bread"]
    assert _texts(api, place, kind="review", source="trustsite") == ["new bread"]
    assert _texts(api, place, author=old.author_id) == ["old bread"]
    assert _texts(api, place, source="web", thread="p2") == ["sour rye"]
    assert _texts(api, place, source="trustsite", thread="p2") == []
    assert _texts(api, place, since="2026-03-31T18:00:00Z") == ["new bread", "sour rye"]
    assert _texts(api, place, until="2026-03-31T20:00:00+02:00") == ["old bread"]
    assert _texts(api, place, search="bread -old") == ["new bread"]
    assert _texts(api, place, search="bread", query=other.id) == []
    assert _texts(api, place, query=encode("qry", uuid7())) == []
    assert _texts(api, place, source="web", thread="'; DROP TABLE mentions_mention; --") == []


@pytest.mark.parametrize(
    ("filters", "code"),
    [
        ({"query": "qry_0"}, "bad_id"),
        ({"query": "men_" + "0" * 32}, "bad_id"),
        ({"author": "' OR 1=1"}, "bad_id"),
        ({"sentiment": "angry"}, "invalid_choice"),
        ({"language": "English"}, "invalid"),
        ({"source": "Web Site"}, "invalid"),
        ({"kind": "tweet"}, "invalid_choice"),
        ({"thread": "a" * 513}, "max_length"),
        ({"thread": "\x00"}, "nul_character"),
        ({"since": "yesterday"}, "bad_time"),
        ({"since": "2026-03-31"}, "bad_time"),
        ({"since": "2026-03-31T18:00:00"}, "bad_time"),
        ({"since": "2026-03-31T18:00:00 02:00"}, "bad_time"),
        ({"since": "2026-02-30T00:00:00Z"}, "bad_time"),
        ({"since": "0001-01-01T00:00:00+14:00"}, "bad_time"),
        ({"until": "9999-12-31T23:59:59-14:00"}, "bad_time"),
        ({"search": "("}, "query_syntax"),
        ({"search": "bread AND"}, "query_syntax"),
        ({"search": "(" * 900 + "a" + ")" * 900}, "query_syntax"),
        ({"search": "a" * 50_000}, "max_length"),
        ({"search": ""}, "blank"),
    ],
)
def test_a_filter_that_cannot_be_is_named(api: Api, place: str, filters: dict[str, str], code: str) -> None:
    refused = api("viewer").get(f"{place}/mentions", filters)

    assert refused.status_code == 400
    assert [(problem["pointer"], problem["code"]) for problem in refused.json()["errors"]] == [
        (f"/{next(iter(filters))}", code)
    ]


def test_a_conversation_is_named_with_its_source(api: Api, place: str) -> None:
    """Two sources may well give the same id to a post."""
    refused = api("viewer").get(f"{place}/mentions", {"thread": "p1"})
    assert refused.status_code == 400
    assert [(problem["pointer"], problem["code"]) for problem in refused.json()["errors"]] == [("/source", "required")]


@pytest.mark.parametrize(
    "search", ["'bread'", "bread\\", '"a b" OR c*d', "x:*", "a & b | !c", "<-> <2>", "😀 OR bread"]
)
def test_a_search_is_never_a_500(api: Api, place: str, search: str) -> None:
    assert api("viewer").get(f"{place}/mentions", {"search": search}).status_code in (200, 400)


def test_pages_are_stable_while_posts_come_in(api: Api, cast: Cast, place: str, query: Query) -> None:
    with schemas.enter(cast.client.schema_name):
        for number in range(7):
            # Three share each time, so that the order within a time matters.
            add_mention(query, f"p{number}", text=f"t{number}", posted_at=NOW - timedelta(hours=number // 3))
    everything = _texts(api, place)

    seen, cursor = [], None
    for turn in range(10):
        answer = api("viewer").get(f"{place}/mentions", {"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        seen += [mention["text"] for mention in answer["data"]]
        with schemas.enter(cast.client.schema_name):
            add_mention(query, f"new{turn}", text="new", posted_at=NOW + timedelta(hours=1))
        cursor = answer["next_cursor"]
        if cursor is None:
            break

    assert seen == everything


def test_a_cursor_of_another_list_is_refused(api: Api, cast: Cast, place: str, query: Query) -> None:
    reader = api("viewer")
    with schemas.enter(cast.client.schema_name):
        Query.objects.create(name="Rye", kind="topic", text="rye")
    cursor = reader.get(f"{place}/queries?limit=1").json()["next_cursor"]

    assert reader.get(f"{place}/mentions", {"cursor": cursor}).json()["errors"][0]["code"] == "bad_cursor"
    assert reader.get(f"{place}/jobs", {"cursor": cursor}).json()["errors"][0]["code"] == "bad_cursor"


READ: dict[str, Any] = {
    "emotions": ["joy", "trust"],
    "emotion_scores": [0.1, None, 0.1, 0.1, 0.9, 0.1, 0.1, 0.8],
    "irony": 0.25,
    "intents": ["praise"],
    "intent_scores": [0.1, 0.1, 0.9, 0.1, None, 0.0],
}


def test_a_mention_shows_all_that_was_read_of_it(api: Api, cast: Cast, place: str, query: Query) -> None:
    with schemas.enter(cast.client.schema_name):
        made = add_mention(query, "p1", **READ)
        silent = add_mention(query, "p2")
        unread = add_mention(query, "p3", understood_at=None)
    shown, nothing, waiting = (
        api("viewer").get(f"{place}/mentions/{each.id}").json() for each in (made, silent, unread)
    )
    assert shown["emotions"]["labels"] == ["joy", "trust"]
    assert (shown["emotions"]["scores"]["joy"], shown["emotions"]["scores"]["anticipation"]) == (0.9, None)
    assert (shown["irony"], shown["intents"]["labels"]) == (0.25, ["praise"])
    assert (shown["intents"]["scores"]["praise"], shown["intents"]["scores"]["churn_risk"]) == (0.9, None)
    assert (shown["corrected"], shown["engine_labels"]) == ([], None)
    assert nothing["emotions"] == nothing["intents"] == {"labels": None, "scores": None}
    assert nothing["irony"] is None
    assert [waiting[name] for name in ("sentiment", "emotions", "irony", "intents", "engine_labels")] == [None] * 5


def test_what_people_have_set_is_shown_beside_what_the_engine_says(
    api: Api, cast: Cast, place: str, query: Query
) -> None:
    with schemas.enter(cast.client.schema_name):
        made = add_mention(query, "p1", **{**READ, "sentiment": "", "abstain_reason": "low_confidence"})
        relabel(labels={str(made.id): Labels(sentiment="negative", emotions=(), irony=True)}, now=NOW)
    shown = api("viewer").get(f"{place}/mentions/{made.id}").json()
    assert (shown["sentiment"]["label"], shown["sentiment"]["positive"]) == ("negative", 0.7)
    assert (shown["emotions"]["labels"], shown["irony"], shown["intents"]["labels"]) == ([], 1.0, ["praise"])
    assert shown["corrected"] == ["emotions", "irony", "sentiment"]
    assert shown["engine_labels"] == {
        "sentiment": None, "emotions": ["joy", "trust"], "irony": 0.25, "intents": None,
    }  # fmt: skip


def test_mentions_are_narrowed_down_by_how_they_were_read(api: Api, cast: Cast, place: str, query: Query) -> None:
    with schemas.enter(cast.client.schema_name):
        add_mention(query, "p1", text="one", **READ)
        other = add_mention(query, "p2", text="two", emotions=[], irony=0.9, intents=["spam"], model_id="other/2")
        add_mention(query, "p3", text="three")
        relabel(labels={str(other.id): Labels(intents=("question",))}, now=NOW)
    assert _texts(api, place, emotion="joy") == ["one"]
    assert _texts(api, place, emotion="fear") == []
    assert _texts(api, place, irony_from="0.5") == ["two"]
    assert _texts(api, place, irony_from="0") == ["two", "one"]
    assert _texts(api, place, intent="question") == ["two"]
    assert _texts(api, place, corrected="any") == _texts(api, place, corrected="intents") == ["two"]
    assert _texts(api, place, corrected="none") == ["three", "one"]
    assert _texts(api, place, corrected="sentiment") == []
    assert _texts(api, place, model="other/2") == ["two"]
    assert _texts(api, place, search="one OR two", intent="praise") == ["one"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("emotion", "love"), ("intent", ""), ("irony_from", "1.1"), ("irony_from", "nan"), ("irony_from", "x"),
     ("corrected", "no"), ("model", "m" * 121)],
)  # fmt: skip
def test_filters_of_readings_that_cannot_be_are_named(api: Api, place: str, name: str, value: str) -> None:
    answer = api("viewer").get(f"{place}/mentions", {name: value})
    assert answer.status_code == 400
    assert [each["pointer"] for each in answer.json()["errors"]] == [f"/{name}"]


def test_what_came_to_nothing_when_it_was_read_is_not_shown(
    api: Api, cast: Cast, place: str, query: Query, engines: Engines
) -> None:
    engines(ToyEngine("toy/1", lambda _: said("toy/1", sentiment="negative", emotions=["joy"])))
    with schemas.enter(cast.client.schema_name):
        Query.objects.create(name="Glad", kind="topic", text="bread sentiment:positive")
        Query.objects.create(name="Happy", kind="topic", text="bread emotion:joy")
        hear_all(cast, [post(1, "bread")])
        pending = api("viewer").get(f"{place}/mentions").json()["data"]
        enrich(origin=ORIGIN, limit=10, now=NOW)
    assert {(m["name"], m["pending"]) for m in pending[0]["matches"]} == {("Glad", True), ("Happy", True)}
    (shown,) = api("viewer").get(f"{place}/mentions").json()["data"]
    assert [(match["name"], match["pending"]) for match in shown["matches"]] == [("Happy", False)]
    explained = api("viewer").get(f"{place}/mentions/{shown['id']}/explanation").json()["queries"]
    assert [(each["name"], each["state"]) for each in explained] == [("Happy", "settled")]
    clauses = {clause["text"]: clause["outcome"] for clause in explained[0]["clauses"]}
    assert clauses["emotion:joy"] == "matched"
