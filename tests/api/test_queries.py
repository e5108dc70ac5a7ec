"""Listening queries through the API."""

from __future__ import annotations

from typing import Any

import pytest

from analytics.listening.models import Query
from kernel import db as schemas
from kernel.queue.testing import drain
from tests.api.conftest import Api, Things, add_mention
from tests.cast import Cast

GOOD = {"name": "Rye", "kind": "topic", "text": "rye OR #ryebread"}


def test_a_query_is_saved_changed_and_removed(api: Api, place: str) -> None:
    manager = api("manager")

    made = manager.post(f"{place}/queries", GOOD)
    url = made["Location"]
    renamed = manager.patch(url, {"name": "Rye bread"}).json()
    rewritten = manager.patch(url, {"text": "rye"}).json()

    assert (made.status_code, made.json()["version"], made.json()["rematch_job"]) == (201, 1, None)
    assert (renamed["name"], renamed["version"], renamed["rematch_job"]) == ("Rye bread", 1, None)
    assert (rewritten["text"], rewritten["version"]) == ("rye", 2)
    assert manager.get(url).json()["name"] == "Rye bread"
    assert manager.delete(url).status_code == 204
    assert manager.get(url).status_code == 404


def test_a_new_or_changed_query_is_matched_against_what_is_stored(
    api: Api, cast: Cast, things: Things, place: str
) -> None:
    writer = api("analyst")
    with schemas.enter(cast.client.schema_name):
        add_mention(Query.objects.get(), "p2", text="Rye is what I like")

    made = writer.post(f"{place}/queries", GOOD).json()
    drain()
    job = writer.get(f"{place}/jobs/{made['rematch_job']['id']}").json()
    found = writer.get(f"{place}/mentions?query={made['id']}").json()["data"]
    writer.patch(f"{place}/queries/{made['id']}", {"active": False})
    drain()

    assert made["rematch_job"]["state"] == "queued"
    assert (job["state"], job["result"]["id"]) == ("succeeded", made["id"])
    assert [mention["text"] for mention in found] == ["Rye is what I like"]
    assert writer.get(f"{place}/mentions?query={made['id']}").json()["data"] == []


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"text": "("}, "/text", "query_syntax"),
        ({"text": "(" * 5_000 + "a" + ")" * 5_000}, "/text", "query_syntax"),
        ({"text": "a OR " * 10_000}, "/text", "max_length"),
        ({"text": "-rye"}, "/text", "query_syntax"),
        ({"text": "   "}, "/text", "query_syntax"),
        ({"text": ""}, "/text", "blank"),
        ({"text": 7}, "/text", "wrong_type"),
        ({"kind": "enemy"}, "/kind", "invalid_choice"),
        ({"kind": 1}, "/kind", "invalid_choice"),
        ({"name": "n" * 201}, "/name", "max_length"),
        ({"active": False}, "/active", "unknown_field"),
    ],
)
def test_a_query_that_cannot_be_is_refused(api: Api, place: str, change: Any, pointer: str, code: str) -> None:
    refused = api("analyst").post(f"{place}/queries", {**GOOD, **change})

    assert refused.status_code == 400
    assert [(problem["pointer"], problem["code"]) for problem in refused.json()["errors"]] == [(pointer, code)]


def test_a_mistake_in_a_query_says_where_and_what_to_write(api: Api, place: str) -> None:
    refused = api("analyst").post(f"{place}/queries", {**GOOD, "text": '"rye bread'})

    assert "character" in refused.json()["errors"][0]["detail"]


def test_a_name_is_used_once(api: Api, place: str, things: Things) -> None:
    writer = api("analyst")
    taken = {**GOOD, "name": "Juniper"}

    assert writer.post(f"{place}/queries", taken).json()["errors"][0]["code"] == "taken"
    other = writer.post(f"{place}/queries", GOOD)
    assert writer.patch(other["Location"], {"name": "Juniper"}).json()["errors"][0]["code"] == "taken"
    # Nothing of the refused change was kept.
    assert writer.get(other["Location"]).json()["name"] == "Rye"


@pytest.mark.parametrize("change", [{"active": "true"}, {"active": None}, {"version": 3}, {"text": "("}, {"name": ""}])
def test_a_change_that_cannot_be_is_refused(api: Api, place: str, things: Things, change: Any) -> None:
    url = f"{place}/queries/{things['query']}"
    before = api("viewer").get(url).json()

    assert api("analyst").patch(url, change).status_code == 400
    assert api("viewer").get(url).json() == before
