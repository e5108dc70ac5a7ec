"""Clients: opened, changed, listed, and deleted in two steps."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from kernel import db as schemas
from kernel.queue.testing import drain
from tenants.models import ApiKey, AuditEvent, Client
from tenants.services import issue_key
from tests.api.conftest import Api
from tests.cast import Cast


def test_a_client_is_opened_with_a_schema_of_its_own(api: Api, cast: Cast) -> None:
    made = api("manager").post("/api/v1/clients", {"name": "Third", "locale": "de-DE", "time_zone": "Europe/Berlin"})

    assert made.status_code == 201
    assert {name: made.json()[name] for name in ("name", "locale", "time_zone", "status", "deletion_requested_at")} == {
        "name": "Third",
        "locale": "de-DE",
        "time_zone": "Europe/Berlin",
        "status": "active",
        "deletion_requested_at": None,
    }
    assert api("viewer").get(made["Location"]).json() == made.json()
    assert api("viewer").get(f"{made['Location']}/queries").json() == {"data": [], "next_cursor": None}
    with schemas.public():
        assert AuditEvent.objects.filter(action="client.created", client_id_text=made.json()["id"]).exists()


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"name": ""}, "/name", "blank"),
        ({"name": "a" * 201}, "/name", "max_length"),
        ({"name": 7}, "/name", "wrong_type"),
        ({"name": None}, "/name", "null"),
        ({}, "/name", "required"),
        ({"name": "x", "locale": "xx-YY"}, "/locale", "unknown_locale"),
        ({"name": "x", "locale": "../../etc"}, "/locale", "unknown_locale"),
        ({"name": "x", "time_zone": "Mars/Olympus"}, "/time_zone", "unknown_time_zone"),
        ({"name": "x", "time_zone": "../Europe/Berlin"}, "/time_zone", "unknown_time_zone"),
        ({"name": "x", "id": "cli_1"}, "/id", "unknown_field"),
    ],
)
def test_a_client_that_cannot_be_is_refused(api: Api, cast: Cast, body: Any, pointer: str, code: str) -> None:
    refused = api("owner").post("/api/v1/clients", body)

    assert refused.status_code == 400
    assert [(problem["pointer"], problem["code"]) for problem in refused.json()["errors"]] == [(pointer, code)]


def test_a_list_holds_only_what_the_key_reaches(api: Api, cast: Cast) -> None:
    def listed(key: str) -> set[str]:
        return {client["id"] for client in api(key).get("/api/v1/clients").json()["data"]}

    assert listed("viewer") == {cast.client.id, cast.second_client.id}
    assert listed(cast.bound_key) == {cast.client.id}
    assert listed(cast.other_keys["owner"]) == {cast.other_client.id}


def test_only_the_fields_sent_are_changed(api: Api, place: str) -> None:
    before = api("manager").get(place).json()

    after = api("manager").patch(place, {"time_zone": "Asia/Tokyo"}).json()
    nothing = api("manager").patch(place, {})

    assert {name for name in before if before[name] != after[name]} == {"time_zone", "updated_at"}
    assert nothing.json() == after


def test_a_client_goes_in_two_steps_and_with_all_it_had(api: Api, cast: Cast, place: str) -> None:
    owner = api("owner")
    folder = Path(settings.FILES_ROOT) / cast.client.schema_name
    folder.mkdir(parents=True)
    with schemas.public():
        both, _ = issue_key(
            agency_id=cast.agency.id, name="b", role="viewer", actor="x", clients=[cast.client, cast.second_client]
        )

    asked = owner.post(f"{place}/deletion")
    assert owner.get(place).json()["status"] == "deleting"
    wrong = owner.delete(place, {"token": "x" * 32})
    going = owner.delete(place, {"token": asked.json()["token"], "immediately": True})

    assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (400, "wrong_token")
    assert (going.status_code, going.json()["status"]) == (202, "purging")
    for url in (place, f"{place}/queries", f"{place}/deletion"):
        assert owner.get(url).status_code in (404, 405)
    assert owner.get(place).status_code == 404
    assert cast.client.id not in {client["id"] for client in owner.get("/api/v1/clients").json()["data"]}
    drain()
    assert not folder.exists()
    with schemas.public(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_namespace WHERE nspname = %s", [cast.client.schema_name])
        assert cursor.fetchone() == (0,)
        # A key that was good for this client alone must not become good for all.
        assert ApiKey.objects.get(name="bound", agency=cast.agency).revoked_at is not None
        assert ApiKey.objects.get(id=both.id).revoked_at is None
    assert api(cast.bound_key).get(f"/api/v1/clients/{cast.second_client.id}").status_code == 401


def test_a_confirmed_deletion_waits_and_can_be_taken_back(api: Api, place: str) -> None:
    owner = api("owner")
    token = owner.post(f"{place}/deletion").json()["token"]

    confirmed = owner.delete(place, {"token": token}).json()

    shown = owner.get(place).json()
    assert (shown["status"], shown["purge_at"]) == ("deleting", confirmed["purge_at"])
    asked, due = (datetime.fromisoformat(shown[name]) for name in ("deletion_requested_at", "purge_at"))
    assert timedelta(days=30) <= due - asked < timedelta(days=31)
    assert owner.get(f"{place}/queries").status_code == 200
    assert owner.delete(f"{place}/deletion").status_code == 204
    assert (owner.get(place).json()["status"], owner.get(place).json()["purge_at"]) == ("active", None)


def test_a_token_may_come_as_a_parameter_once(api: Api, place: str) -> None:
    owner = api("owner")
    token = owner.post(f"{place}/deletion").json()["token"]

    assert owner.delete(f"{place}?token={token}", {"token": token}).status_code == 400
    assert owner.delete(f"{place}?token=%00").status_code == 400
    assert owner.delete(f"{place}?token={token}").status_code == 202


def test_a_client_about_to_be_deleted_can_be_read_but_not_written_to(api: Api, place: str) -> None:
    owner = api("owner")
    owner.post(f"{place}/deletion")

    assert owner.get(f"{place}/queries").status_code == 200
    refused = owner.post(f"{place}/queries", {"name": "late", "kind": "topic", "text": "late"})
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")

    owner.delete(f"{place}/deletion")
    assert owner.post(f"{place}/queries", {"name": "late", "kind": "topic", "text": "late"}).status_code == 201


def test_a_deletion_can_be_taken_back(api: Api, cast: Cast, place: str) -> None:
    owner = api("owner")
    token = owner.post(f"{place}/deletion").json()["token"]

    assert owner.delete(f"{place}/deletion").status_code == 204
    assert owner.delete(place, {"token": token}).status_code == 409
    assert owner.get(place).json()["status"] == "active"


def test_a_newer_request_makes_the_older_token_useless(api: Api, place: str) -> None:
    owner = api("owner")
    older = owner.post(f"{place}/deletion").json()["token"]
    owner.post(f"{place}/deletion")

    assert owner.delete(place, {"token": older}).status_code == 400


def test_a_page_stays_where_it_is_while_others_are_added(api: Api, cast: Cast) -> None:
    with schemas.public():
        for number in range(5):
            Client.objects.create(
                agency=cast.agency, name=f"c{number}", schema_name=f"c_page_{number}", wrapped_key=b"x", status="active"
            )
    reader = api("viewer")
    everything = [client["id"] for client in reader.get("/api/v1/clients").json()["data"]]

    first = reader.get("/api/v1/clients?limit=3").json()
    with schemas.public():
        Client.objects.create(agency=cast.agency, name="new", schema_name="c_new", wrapped_key=b"x")
    second = reader.get("/api/v1/clients", {"limit": 3, "cursor": first["next_cursor"]}).json()
    third = reader.get("/api/v1/clients", {"limit": 3, "cursor": second["next_cursor"]}).json()

    pages = [[client["id"] for client in page["data"]] for page in (first, second, third)]
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [*pages[0], *pages[1], *pages[2]] == everything == sorted(everything, reverse=True)
    assert third["next_cursor"] is None


@pytest.mark.parametrize(
    "cursor", ["x", "%00", "bnVsbA", "W10", "WyJjbGlfMCJd", "WzFd", "WyJcdTAwMDAiXQ", "WyJcdWQ4MDAiXQ", "é", "a" * 3000]
)
def test_a_cursor_that_is_none_is_named(api: Api, cast: Cast, cursor: str) -> None:
    refused = api("viewer").get(f"/api/v1/clients?cursor={cursor}")

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/cursor")


@pytest.mark.parametrize("limit", ["0", "201", "-1", "x", "1.5", "9" * 400, "", "%D9%A3%00"])
def test_a_limit_out_of_range_is_named(api: Api, cast: Cast, limit: str) -> None:
    refused = api("viewer").get(f"/api/v1/clients?limit={limit}")

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/limit")
