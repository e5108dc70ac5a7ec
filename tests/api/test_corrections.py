"""Corrections through the API: one, thousands, a file; who said what; agreement; queues; nobody else's mentions."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from analytics.language.corrections.models import Correction, Label
from analytics.language.corrections.queue import PARTS
from analytics.language.corrections.rows import MOST_ROWS
from analytics.listening.models import Query
from analytics.mentions.models import Mention
from kernel import db as schemas
from kernel.ids import encode, uuid7
from kernel.queue.testing import drain
from tenants.models import AuditEvent
from tests.api.conftest import NOW, Api, Things, add_mention
from tests.cast import Cast


@pytest.fixture
def query(cast: Cast) -> Query:
    with schemas.enter(cast.client.schema_name):
        return Query.objects.create(name="Loaves", kind="brand", text="loaf")


@pytest.fixture
def ids(cast: Cast, query: Query) -> list[str]:
    with schemas.enter(cast.client.schema_name):
        return [
            str(add_mention(query, f"loaf{n}", text=f"loaf of a kind {n}", posted_at=NOW - timedelta(hours=n)).id)
            for n in range(12)
        ]


def sentiment(api: Api, place: str, mention: str) -> Any:
    return api("viewer").get(f"{place}/mentions/{mention}").json()["sentiment"]["label"]


def test_one_mention_is_corrected_and_given_back(api: Api, cast: Cast, place: str, ids: list[str]) -> None:
    writer, url = api("analyst"), f"{place}/mentions/{ids[0]}/labels"
    said = {"sentiment": "negative", "emotions": ["trust", "joy"], "irony": True, "intents": []}
    answer = writer.put(url, said)
    assert answer.status_code == 200, answer.content
    assert answer.json() == {
        "mention": ids[0], "sentiment": "negative", "emotions": ["joy", "trust"], "irony": 1.0, "intents": [],
        "corrected": ["emotions", "intents", "irony", "sentiment"], "correction": answer.json()["correction"],
    }  # fmt: skip
    assert sentiment(api, place, ids[0]) == "negative"
    history = writer.get(url).json()["data"]
    assert {row["field"] for row in history} == {"sentiment", "emotions", "irony", "intents"}
    (row,) = [row for row in history if row["field"] == "sentiment"]
    assert (row["was"], row["label"], row["taken_back_at"]) == ("positive", "negative", None)
    assert row["by"].startswith("key_")
    with schemas.public():
        event = AuditEvent.objects.get(action="mention.corrected")
        assert event.detail["fields"] == sorted(said)
        assert "negative" not in str(event.detail)

    assert api("manager").delete(url).status_code == 204, "nothing of their own stands"
    assert sentiment(api, place, ids[0]) == "negative"
    assert writer.delete(url).status_code == 204
    assert sentiment(api, place, ids[0]) == "positive"
    assert all(row["taken_back_by"] for row in writer.get(url).json()["data"])


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/sentiment"),
        ({"sentiment": "glad"}, "/sentiment"),
        ({"sentiment": None}, "/sentiment"),
        ({"emotions": ["joy", "joy"]}, "/emotions"),
        ({"emotions": "joy"}, "/emotions"),
        ({"irony": 1}, "/irony"),
        ({"intents": ["praise", "glee"]}, "/intents/1"),
        ({"irony": True, "mood": 1}, "/mood"),
    ],
)
def test_what_is_no_label_is_refused(api: Api, place: str, ids: list[str], body: Any, pointer: str) -> None:
    answer = api("analyst").put(f"{place}/mentions/{ids[0]}/labels", body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)


def test_a_list_goes_in_and_is_taken_back(api: Api, cast: Cast, place: str, ids: list[str]) -> None:
    writer, nobody = api("analyst"), encode("men", uuid7())
    labels = [{"mention": mention, "sentiment": "negative"} for mention in (*ids[:6], nobody)]
    answer = writer.post(f"{place}/corrections", {"labels": labels})
    assert answer.status_code == 202, answer.content
    drain()
    made = writer.get(f"{place}/corrections/{answer.json()['id']}").json()
    assert (made["rows"], made["labelled"], made["same"], made["bad"], made["source"]) == (7, 6, 0, 1, "list")
    (problem,) = writer.get(f"{place}/corrections/{made['id']}/problems").json()["data"]
    assert (problem["line"], problem["code"]) == (7, "unknown_mention")
    job = writer.get(answer["Location"]).json()
    assert (job["state"], job["result"]["href"]) == ("succeeded", f"{place}/corrections/{made['id']}")
    assert len(writer.get(f"{place}/corrections/{made['id']}/labels").json()["data"]) == 6

    url = f"{place}/corrections/{made['id']}/reversal"
    assert api("viewer").post(url, {}).status_code == 403
    assert writer.post(url, {"mentions": ids[:1]}).status_code == 202
    drain()
    assert [sentiment(api, place, each) for each in ids[:2]] == ["positive", "negative"]
    back = writer.post(url, {})
    assert back.status_code == 202
    drain()
    assert sentiment(api, place, ids[1]) == "positive"
    assert writer.post(url, {}).status_code == 409
    with schemas.public():
        events = AuditEvent.objects.filter(action__startswith="correction.").order_by("id")
        assert [event.action for event in events] == ["correction.made", *["correction.reversed"] * 2]
        assert events[0].detail == {"correction": made["id"], "rows": 7, "fields": ["sentiment"]}


def test_the_list_is_bounded_and_names_each_once(api: Api, place: str, ids: list[str]) -> None:
    writer, url = api("analyst"), f"{place}/corrections"
    twice = {"labels": [{"mention": ids[0], "irony": True}] * 2}
    assert writer.post(url, twice).json()["errors"][0]["code"] == "repeated"
    assert writer.post(url, {"labels": []}).status_code == 400
    missing = writer.post(url, {"labels": [{"mention": ids[0], "irony": True}, {"mention": ids[1]}]})
    assert missing.json()["errors"][0]["pointer"] == "/labels/1/sentiment"
    many = [{"mention": encode("men", uuid7()), "irony": True} for _ in range(MOST_ROWS + 1)]
    assert writer.post(url, {"labels": many}).status_code == 400
    assert writer.post(url, {"labels": many[:MOST_ROWS]}).status_code == 202


def test_a_file_goes_in_with_its_bad_rows_named(api: Api, place: str, ids: list[str]) -> None:
    text = f"mention,sentiment,emotions\n{ids[0]},negative,anger|fear\nmen_1,negative,\n{ids[1]},sad,\n{ids[2]},,none\n"
    url = f"{place}/correction_files"
    answer = api("analyst").post(url, {"file": SimpleUploadedFile("l.csv", text.encode())}, format="multipart")
    assert answer.status_code == 202, answer.content
    drain()
    made = api("viewer").get(f"{place}/corrections/{answer.json()['id']}").json()
    assert (made["rows"], made["labelled"], made["bad"], made["source"]) == (4, 2, 2, "file")
    problems = api("viewer").get(f"{place}/corrections/{made['id']}/problems").json()["data"]
    assert [(row["line"], row["code"]) for row in problems] == [(3, "bad_id"), (4, "unknown_label")]
    broken = api("analyst").post(url, {"file": SimpleUploadedFile("l.csv", b"\xff")}, format="multipart")
    assert broken.json()["errors"] == [{"pointer": "/file", "code": "not_utf8", "detail": "The file is not UTF-8."}]


def test_another_clients_mentions_are_as_unknown_as_any(
    api: Api, cast: Cast, place: str, ids: list[str], things: Things
) -> None:
    """An owner of the agency, working in the second client, names mentions of the first."""
    other = f"/api/v1/clients/{cast.second_client.id}"
    labels = [{"mention": mention, "sentiment": "negative"} for mention in (ids[0], encode("men", uuid7()))]
    made = api("owner").post(f"{other}/corrections", {"labels": labels}).json()
    drain()
    problems = api("owner").get(f"{other}/corrections/{made['id']}/problems").json()["data"]
    assert [(row["code"], row["reason"]) for row in problems] == [("unknown_mention", "There is no such mention.")] * 2
    assert sentiment(api, place, ids[0]) == "positive"
    assert api("owner").put(f"{other}/mentions/{ids[0]}/labels", {"irony": True}).status_code == 404
    assert api("owner").get(f"{other}/label_accuracy", {"queue": things["queue"]}).status_code == 400
    with schemas.enter(cast.client.schema_name):
        assert not Label.objects.filter(field="sentiment").exists()
        assert Correction.objects.count() == 1  # that of the fixture


def test_people_agree_as_far_as_they_do(api: Api, place: str, ids: list[str]) -> None:
    url = f"{place}/label_agreement"
    assert api("viewer").get(url).json()["people"] == []
    for n, mention in enumerate(ids):
        for who, label in (
            ("analyst", ("negative", "positive")[n % 2]),
            ("manager", ("negative", "positive")[n % 4 // 2]),
        ):
            api(who).put(f"{place}/mentions/{mention}/labels", {"sentiment": label, "emotions": ["joy"]})
    found = api("viewer").get(url).json()
    assert [person["mentions"] for person in found["people"]] == [12, 12]
    (measure,) = found["measures"]
    assert (measure["method"], measure["people"], measure["n"], measure["observed"]) == ("cohen_kappa", 2, 12, 0.5)
    assert measure["low"] < measure["value"] == 0.0 < measure["high"]
    api("owner").put(f"{place}/mentions/{ids[0]}/labels", {"sentiment": "negative"})
    assert api("viewer").get(url).json()["measures"][0]["method"] == "krippendorff_alpha"
    joy = {row["about"]: row for row in api("viewer").get(url, {"field": "emotions"}).json()["measures"]}["joy"]
    assert (joy["observed"], joy["abstain_reason"], joy["value"]) == (1.0, "no_variation", None)


def test_a_queue_is_drawn_gone_through_and_tells_of_all(
    api: Api, cast: Cast, place: str, query: Query, ids: list[str]
) -> None:
    with schemas.enter(cast.client.schema_name):
        Mention.objects.filter(id=ids[3]).update(negative=0.33, neutral=0.33, positive=0.34)
        Mention.objects.filter(id=ids[7]).update(reach=5_000, likes=40)
        Mention.objects.filter(id=ids[5]).update(language="de")
    writer, url = api("analyst"), f"{place}/review_queues"
    mix = {"uncertain": 40, "influential": 20, "random": 40}
    answer = writer.post(url, {"size": 10, "mix": mix, "query": query.id, "language": "en"})
    assert answer.status_code == 201, answer.content
    queue = answer.json()
    assert (queue["population"], queue["mix"], queue["left"]) == (11, mix, sum(queue["parts"].values()))
    assert queue["parts"]["random"] == 4
    place_of = f"{url}/{queue['id']}/mentions"
    listed = writer.get(place_of).json()["data"]
    reasons = {row["mention"]: row["reason"] for row in listed}
    assert ids[5] not in reasons
    assert ids[3] in reasons
    assert ids[7] in reasons
    assert len(reasons) == len(listed) == queue["left"]
    assert Counter(reasons.values()) == {part: n for part, n in queue["parts"].items() if n}
    assert all(row["reading"] is None for row in listed)
    shown = writer.get(place_of, {"readings": "shown"}).json()["data"]
    assert {row["reading"]["sentiment"] for row in shown} == {"positive"}

    first = writer.get(place_of, {"limit": 2}).json()
    for row in first["data"]:
        writer.put(f"{place}/mentions/{row['mention']}/labels", {"sentiment": "negative"})
    second = writer.get(place_of, {"limit": 2, "cursor": first["next_cursor"]}).json()["data"]
    assert [row["place"] for row in second] == [2, 3], "labelling moves nothing"
    assert len(writer.get(place_of).json()["data"]) == queue["left"] - 2
    assert len(api("manager").get(place_of).json()["data"]) == queue["left"], "another's labels are theirs"

    for mention, reason in reasons.items():
        if reason == "random":
            writer.put(f"{place}/mentions/{mention}/labels", {"sentiment": "positive"})
    found = writer.get(f"{place}/label_accuracy", {"queue": queue["id"]}).json()
    assert (found["basis"], found["drawn"], found["labelled"], found["warning"]) == ("random", 4, 4, None)
    assert found["population"] == 11
    (measure,) = found["measures"]
    assert (measure["accuracy"]["value"], measure["n"]) == (1.0, 4)
    everything = writer.get(f"{place}/label_accuracy").json()
    assert (everything["basis"], everything["queue"]) == ("all", None)
    assert "no random sample" in everything["warning"]
    cells = {(cell["people"], cell["engine"]): cell["n"] for cell in everything["measures"][0]["confusion"]}
    assert set(cells) <= {("negative", "positive"), ("positive", "positive")}
    again = writer.post(url, {"size": 12, "mix": {"uncertain": 100, "influential": 0, "random": 0}}).json()
    mentions = {row["mention"] for row in writer.get(f"{url}/{again['id']}/mentions").json()["data"]}
    assert mentions.isdisjoint(reasons[mention] and mention for mention in reasons if reasons[mention] == "random")


@pytest.mark.parametrize(
    ("size", "mix", "parts"),
    [
        (3, (50, 0, 50), (2, 0, 1)),
        (1, (50, 0, 50), (1, 0, 0)),
        (5, (50, 0, 50), (3, 0, 2)),
        (10, (50, 30, 20), (5, 3, 2)),
        (7, (29, 71, 0), (2, 5, 0)),
        (8, (33, 33, 34), (3, 2, 3)),
    ],
)
def test_a_queue_is_as_long_as_was_asked_and_has_no_part_that_was_not(
    api: Api, cast: Cast, place: str, ids: list[str], size: int, mix: tuple[int, ...], parts: tuple[int, ...]
) -> None:
    with schemas.enter(cast.client.schema_name):
        Mention.objects.update(reach=7)
    asked = dict(zip(PARTS, mix, strict=True))
    queue = api("analyst").post(f"{place}/review_queues", {"size": size, "mix": asked}).json()
    assert queue["parts"] == dict(zip(PARTS, parts, strict=True))


def test_a_list_of_queues_tells_what_is_left_of_all_at_once(
    api: Api, place: str, ids: list[str], django_assert_num_queries: Any
) -> None:
    writer, url = api("analyst"), f"{place}/review_queues"
    for size in (12, 2, 3):
        writer.post(url, {"size": size, "mix": {"uncertain": 0, "influential": 0, "random": 100}})
    for mention in ids:
        writer.put(f"{place}/mentions/{mention}/labels", {"irony": False})
    writer.delete(f"{place}/mentions/{ids[0]}/labels")
    with django_assert_num_queries(8):  # six for any route of a client, the queues, and what is left of them
        found = writer.get(url).json()["data"]
    assert [queue["left"] for queue in found if queue["population"] == 12][-1] == 1
    assert [queue["left"] for queue in api("manager").get(url).json()["data"]] == [3, 2, 12]
    assert writer.get(f"{url}/{found[-1]['id']}").json()["left"] == 1


def test_a_queue_wants_parts_of_a_whole_and_something_to_draw(api: Api, place: str, query: Query) -> None:
    writer, url = api("analyst"), f"{place}/review_queues"
    wrong = writer.post(url, {"mix": {"uncertain": 50, "influential": 50, "random": 50}})
    assert wrong.json()["errors"][0] == {
        "pointer": "/mix/random", "code": "not_100", "detail": "The three together must be 100.",
    }  # fmt: skip
    assert writer.post(url, {"query": encode("qry", uuid7())}).json()["errors"][0]["code"] == "unknown_query"
    assert writer.post(url, {"query": query.id}).status_code == 409
