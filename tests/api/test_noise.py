"""Noise and duplicates through the API: scores, filters, restoring, clusters, labels and quality."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from analytics.insights.rollups import rebuild
from analytics.listening.models import Query
from analytics.mentions.filtering import judge_mentions
from kernel import db as schemas
from kernel.ids import decode, encode, uuid7
from kernel.queue.testing import drain
from tenants.models import AuditEvent
from tests.api.conftest import NOW, Api, add_mention
from tests.cast import Cast

SPAM = "Juniper Bakery: free bitcoin airdrop is live, join our telegram https://t.me/x #a1 #b2 #c3 #d4 #e5"
NEWS = "Juniper Bakery opens a second shop in the old post office next spring, the owners said on Monday"


@pytest.fixture
def query(cast: Cast) -> Query:
    with schemas.enter(cast.client.schema_name):
        return Query.objects.create(name="Juniper", kind="brand", text="juniper")


@pytest.fixture
def added(cast: Cast, query: Query) -> dict[str, str]:
    """A spam post, an ordinary one, and a story of three, by name."""
    texts = {"spam": SPAM, "fine": "Juniper Bakery is good", "n1": NEWS, "n2": NEWS + " morning", "n3": f"RT {NEWS}"}
    with schemas.enter(cast.client.schema_name):
        made = {
            name: str(add_mention(query, name, text=text, posted_at=NOW + timedelta(minutes=n)).id)
            for n, (name, text) in enumerate(texts.items())
        }
        judge_mentions([decode("men", pk) for pk in made.values()])
    return made


def listed(api: Api, place: str, **filters: Any) -> set[str]:
    answer = api("viewer").get(f"{place}/mentions", filters)
    assert answer.status_code == 200, answer.content
    return {mention["id"] for mention in answer.json()["data"]}


def test_a_mention_says_why_it_looks_like_noise(api: Api, place: str, added: dict[str, str]) -> None:
    shown = api("viewer").get(f"{place}/mentions/{added['spam']}").json()["noise"]
    assert shown["spam"] > 0.9
    assert (shown["bot"], shown["model"]) == (None, "noise/1")
    assert {"code", "score", "points", "value"} == set(shown["reasons"][0])
    assert "phrases_crypto" in {reason["code"] for reason in shown["reasons"]}
    assert api("viewer").get(f"{place}/mentions/{added['fine']}").json()["noise"]["reasons"] == []


def test_a_filter_hides_and_shows_again_and_what_is_restored_stays(
    api: Api, cast: Cast, place: str, query: Query, added: dict[str, str]
) -> None:
    writer, url = api("analyst"), f"{place}/queries/{query.id}"
    changed = writer.patch(url, {"noise_filter": "medium"}).json()
    assert (changed["noise_filter"], changed["noise_job"]["state"], changed["rematch_job"]) == (
        "medium",
        "queued",
        None,
    )
    assert writer.patch(url, {"noise_filter": "medium"}).json()["noise_job"] is None
    drain()
    assert writer.get(f"{place}/jobs/{changed['noise_job']['id']}").json()["state"] == "succeeded"

    everything = set(added.values())
    for filters in ({}, {"query": query.id}):
        assert listed(api, place, **filters) == everything - {added["spam"]}
        assert listed(api, place, noise="hidden", **filters) == {added["spam"]}
        assert listed(api, place, noise="all", **filters) == everything
    (match,) = writer.get(f"{place}/mentions/{added['spam']}").json()["matches"]
    assert match["hidden"] is True

    back = writer.post(f"{url}/noise_restorations", {"mentions": [added["spam"], added["fine"]]})
    assert (back.status_code, back.json()) == (200, {"changed": 1})
    assert listed(api, place, noise="hidden") == set()
    writer.patch(url, {"noise_filter": "strict"})
    drain()
    assert listed(api, place) == everything
    again = writer.post(f"{url}/noise_restorations", {"mentions": [added["spam"]], "restored": False})
    assert again.json() == {"changed": 1}
    assert listed(api, place) == everything - {added["spam"]}
    with schemas.public():
        told = AuditEvent.objects.filter(action="query.noise_restored").order_by("id")
        assert [event.detail for event in told] == [
            {"query": query.id, "mentions": 2, "restored": True},
            {"query": query.id, "mentions": 1, "restored": False},
        ]


def test_raw_and_filtered_counts_are_both_there(
    api: Api, cast: Cast, place: str, query: Query, added: dict[str, str]
) -> None:
    with schemas.enter(cast.client.schema_name):
        rebuild(query.id)
    api("analyst").patch(f"{place}/queries/{query.id}", {"noise_filter": "strict"})
    drain()
    period = {"start": "2026-03-31", "end": "2026-04-01"}
    (row,) = api("viewer").get(f"{place}/insights/summary", period).json()["queries"]
    assert (row["mentions"], row["hidden"]) == (4, 1)
    (series,) = api("viewer").get(f"{place}/insights/timeseries", period).json()["series"]
    assert sum(day["hidden"] for day in series["days"]) == 1


def test_copies_are_one_cluster_that_can_be_listed_or_collapsed(
    api: Api, place: str, query: Query, added: dict[str, str]
) -> None:
    cluster = api("viewer").get(f"{place}/mentions/{added['n2']}").json()["cluster"]
    assert cluster["id"].startswith("clu_")
    assert (cluster["mentions"], cluster["sources"], cluster["sites"]) == (3, ["web"], 0)
    assert cluster["first_posted_at"] == "2026-03-31T18:02:00Z"
    story = {added[name] for name in ("n1", "n2", "n3")}
    assert listed(api, place, cluster=cluster["id"]) == story
    assert listed(api, place, collapse="duplicates") == {added["spam"], added["fine"], added["n3"]}
    assert listed(api, place, collapse="duplicates", until="2026-03-31T18:04:00Z", query=query.id) == {
        added["spam"], added["fine"], added["n2"]
    }  # fmt: skip
    pages = []
    cursor: str | None = ""
    while cursor is not None:
        more = {"cursor": cursor} if cursor else {}
        page = api("viewer").get(f"{place}/mentions", {"collapse": "duplicates", "limit": "1", **more})
        pages += [mention["id"] for mention in page.json()["data"]]
        cursor = page.json()["next_cursor"]
    assert pages == [added["n3"], added["fine"], added["spam"]]
    assert listed(api, place, cluster=encode("clu", uuid7())) == set()


def test_stories_are_counted_and_the_largest_shown(api: Api, place: str, query: Query, added: dict[str, str]) -> None:
    period = {"start": "2026-03-31", "end": "2026-04-01"}
    told = api("viewer").get(f"{place}/insights/stories", period).json()
    assert [(row["query"], row["mentions"], row["stories"]) for row in told["queries"]] == [(query.id, 5, 3)]
    (story,) = told["largest"]
    assert (story["mentions"], story["authors"], story["first"], story["text"]) == (3, 3, added["n1"], NEWS)
    assert story["cluster"] == api("viewer").get(f"{place}/mentions/{added['n3']}").json()["cluster"]
    api("analyst").patch(f"{place}/queries/{query.id}", {"noise_filter": "strict"})
    drain()
    told = api("viewer").get(f"{place}/insights/stories", {**period, "query": query.id}).json()
    assert [(row["mentions"], row["stories"]) for row in told["queries"]] == [(4, 2)]
    assert (
        api("viewer").get(f"{place}/insights/stories", {"start": "2025-01-01", "end": "2025-01-02"}).json()["largest"]
        == []
    )


@pytest.mark.parametrize(
    ("filters", "pointer", "code"),
    [
        ({"collapse": "copies"}, "/collapse", "invalid_choice"),
        ({"collapse": "duplicates", "search": "bread"}, "/collapse", "not_with_search"),
        ({"noise": "maybe"}, "/noise", "invalid_choice"),
        ({"cluster": "men_0123"}, "/cluster", "bad_id"),
    ],
)
def test_wrong_filters_are_named(api: Api, place: str, filters: dict[str, str], pointer: str, code: str) -> None:
    answer = api("viewer").get(f"{place}/mentions", filters)
    assert answer.status_code == 400
    assert [(problem["pointer"], problem["code"]) for problem in answer.json()["errors"]] == [(pointer, code)]


def test_a_filter_s_quality_is_told_from_labels(api: Api, place: str, query: Query, added: dict[str, str]) -> None:
    writer, url = api("analyst"), f"{place}/queries/{query.id}"
    assert writer.get(f"{url}/noise_quality").status_code == 404
    made = writer.post(f"{url}/noise_samples", {})
    sample = made.json()
    assert (made.status_code, made["Location"]) == (201, f"{url}/noise_samples/{sample['id']}")
    assert {row["mention"] for row in sample["mentions"]} == set(added.values())
    assert {row["noise"] for row in sample["mentions"]} == {None}
    quality = writer.get(f"{url}/noise_quality").json()
    assert (quality["abstain_reason"], quality["levels"]) == ("too_few_labels", [])
    assert sum(band["missing"] for band in quality["bands"]) == 5

    labels = [{"mention": pk, "noise": name in ("spam", "n3")} for name, pk in added.items()]
    told = writer.post(f"{url}/noise_labels", {"labels": labels})
    assert (told.status_code, told.json()) == (200, {"labelled": 5})
    rows = writer.get(f"{url}/noise_samples/{sample['id']}").json()["mentions"]
    assert {row["mention"] for row in rows if row["noise"]} == {added["spam"], added["n3"]}
    quality = writer.get(f"{url}/noise_quality").json()
    assert quality["abstain_reason"] is None
    for level in quality["levels"]:
        assert level["hidden"] == 1
        assert level["precision"] == {"value": 1.0, "low": 1.0, "high": 1.0}
        assert level["recall"] == {"value": 0.5, "low": 0.5, "high": 0.5}
    assert listed(api, place) == set(added.values()), "labels hide nothing"


def test_a_query_that_matched_nothing_yet_has_nothing_to_draw(api: Api, place: str, query: Query) -> None:
    answer = api("analyst").post(f"{place}/queries/{query.id}/noise_samples", {})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("noise_labels", {"labels": []}, "/labels"),
        ("noise_labels", {"labels": [{"mention": "SPAM", "noise": "yes"}]}, "/labels/0/noise"),
        ("noise_labels", {"labels": [{"mention": "SPAM", "noise": True}] * 2}, "/labels"),
        ("noise_labels", {"labels": [{"mention": "NOBODY", "noise": True}]}, "/labels/0/mention"),
        ("noise_restorations", {"mentions": ["NOBODY"]}, "/mentions/0"),
        ("noise_restorations", {"mentions": ["SPAM", "SPAM"]}, "/mentions"),
        ("noise_restorations", {"mentions": ["SPAM"], "restored": 1}, "/restored"),
        ("noise_samples", {"size": 5}, "/size"),
        ("noise_samples", {"size": 501}, "/size"),
    ],
)
def test_wrong_bodies_are_named(
    api: Api, place: str, query: Query, added: dict[str, str], path: str, body: dict[str, Any], pointer: str
) -> None:
    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: filled(each) for name, each in value.items()}
        if isinstance(value, list):
            return [filled(each) for each in value]
        return {"SPAM": added["spam"], "NOBODY": encode("men", uuid7())}.get(value, value) if value != 1 else value

    answer = api("analyst").post(f"{place}/queries/{query.id}/{path}", filled(body))
    assert answer.status_code == 400
    assert pointer in [problem["pointer"] for problem in answer.json()["errors"]]
