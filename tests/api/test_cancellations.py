"""Corrections, reversals and tunings cancelled through the API: what it then says of them, and who did it."""

from __future__ import annotations

from typing import Any

import pytest

from analytics.journey import correcting
from analytics.journey.correcting import apply_slice
from analytics.language.tuning.selectors import tuning_in_force
from analytics.listening.models import Query
from kernel import db as schemas
from kernel.queue.testing import drain
from tenants.models import AuditEvent
from tests.api.conftest import NOW, Api, add_mention
from tests.cast import Cast
from tests.language.toy import Engines, ToyEngine, said


@pytest.fixture
def ids(cast: Cast, engines: Engines) -> list[str]:
    engines(ToyEngine("toy/1", lambda _: said("toy/1")))
    with schemas.enter(cast.client.schema_name):
        query = Query.objects.create(name="Loaves", kind="brand", text="loaf")
        return [str(add_mention(query, f"m{n}", text=f"a sick loaf {n}", model_id="toy/1").id) for n in range(5)]


def cancel(api: Api, place: str, job: str, role: str = "analyst") -> Any:
    return api(role).post(f"{place}/jobs/{job}/cancellation")


def audited(action: str) -> list[Any]:
    with schemas.public():
        return [event.detail for event in AuditEvent.objects.filter(action=action).order_by("id")]


def test_a_cancelled_correction_says_where_it_stopped_and_can_be_taken_back(
    api: Api, cast: Cast, place: str, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(correcting, "PAGE", 2)
    writer = api("analyst")
    labels = [{"mention": mention, "sentiment": "negative"} for mention in ids]
    made = writer.post(f"{place}/corrections", {"labels": labels}).json()
    assert (made["rows"], made["labelled"], made["left"]) == (5, 0, 5)
    ticks = iter((0.0, 1_000.0))
    with schemas.enter(cast.client.schema_name):
        apply_slice(correction_id=made["id"], now=NOW, clock=lambda: next(ticks))
    url = f"{place}/corrections/{made['id']}"
    assert writer.post(f"{url}/reversal", {}).status_code == 409, "a job is at it"
    assert cancel(api, place, made["job"], "viewer").status_code == 403
    ended = cancel(api, place, made["job"])
    assert ended.status_code == 200, ended.content
    job = ended.json()
    assert (job["state"], job["error"]["code"], job["done"], job["total"]) == ("cancelled", "cancelled", 2, 5)
    assert job["progress"] == 0.4
    assert cancel(api, place, made["job"]).status_code == 409
    drain()
    told = writer.get(url).json()
    assert [told[name] for name in ("rows", "labelled", "same", "bad", "left")] == [5, 2, 0, 0, 3]
    assert audited("job.cancelled") == [{"job": made["job"], "kind": "correction"}]

    back = writer.post(f"{url}/reversal", {}).json()
    assert cancel(api, place, back["id"]).json()["total"] == 2
    drain()
    shown = [writer.get(f"{place}/mentions/{each}").json()["sentiment"]["label"] for each in ids]
    assert shown == ["negative"] * 2 + ["positive"] * 3, "nothing was taken back yet"
    assert all(row["taken_back_at"] is None for row in writer.get(f"{url}/labels").json()["data"])
    again = writer.post(f"{url}/reversal", {})
    assert again.status_code == 202
    drain()
    assert writer.get(again["Location"]).json()["state"] == "succeeded"
    assert writer.get(f"{place}/mentions/{ids[0]}").json()["sentiment"]["label"] != "negative"
    assert all(row["taken_back_by"] for row in writer.get(f"{url}/labels").json()["data"])
    assert [each["labels"] for each in audited("correction.reversed")] == [2, 2]


def test_a_cancelled_tuning_is_never_made_and_the_next_one_is(api: Api, cast: Cast, place: str, ids: list[str]) -> None:
    boss, url = api("manager"), f"{place}/tunings"
    boss.post(f"{place}/lexicon_words", {"language": "en", "text": "sick", "valence": 5})
    asked = boss.post(url, {"calibration": "none", "lexicon": "draft"}).json()
    ended = cancel(api, place, asked["job"])
    assert (ended.status_code, ended.json()["state"]) == (200, "cancelled")
    second = boss.post(url, {"calibration": "none", "lexicon": "draft"})
    assert second.status_code == 202, "nothing is being made any more"
    told = boss.get(f"{url}/{asked['id']}").json()
    assert (told["outcome"], told["made_at"], told["in_force"], told["words"]) == ("cancelled", None, False, 0)
    refused = boss.put(f"{place}/tuning", {"tuning": asked["id"]})
    assert (refused.status_code, refused.json()["detail"]) == (409, "This version was never made.")
    drain()
    assert boss.get(f"{url}/{asked['id']}").json() == told
    with schemas.enter(cast.client.schema_name):
        present = tuning_in_force()
    assert present is not None
    assert present.version == second.json()["number"] == 2
    assert cancel(api, place, second.json()["job"]).status_code == 409, "it is made"
    assert audited("job.cancelled") == [{"job": asked["job"], "kind": "tuning"}]
