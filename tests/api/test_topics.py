"""Topics through the API: found by a job, named and merged by people, followed through time, listed as mentions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from analytics.listening.models import Query
from analytics.mentions.models import Mention
from kernel import db as schemas
from kernel.queue.testing import drain
from tenants.models import AuditEvent
from tests.api.conftest import Api
from tests.cast import Cast
from tests.mentions.sample import NOON
from tests.topics.talk import said, store_talk

MARCH = {"start": "2026-03-02", "end": "2026-03-29"}


@pytest.fixture
def query(cast: Cast) -> Query:
    with schemas.enter(cast.client.schema_name):
        return Query.objects.create(name="Juniper", kind="brand", text="juniper")


@pytest.fixture
def talked(cast: Cast, query: Query) -> None:
    with schemas.enter(cast.client.schema_name):
        ids = store_talk(said(500, seed=1), query.id)
        Mention.objects.filter(id__in=ids[:167]).update(hashtags=["Rye", "bakery"])
        Mention.objects.filter(id__in=ids[200:210]).update(hashtags=["bakery"])
        Mention.objects.filter(id=ids[300]).update(hashtags=["onlyme"])


def run(api: Api, place: str, **body: Any) -> dict[str, Any]:
    answer = api("analyst").post(f"{place}/topic_runs", body, format="json")
    assert answer.status_code == 202, answer.content
    drain()
    job = api("viewer").get(answer["Location"]).json()
    assert (job["state"], job["kind"], job["progress"]) == ("succeeded", "topics", 1.0), job
    found: dict[str, Any] = api("viewer").get(job["result"]["href"]).json()
    return found


def read(api: Api, path: str, **parameters: Any) -> dict[str, Any]:
    answer = api("viewer").get(path, parameters)
    assert answer.status_code == 200, answer.content
    plain: dict[str, Any] = answer.json()
    return plain


def topics(api: Api, place: str, **parameters: Any) -> list[dict[str, Any]]:
    return [row for row in read(api, f"{place}/topics", **parameters)["data"] if not row["theme"]]


@pytest.mark.usefixtures("talked")
def test_topics_from_a_run_to_their_mentions(api: Api, place: str) -> None:
    found = run(api, place)
    assert (found["state"], found["mentions"], found["compared"]) == ("current", 500, 0)
    assert {row["language"]: row["topics"] > 1 for row in found["languages"]} == {"en": True, "de": True}
    rows = topics(api, place)
    assert all(row["state"] == "active" and row["terms"] for row in rows)
    assert {row["language"] for row in topics(api, place, language="de")} == {"de"}
    whole = read(api, f"{place}/topics/{rows[0]['id']}")
    assert [event["kind"] for event in whole["history"]] == ["made"]
    mine = read(api, f"{place}/mentions", topic=rows[0]["id"], limit=200)["data"]
    assert {row["language"] for row in mine} == {rows[0]["language"]}
    assert set(whole["examples"]) <= {row["id"] for row in mine}
    trends = read(api, f"{place}/topic_trends", **MARCH)
    assert (trends["run"], trends["mentions"]) == (found["id"], 500)
    by_id = {row["topic"]: row for row in trends["topics"]}
    assert by_id[rows[0]["id"]]["mentions"] == len(mine)
    assert sum(row["mentions"] for row in trends["topics"]) + trends["unassigned"] == 500
    assert len(by_id[rows[0]["id"]]["steps"]) == 28
    weekly = {row["topic"]: row for row in read(api, f"{place}/topic_trends", step="week", **MARCH)["topics"]}
    assert [step["start"] for step in weekly[rows[0]["id"]]["steps"]] == [f"2026-03-{day:02}" for day in (2, 9, 16, 23)]
    nothing = read(api, f"{place}/mentions", topic="top_" + "0" * 32)
    assert nothing["data"] == []


@pytest.mark.usefixtures("talked")
def test_people_name_and_merge_and_both_stay(
    api: Api, cast: Cast, place: str, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        name_and_merge(api, place)
    actions = AuditEvent.objects.filter(client_id_text=cast.client.id).values_list("action", flat=True)
    assert {"topics.requested", "topic.renamed", "topic.merged", "topic.unmerged"} <= set(actions)


def name_and_merge(api: Api, place: str) -> None:
    run(api, place)
    one, other = topics(api, place, language="en")[:2]
    sizes = {row["topic"]: row["mentions"] for row in read(api, f"{place}/topic_trends", **MARCH)["topics"]}
    named = api("analyst").patch(f"{place}/topics/{one['id']}", {"name": "Deliveries"}, format="json")
    assert (named.json()["name"], named.json()["own_name"]) == ("Deliveries", one["own_name"])
    merged = api("analyst").post(f"{place}/topics/{other['id']}/merger", {"into": one["id"]}, format="json")
    assert merged.json()["merged_into"] == one["id"]
    run(api, place)
    kept = read(api, f"{place}/topics/{one['id']}")
    assert (kept["name"], kept["merged"]) == ("Deliveries", [other["id"]])
    trends = {row["topic"]: row for row in read(api, f"{place}/topic_trends", **MARCH)["topics"]}
    assert other["id"] not in trends
    assert trends[one["id"]]["mentions"] >= 0.9 * (sizes[one["id"]] + sizes[other["id"]])
    itself = api("analyst").post(f"{place}/topics/{one['id']}/merger", {"into": one["id"]}, format="json")
    assert itself.status_code == 409
    nobody = api("analyst").post(f"{place}/topics/{one['id']}/merger", {"into": "top_" + "0" * 32}, format="json")
    assert (nobody.status_code, nobody.json()["errors"][0]["pointer"]) == (400, "/into")
    assert api("analyst").delete(f"{place}/topics/{other['id']}/merger").status_code == 204
    back = api("analyst").patch(f"{place}/topics/{one['id']}", {"name": None}, format="json").json()
    assert back["name"] == back["own_name"]


@pytest.mark.usefixtures("talked")
def test_a_run_can_be_cancelled_and_is_alone(api: Api, place: str) -> None:
    asked = api("analyst").post(f"{place}/topic_runs", {}, format="json")
    assert api("analyst").post(f"{place}/topic_runs", {}, format="json").status_code == 409
    ended = api("analyst").post(f"{asked['Location']}/cancellation")
    assert (ended.status_code, ended.json()["state"]) == (200, "cancelled")
    drain()
    assert topics(api, place) == []
    assert read(api, f"{place}/topic_trends")["run"] is None
    assert [row["state"] for row in read(api, f"{place}/topic_runs")["data"]] == ["ended"]


@pytest.mark.usefixtures("talked")
def test_hashtags_of_enough_people(api: Api, place: str) -> None:
    found = read(api, f"{place}/insights/hashtags", **MARCH)
    assert [row["tag"] for row in found["hashtags"]] == ["bakery", "rye"], "one person's tag is not shown"
    bakery, rye = found["hashtags"]
    assert bakery["mentions"] > rye["mentions"] == 167
    assert bakery["together"] == [{"tag": "rye", "mentions": 167}]
    assert rye["share"]["n"] == found["mentions"] == 500
    assert rye["share"]["low"] < 167 / 500 < rye["share"]["high"]


def test_keyphrases_are_what_a_period_says_more(api: Api, cast: Cast, place: str, query: Query) -> None:
    with schemas.enter(cast.client.schema_name):
        store_talk(said(300, seed=1, languages=("en",)), query.id)
        strike = [(f"{text} tram strike again", "en", "") for text, _, _ in said(40, seed=2, languages=("en",))]
        store_talk(strike, query.id, name="s", since=NOON + timedelta(days=60), days=3)
    found = read(api, f"{place}/insights/keyphrases", start="2026-04-28", end="2026-05-10")
    first = found["keyphrases"][0]
    assert (first["text"], first["stories"], first["other_stories"]) == ("tram strike", 40, 0)
    assert first["ratio_low"] > 5
    assert found["others"] >= 250
    assert all(row["authors"] >= 3 for row in found["keyphrases"])
    most = read(api, f"{place}/insights/keyphrases", start="2026-03-02", end="2026-03-29", rank="frequent", limit=5)
    stories = [row["stories"] for row in most["keyphrases"]]
    assert stories == sorted(stories, reverse=True)
    assert stories[-1] >= 20
    new = read(api, f"{place}/insights/keyphrases", start="2026-03-02", end="2026-03-29")
    assert new["keyphrases"] == [], "there is too little to compare with"
    assert (found["beginnings"], found["complete"]) == (0, True)
    with schemas.enter(cast.client.schema_name):
        Mention.objects.filter(text__contains="tram strike").update(text="tram strike again " * 300)
    long = read(api, f"{place}/insights/keyphrases", start="2026-04-28", end="2026-05-10")
    assert (long["stories"], long["beginnings"], long["complete"]) == (40, 40, False)


@pytest.mark.usefixtures("talked")
def test_one_query_has_its_own_and_charts_are_drawn(api: Api, place: str, query: Query) -> None:
    run(api, place, query=query.id)
    assert topics(api, place) == []
    assert topics(api, place, query=query.id)
    assert read(api, f"{place}/insights/charts/topics", **MARCH)["$schema"]
    run(api, place)
    drawn = read(api, f"{place}/insights/charts/topics", **MARCH)
    names = {row["name"] for row in read(api, f"{place}/topic_trends", **MARCH)["topics"]}
    assert len(names) > 2
    assert "mark" in drawn or "layer" in drawn
    assert read(api, f"{place}/insights/charts/topic_sentiment", **MARCH)["$schema"]


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("topic_runs", {"afresh": "yes"}, "/afresh"),
        ("topic_runs", {"query": "qry_" + "0" * 32}, "/query"),
        ("topic_runs", {"seeds": 1}, "/seeds"),
    ],
)
def test_what_cannot_be_is_named(api: Api, place: str, path: str, body: dict[str, Any], pointer: str) -> None:
    answer = api("analyst").post(f"{place}/{path}", body, format="json")
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
