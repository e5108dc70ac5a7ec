"""API keys: shown once, bound, expired, revoked."""

from __future__ import annotations

from collections.abc import Callable
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
        ({"scopes": "mentions:read"}, "/scopes", "not_a_list"),
        ({"scopes": ["mentions:read", "everything:write"]}, "/scopes/1", "invalid_choice"),
        ({"scopes": ["mentions"]}, "/scopes/0", "invalid_choice"),
        ({"scopes": ["service:read"]}, "/scopes/0", "invalid_choice"),
        ({"scopes": [None]}, "/scopes/0", "null"),
    ],
)
def test_a_key_that_cannot_be_is_refused(api: Api, cast: Cast, change: Any, pointer: str, code: str) -> None:
    refused = api("owner").post("/api/v1/api_keys", {"name": "x", "role": "viewer", **change})

    assert refused.status_code == 400
    assert [(problem["pointer"], problem["code"]) for problem in refused.json()["errors"]] == [(pointer, code)]


def _keys(api: Api, key: str = "owner") -> Callable[..., Any]:
    """Makes a key with these fields on behalf of another; what it answers."""
    return lambda **fields: api(key).post("/api/v1/api_keys", {"name": "x", "role": "owner", **fields})


class TestPassingOn:
    """No key makes, changes or renews one that could do more than itself."""

    def test_a_narrow_key_makes_keys_that_are_no_wider(self, api: Api, cast: Cast) -> None:
        own = ["api_keys:write", "mentions:read", "queries:write"]
        narrow = _keys(api)(scopes=own).json()
        make = _keys(api, narrow["secret"])

        made = make(scopes=["queries:read", "mentions:read"])
        assert (made.status_code, made.json()["scopes"]) == (201, ["mentions:read", "queries:read"])
        for scopes, pointers in (
            ([], ["/scopes"]),
            (["mentions:write"], ["/scopes/0"]),
            (["mentions:read", "clients:read", "audit:read"], ["/scopes/1", "/scopes/2"]),
        ):
            refused = make(scopes=scopes)
            assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
            assert [problem["pointer"] for problem in refused.json()["errors"]] == pointers
        assert make().status_code == 403

    @pytest.mark.parametrize("wider", [[], ["clients:write"], ["api_keys:write", "mentions:write"]])
    def test_a_narrow_key_neither_renews_nor_changes_a_wider_one(
        self, wider: list[str], api: Api, cast: Cast, place: str
    ) -> None:
        narrow = api(_keys(api)(scopes=["api_keys:write", "mentions:read"]).json()["secret"])
        other = _keys(api)(scopes=wider).json()
        url = f"/api/v1/api_keys/{other['id']}"

        assert narrow.post(f"{url}/rotation", {}).status_code == 403
        assert narrow.patch(url, {"name": "mine"}).status_code == 403
        assert narrow.patch(url, {"scopes": ["mentions:read"]}).status_code == 403
        assert api("owner").get(url).json() == {name: value for name, value in other.items() if name != "secret"}
        # Taking away is another matter.
        assert narrow.delete(url).status_code == 204

    def test_a_narrow_key_does_not_widen_itself(self, api: Api, cast: Cast) -> None:
        key = _keys(api)(scopes=["api_keys:write", "mentions:read"]).json()
        itself, url = api(key["secret"]), f"/api/v1/api_keys/{key['id']}"

        assert itself.patch(url, {"scopes": []}).status_code == 403
        assert itself.patch(url, {"scopes": ["api_keys:write", "clients:write"]}).status_code == 403
        assert itself.patch(url, {"scopes": ["api_keys:write"]}).json()["scopes"] == ["api_keys:write"]

    @pytest.mark.parametrize("role", ["manager", "analyst", "viewer"])
    def test_keys_are_the_owners(self, role: str, api: Api, cast: Cast) -> None:
        key = _keys(api)(role=role, scopes=["api_keys:write"]).json()

        assert _keys(api, key["secret"])(role=role).status_code == 403
        assert api(key["secret"]).post(f"/api/v1/api_keys/{key['id']}/rotation", {}).status_code == 403


class TestChanging:
    def test_fields_that_are_left_out_stay(self, api: Api, cast: Cast, place: str) -> None:
        key = _keys(api)(role="viewer", scopes=["clients:read", "mentions:read"], clients=[cast.client.id]).json()
        owner, url = api("owner"), f"/api/v1/api_keys/{key['id']}"
        holder = api(key["secret"])

        renamed = owner.patch(url, {"name": "Wall"}).json()
        assert (renamed["name"], renamed["scopes"], renamed["clients"]) == ("Wall", key["scopes"], [cast.client.id])
        assert holder.get(place).status_code == 200
        assert owner.patch(url, {"scopes": ["mentions:read"]}).json()["scopes"] == ["mentions:read"]
        assert holder.get(place).json()["scope"] == "clients:read"
        moved = owner.patch(url, {"clients": [cast.second_client.id], "scopes": []}).json()
        assert (moved["clients"], moved["scopes"]) == ([cast.second_client.id], [])
        assert (holder.get(place).status_code, owner.get(url).json()) == (404, moved)
        events = owner.get("/api/v1/audit_events?limit=3").json()["data"]
        assert [event["detail"]["fields"] for event in events] == [["clients", "scopes"], ["scopes"], ["name"]]

    def test_an_expiry_can_be_set_and_lifted(self, api: Api, cast: Cast) -> None:
        url = f"/api/v1/api_keys/{_keys(api)().json()['id']}"
        owner = api("owner")

        assert owner.patch(url, {"expires_at": "2199-01-01T00:00:00Z"}).json()["expires_at"] == "2199-01-01T00:00:00Z"
        assert owner.patch(url, {"expires_at": None}).json()["expires_at"] is None
        refused = owner.patch(url, {"expires_at": "2020-01-01T00:00:00Z"})
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "in_the_past")
        assert owner.patch(url, {"role": "viewer"}).json()["errors"][0]["pointer"] == "/role"
        assert owner.patch(url, {"clients": [cast.other_client.id]}).json()["errors"][0]["pointer"] == "/clients/0"

    def test_a_key_that_is_of_no_use_stays_as_it_was(self, api: Api, cast: Cast) -> None:
        url = f"/api/v1/api_keys/{_keys(api)().json()['id']}"
        owner = api("owner")
        owner.delete(url)

        assert owner.patch(url, {"name": "back"}).status_code == 409
        assert owner.patch(url, {"expires_at": None}).status_code == 409


class TestRotation:
    def test_both_keys_work_while_they_overlap(self, api: Api, cast: Cast, place: str) -> None:
        fields = {"name": "Wall", "role": "analyst", "scopes": ["clients:read"], "clients": [cast.client.id]}
        old = _keys(api)(**fields).json()
        before = datetime.now(UTC)

        rotated = api("owner").post(f"/api/v1/api_keys/{old['id']}/rotation", {"overlap_hours": 2})
        new = rotated.json()

        assert rotated.status_code == 201
        assert {name: new[name] for name in fields} == fields
        assert (new["expires_at"], new["replaced_by"]) == (None, None)
        assert rotated["Location"] == f"/api/v1/api_keys/{new['id']}"
        kept = api("owner").get(f"/api/v1/api_keys/{old['id']}").json()
        assert kept["replaced_by"] == new["id"]
        until = datetime.fromisoformat(kept["expires_at"])
        assert before + timedelta(hours=2) <= until <= datetime.now(UTC) + timedelta(hours=2)
        assert [api(key["secret"]).get(place).status_code for key in (old, new)] == [200, 200]
        with schemas.public():
            ApiKey.objects.filter(id=old["id"]).update(expires_at=datetime.now(UTC))
        assert [api(key["secret"]).get(place).status_code for key in (old, new)] == [401, 200]
        event = api("owner").get("/api/v1/audit_events?limit=1").json()["data"][0]
        assert (event["action"], event["detail"]) == (
            "api_key.rotated",
            {"key": old["id"], "replaced_by": new["id"], "overlap_hours": 2},
        )

    def test_without_overlap_the_old_key_ends_at_once(self, api: Api, cast: Cast, place: str) -> None:
        old = _keys(api)().json()

        new = api("owner").post(f"/api/v1/api_keys/{old['id']}/rotation", {"overlap_hours": 0}).json()

        assert [api(key["secret"]).get(place).status_code for key in (old, new)] == [401, 200]

    def test_an_end_that_is_nearer_than_the_overlap_stays(self, api: Api, cast: Cast) -> None:
        soon = datetime.now(UTC) + timedelta(hours=1)
        old = _keys(api)(expires_at=soon.isoformat()).json()

        new = api("owner").post(f"/api/v1/api_keys/{old['id']}/rotation", {"overlap_hours": 720}).json()

        assert api("owner").get(f"/api/v1/api_keys/{old['id']}").json()["expires_at"] == old["expires_at"]
        # The next one lives as long as the last was meant to.
        life = [
            datetime.fromisoformat(key["expires_at"]) - datetime.fromisoformat(key["created_at"]) for key in (old, new)
        ]
        assert abs(life[0] - life[1]) < timedelta(seconds=5)

    def test_a_key_is_rotated_once_and_not_when_it_is_of_no_use(self, api: Api, cast: Cast) -> None:
        owner = api("owner")
        old, revoked, expired = (f"/api/v1/api_keys/{_keys(api)().json()['id']}" for _ in range(3))
        assert owner.post(f"{old}/rotation", {}).status_code == 201
        owner.delete(revoked)
        with schemas.public():
            ApiKey.objects.filter(id=expired.rsplit("/", 1)[1]).update(expires_at=datetime.now(UTC))

        for url in (old, revoked, expired):
            assert owner.post(f"{url}/rotation", {}).json()["code"] == "conflict"
        # Another expiry would let the rotated one live on.
        assert owner.patch(old, {"expires_at": None}).status_code == 409

    @pytest.mark.parametrize("hours", [-1, 721, "24", 1.5, None, True])
    def test_an_overlap_that_cannot_be_is_refused(self, hours: Any, api: Api, cast: Cast) -> None:
        url = f"/api/v1/api_keys/{_keys(api)().json()['id']}/rotation"

        refused = api("owner").post(url, {"overlap_hours": hours})

        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/overlap_hours")

    def test_a_key_can_renew_itself(self, api: Api, cast: Cast, place: str) -> None:
        old = _keys(api)(scopes=["api_keys:write", "clients:read"]).json()

        new = api(old["secret"]).post(f"/api/v1/api_keys/{old['id']}/rotation", {}).json()

        assert (new["scopes"], api(new["secret"]).get(place).status_code) == (old["scopes"], 200)

    def test_another_agencys_key_is_not_found(self, api: Api, cast: Cast) -> None:
        key = _keys(api)().json()["id"]

        assert api(cast.other_keys["owner"]).post(f"/api/v1/api_keys/{key}/rotation", {}).status_code == 404


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
