"""Versions of queries, snippets and what a change of them sets going, through the API."""

from __future__ import annotations

import pytest

from analytics.journey.comparison import pieces
from analytics.listening.models import Query
from kernel import db as schemas
from kernel.queue.testing import drain
from tenants.models import AuditEvent
from tests.api.conftest import Api, Things, add_mention
from tests.cast import Cast


def test_each_change_of_the_text_is_a_version_that_can_be_restored(api: Api, place: str) -> None:
    writer = api("analyst")
    url = writer.post(f"{place}/queries", {"name": "Rye", "kind": "topic", "text": "rye"})["Location"]
    writer.patch(url, {"name": "Rye bread"})
    writer.patch(url, {"text": "rye OR wheat"})
    restored = writer.post(f"{url}/versions/1/restoration")
    listed = writer.get(f"{url}/versions").json()["data"]

    assert (restored.status_code, restored.json()["text"], restored.json()["version"]) == (200, "rye", 3)
    assert [(row["version"], row["text"], row["cause"], row["restores"]) for row in listed] == [
        (3, "rye", "restored", 1), (2, "rye OR wheat", "text", None), (1, "rye", "made", None),
    ]  # fmt: skip
    assert all(row["made_by"].startswith("key_") for row in listed)
    assert writer.get(f"{url}/versions/2").json() == listed[1]
    assert [row["version"] for row in writer.get(f"{url}/versions?limit=2").json()["data"]] == [3, 2]
    for nothing in ("4", "0", "-1", "01", "x", "9" * 40):
        assert writer.get(f"{url}/versions/{nothing}").status_code == 404
        assert writer.post(f"{url}/versions/{nothing}/restoration").status_code == 404
    assert writer.post(f"{url}/versions/3/restoration").json()["version"] == 3, "it has that text already"


def test_two_versions_are_compared_in_words_and_in_mentions(api: Api, cast: Cast, things: Things, place: str) -> None:
    writer = api("analyst")
    with schemas.enter(cast.client.schema_name):
        query = Query.objects.get()
        for number, text in enumerate(("Rye only", "Wheat only", "Rye and wheat", "Neither")):
            add_mention(query, f"m{number}", text=text)
    url = writer.post(f"{place}/queries", {"name": "Bread", "kind": "topic", "text": "rye OR cake"})["Location"]
    writer.patch(url, {"text": "wheat OR cake"})

    compared = writer.get(f"{url}/versions/1/comparison").json()
    back = writer.get(f"{url}/versions/2/comparison?to=1").json()

    assert (compared["before"], compared["after"]) == (1, 2)
    assert compared["pieces"] == [
        {"change": "removed", "text": "rye"},
        {"change": "added", "text": "wheat"},
        {"change": "same", "text": " OR cake"},
    ]
    assert (compared["terms_removed"], compared["terms_added"]) == (["rye"], ["wheat"])
    assert (compared["stored"], compared["looked_at"]) == (5, 5)
    assert compared["counts"] == {"both": 1, "before": 1, "after": 1, "undecided": 0}
    texts = {
        side: [writer.get(f"{place}/mentions/{found}").json()["text"] for found in ids]
        for side, ids in compared["samples"].items()
    }
    assert texts == {"both": ["Rye and wheat"], "before": ["Rye only"], "after": ["Wheat only"], "undecided": []}
    assert back["counts"] == {"both": 1, "before": 1, "after": 1, "undecided": 0}
    assert back["samples"]["before"] == compared["samples"]["after"]
    assert writer.get(f"{url}/versions/1/comparison?to=0").status_code == 400
    assert writer.get(f"{url}/versions/1/comparison?to=7").status_code == 404


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "a"),
        ("a b c", "a x c"),
        ('(a OR "b c")', '(a OR "b d") -e'),
        ("w " * 3_000, "v " * 3_000),
        ("a " * 9_000, "b " + "a " * 8_999),
        (" a", "a "),
    ],
)
def test_the_pieces_make_up_both_texts(before: str, after: str) -> None:
    found = pieces(before, after)
    assert "".join(piece.text for piece in found if piece.change != "added") == before
    assert "".join(piece.text for piece in found if piece.change != "removed") == after


def test_a_snippet_is_shared_and_its_change_reaches_all_that_use_it(
    api: Api, cast: Cast, things: Things, place: str
) -> None:
    manager = api("manager")
    grain = manager.post(f"{place}/snippets", {"name": "Grain", "text": "rye OR wheat"})
    text = 'juniper AND snippet:"grain"'
    query = manager.post(f"{place}/queries", {"name": "Grain", "kind": "topic", "text": text}).json()
    drain()

    assert grain.status_code == 201
    assert manager.get(grain["Location"]).json()["used_by"] == [query["id"]]
    changed = manager.patch(grain["Location"], {"text": "good"}).json()
    assert [(row["query"], row["version"], row["rematch_job"]["state"]) for row in changed["queries"]] == [
        (query["id"], 2, "queued")
    ]
    drain()
    assert len(manager.get(f"{place}/mentions?query={query['id']}").json()["data"]) == 1
    version = manager.get(f"{place}/queries/{query['id']}/versions/2").json()
    assert (version["text"], version["snippets"], version["expanded"], version["cause"]) == (
        text, {"Grain": "good"}, "juniper AND good", "snippet",
    )  # fmt: skip
    assert manager.get(f"{place}/queries/{query['id']}").json()["matched_version"] == 2
    with schemas.public():
        actions = set(AuditEvent.objects.filter(action__startswith="snippet.").values_list("action", flat=True))
    assert actions <= {"snippet.created", "snippet.changed"}


def test_a_snippet_in_use_keeps_its_name_and_stays(api: Api, place: str) -> None:
    manager = api("manager")
    inner = manager.post(f"{place}/snippets", {"name": "grain", "text": "rye"})
    outer = manager.post(f"{place}/snippets", {"name": "loaf", "text": "snippet:grain OR bread"})
    query = manager.post(f"{place}/queries", {"name": "L", "kind": "topic", "text": "snippet:loaf"}).json()

    for answer in (manager.delete(inner["Location"]), manager.patch(inner["Location"], {"name": "corn"})):
        assert answer.status_code == 409
        assert query["id"] in answer.json()["detail"]
        assert outer.json()["id"] in answer.json()["detail"]
    assert manager.patch(inner["Location"], {"name": "grain", "text": "rye"}).json()["queries"] == []
    manager.delete(f"{place}/queries/{query['id']}")
    assert manager.delete(outer["Location"]).status_code == 204
    assert manager.patch(inner["Location"], {"name": "corn"}).status_code == 200
    assert manager.delete(inner["Location"]).status_code == 204


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"name": "self", "text": "rye OR snippet:self"}, "/text", "query_syntax"),
        ({"name": "loop", "text": "snippet:bread"}, "/text", "query_syntax"),
        ({"name": "x", "text": "snippet:nowhere"}, "/text", "query_syntax"),
        ({"name": "x", "text": "rye OR ("}, "/text", "query_syntax"),
        ({"name": "x", "text": "emotion:love"}, "/text", "query_syntax"),
        ({"name": "x", "text": ""}, "/text", "blank"),
        ({"name": 'a"b', "text": "rye"}, "/name", "bad_name"),
        ({"name": "BREAD", "text": "rye"}, "/name", "taken"),
        ({"name": "n" * 61, "text": "rye"}, "/name", "max_length"),
        ({"name": "x", "text": "rye", "more": 1}, "/more", "unknown_field"),
    ],
)
def test_what_cannot_be_a_snippet_is_named(
    api: Api, things: Things, place: str, body: dict[str, object], pointer: str, code: str
) -> None:
    writer = api("analyst")
    if body["name"] == "loop":  # the other half of the circle
        writer.post(f"{place}/snippets", {"name": "loop", "text": "rye"})
        writer.post(f"{place}/snippets", {"name": "ring", "text": "snippet:loop"})
        (loop,) = [row for row in writer.get(f"{place}/snippets").json()["data"] if row["name"] == "loop"]
        answer = writer.patch(f"{place}/snippets/{loop['id']}", {"text": "snippet:ring"})
    else:
        answer = writer.post(f"{place}/snippets", body)
    assert answer.status_code == 400
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]


def test_a_change_that_would_break_a_query_is_refused(api: Api, place: str) -> None:
    writer = api("analyst")
    snippet = writer.post(f"{place}/snippets", {"name": "word", "text": "rye"})
    query = writer.post(f"{place}/queries", {"name": "W", "kind": "topic", "text": "snippet:word"}).json()
    answer = writer.patch(snippet["Location"], {"text": "lang:en"})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "breaks_query")
    assert query["id"] in answer.json()["detail"]
    assert writer.get(f"{place}/queries/{query['id']}").json()["version"] == 1
    assert writer.get(snippet["Location"]).json()["text"] == "rye"


def test_matching_anew_can_be_cancelled_and_asked_for_again(api: Api, things: Things, place: str) -> None:
    writer = api("analyst")
    url = f"{place}/queries/{things['query']}"
    job = writer.patch(url, {"text": "bakery"}).json()["rematch_job"]
    cancelled = writer.post(f"{place}/jobs/{job['id']}/cancellation")
    again = writer.post(f"{place}/jobs/{job['id']}/cancellation")
    drain()

    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert writer.get(f"{place}/jobs/{job['id']}").json()["error"]["code"] == "cancelled"
    assert writer.get(url).json()["matched_version"] is None
    assert writer.post(f"{url}/rematch").json()["rematch_job"]["state"] == "queued"
    drain()
    assert writer.get(url).json()["matched_version"] == 2
    assert writer.post(f"{place}/jobs/{things['job']}/cancellation").status_code == 409
