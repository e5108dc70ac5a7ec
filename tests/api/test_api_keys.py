"""API keys: shown once, bound, expired, revoked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kernel import db as schemas
from tenants.models import ApiKey
from tests.api.conftest import Api
from tests.cast import Cast


def test_a_new_key_works_and_is_shown_once(api: Api, cast: Cast) -> None:
    owner = api("owner")

    made = owner.post("/api/v1/api_keys", {"name": "Dash", "role": "viewer", "clients": [cast.second_client.id]})
    key = made.json()

    assert made.status_code == 201
    assert key["secret"].startswith(f"ear_{key['prefix']}_")
    again = owner.get(made["Location"]).json()
    assert {**again, "secret": key["secret"]} == key
    listed = owner.get("/api/v1/api_keys")
    assert key["secret"].rsplit("_", 1)[1] not in listed.content.decode()
    fresh = api(key["secret"])
    assert fresh.get(f"/api/v1/clients/{cast.second_client.id}").status_code == 200
    assert fresh.get(f"/api/v1/clients/{cast.client.id}").status_code == 404
    assert fresh.patch(f"/api/v1/clients/{cast.second_client.id}", {"name": "x"}).status_code == 403


def test_a_revoked_key_is_useless_at_once(api: Api, cast: Cast, place: str) -> None:
    key = api("owner").post("/api/v1/api_keys", {"name": "x", "role": "viewer"}).json()
    holder = api(key["secret"])
    assert holder.get(place).status_code == 200

    for _ in range(2):
        assert api("owner").delete(f"/api/v1/api_keys/{key['id']}").status_code == 204

    assert holder.get(place).status_code == 401
    assert api("owner").get(f"/api/v1/api_keys/{key['id']}").json()["revoked_at"] is not None


def test_an_expired_key_is_useless(api: Api, cast: Cast, place: str) -> None:
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    key = api("owner").post("/api/v1/api_keys", {"name": "x", "role": "viewer", "expires_at": soon}).json()
    assert api(key["secret"]).get(place).status_code == 200

    with schemas.public():
        ApiKey.objects.filter(id=key["id"]).update(expires_at=datetime.now(UTC) - timedelta(seconds=1))

    assert api(key["secret"]).get(place).status_code == 401


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"role": "king"}, "/role", "invalid_choice"),
        ({"role": True}, "/role", "invalid_choice"),
        ({"clients": "cli_1"}, "/clients", "not_a_list"),
        ({"clients": ["cli_1"]}, "/clients/0", "bad_id"),
        ({"clients": [7]}, "/clients/0", "bad_id"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "/expires_at", "in_the_past"),
        ({"expires_at": "2999-01-01T00:00:00"}, "/expires_at", "bad_time"),
        ({"expires_at": "9999-12-31T23:59:59-14:00"}, "/expires_at", "bad_time"),
        ({"expires_at": 7}, "/expires_at", "bad_time"),
        ({"name": "a" * 101}, "/name", "max_length"),
    ],
)
def test_a_key_that_cannot_be_is_refused(api: Api, cast: Cast, change: Any, pointer: str, code: str) -> None:
    refused = api("owner").post("/api/v1/api_keys", {"name": "x", "role": "viewer", **change})

    assert refused.status_code == 400
    assert [(problem["pointer"], problem["code"]) for problem in refused.json()["errors"]] == [(pointer, code)]


def test_another_agencys_client_is_as_unknown_as_none(api: Api, cast: Cast) -> None:
    body = {"name": "x", "role": "viewer", "clients": [cast.client.id, cast.other_client.id]}

    refused = api("owner").post("/api/v1/api_keys", body)

    assert [(problem["pointer"], problem["code"]) for problem in refused.json()["errors"]] == [
        ("/clients/1", "unknown_client")
    ]


def test_a_bound_key_makes_no_keys_and_no_clients(api: Api, cast: Cast) -> None:
    bound = api(cast.bound_key)

    assert bound.post("/api/v1/api_keys", {"name": "x", "role": "owner"}).status_code == 403
    assert bound.post("/api/v1/clients", {"name": "x"}).status_code == 403


def test_what_was_done_is_in_the_audit_log(api: Api, cast: Cast, place: str) -> None:
    api("manager").patch(place, {"name": "New"})

    first = api("owner").get("/api/v1/audit_events?limit=1").json()["data"][0]

    assert (first["action"], first["client"], first["detail"]) == (
        "client.updated",
        cast.client.id,
        {"fields": ["name"]},
    )
    assert first["actor"].startswith("key_")
    others = api(cast.other_keys["owner"]).get("/api/v1/audit_events").json()["data"]
    assert cast.client.id not in {event["client"] for event in others}
