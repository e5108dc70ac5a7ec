"""Which model read what, and having it read again, through the API."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from analytics.journey.models import Rescoring
from analytics.language.services import current_model_id
from analytics.language.state.services import tell
from analytics.mentions.models import Mention
from kernel import db as schemas
from kernel.queue.testing import drain
from tenants.models import AuditEvent
from tests.api.conftest import Api, Things
from tests.cast import Cast


def test_history_is_read_again_through_the_api(api: Api, cast: Cast, place: str, things: Things) -> None:
    manager = api("manager")
    before = manager.get(f"{place}/readings").json()
    assert before["models"] == [{"model": "compact/1", "mentions": 1, "in_force": False}]
    assert (before["outdated"], before["unread"], before["problem"]) == (1, 0, None)

    accepted = manager.post(f"{place}/rescorings")
    assert (accepted.status_code, accepted.json()["kind"]) == (202, "rescoring")
    made = manager.get(accepted.json()["result"]["href"]).json()
    assert (made["state"], made["job"], made["done"]) == ("queued", accepted.json()["id"], 0)
    drain()

    assert manager.get(accepted["Location"]).json()["state"] == "succeeded"
    made = manager.get(f"{place}/rescorings/{made['id']}").json()
    assert (made["state"], made["done"], made["total"], made["model"]) == ("succeeded", 1, 1, before["model"])
    assert manager.get(f"{place}/rescorings").json()["data"][0] == made
    after = manager.get(f"{place}/readings").json()
    assert after["models"] == [{"model": before["model"], "mentions": 1, "in_force": True}]
    with schemas.enter(cast.client.schema_name):
        assert Mention.objects.get().model_id == current_model_id()
    event = AuditEvent.objects.filter(action="mentions.rescored").get()
    assert event.detail == {"rescoring": made["id"], "model": before["model"]}


def test_a_rescoring_can_be_cancelled(api: Api, cast: Cast, place: str, things: Things) -> None:
    manager = api("manager")
    job = manager.post(f"{place}/rescorings").json()
    cancelled = manager.post(f"{place}/jobs/{job['id']}/cancellation")
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    assert manager.post(f"{place}/jobs/{job['id']}/cancellation").status_code == 409
    drain()
    assert manager.get(f"{place}/readings").json()["outdated"] == 1
    with schemas.enter(cast.client.schema_name):
        assert not Rescoring.objects.filter(open=True).exists()


def test_an_engine_that_cannot_be_loaded_is_said(api: Api, place: str, things: Things, settings: Any) -> None:
    settings.LANGUAGE_ENGINE = "transformers:/nowhere/at/all"
    told = api("viewer").get(f"{place}/readings").json()
    assert told["model"] is None
    assert told["problem"]
    refused = api("manager").post(f"{place}/rescorings")
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert "/nowhere" not in refused.content.decode()


def test_what_workers_have_counts_and_not_what_the_api_server_has(
    api: Api, place: str, things: Things, settings: Any
) -> None:
    settings.LANGUAGE_ENGINE = "transformers:/only/where/workers/are"
    tell(wanted="transformers", model_id="compact/1", problem="", detail="", now=timezone.now())
    told = api("viewer").get(f"{place}/readings").json()
    # With the client's own tuning.
    assert (told["model"], told["problem"], told["outdated"]) == ("compact/1+t1", None, 1)
    accepted = api("manager").post(f"{place}/rescorings")
    assert accepted.status_code == 202
    settings.LANGUAGE_ENGINE = "compact"
    tell(wanted="transformers", model_id="compact/1", problem="torch_missing", detail="Why.", now=timezone.now())
    told = api("viewer").get(f"{place}/readings").json()
    assert (told["model"], told["problem"]) == (None, "torch_missing")
    assert api("manager").post(f"{place}/rescorings").status_code == 409
