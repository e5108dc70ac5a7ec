"""Members over HTTP, and what people with a role at one client can see."""

from __future__ import annotations

import pytest
from django.conf import Settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kernel import db as schemas
from tenants.models import Membership, User
from tests.api.conftest import Api, Things
from tests.api.test_session import enter
from tests.cast import Cast
from tests.tenants.people_cast import HASHERS, make_person

MEMBERS = "/api/v1/members"


@pytest.fixture
def ana(cast: Cast, settings: Settings) -> User:
    settings.PASSWORD_HASHERS = HASHERS
    with schemas.public():
        return make_person("ana", agency=cast.agency)


def test_a_member_is_listed_changed_and_removed(ana: User, api: Api, cast: Cast) -> None:
    owner, url = api("owner"), f"{MEMBERS}/{ana.id}"
    listed = owner.get(MEMBERS).json()["data"]
    assert [(row["id"], row["role"]) for row in listed] == [(ana.id, "viewer"), (cast.owner.id, "owner")]

    roles = [{"client": cast.client.id, "role": "manager"}]
    changed = owner.patch(url, {"role": "analyst", "clients": roles}).json()
    assert (changed["role"], changed["clients"]) == ("analyst", roles)
    assert owner.patch(url, {}).json() == changed
    assert owner.patch(url, {"role": None}).json()["role"] is None
    assert owner.patch(url, {"clients": []}).status_code == 400
    assert owner.get(url).json()["clients"] == roles

    assert owner.delete(url).status_code == 204
    assert owner.get(url).status_code == 404
    with schemas.public():
        assert User.objects.filter(pk=ana.pk).exists()
    actions = [event["action"] for event in owner.get("/api/v1/audit_events?limit=3").json()["data"]]
    assert actions == ["member.removed", "member.changed", "member.changed"]


def test_a_body_names_what_is_wrong_in_it(ana: User, api: Api, cast: Cast) -> None:
    here = {"client": cast.client.id, "role": "viewer"}
    for clients, pointer, code in (
        ([here, here], "/clients/1/client", "repeated"),
        ([here, {"client": cast.other_client.id, "role": "viewer"}], "/clients/1/client", "unknown_client"),
        ([{"client": cast.client.id, "role": "king"}], "/clients/0/role", "invalid_choice"),
        ([{"client": cast.client.id}], "/clients/0/role", "required"),
        ([{**here, "since": "now"}], "/clients/0/since", "unknown_field"),
    ):
        refused = api("owner").patch(f"{MEMBERS}/{ana.id}", {"clients": clients})
        (problem,) = refused.json()["errors"]
        assert (refused.status_code, problem["pointer"], problem["code"]) == (400, pointer, code)


def test_only_owners_look_after_owners_and_the_last_one_stays(ana: User, api: Api, cast: Cast) -> None:
    url = f"{MEMBERS}/{cast.owner.id}"
    assert api("manager").patch(url, {"role": "viewer"}).status_code == 403
    assert api("manager").delete(url).status_code == 403
    assert api("manager").patch(f"{MEMBERS}/{ana.id}", {"role": "owner"}).status_code == 403
    for answer in (api("owner").patch(url, {"role": "manager"}), api("owner").delete(url), api("person").delete(url)):
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")

    assert api("owner").patch(f"{MEMBERS}/{ana.id}", {"role": "owner"}).status_code == 200
    assert api("person").patch(url, {"role": "manager"}).status_code == 200
    assert api("person").get("/api/v1/api_keys").status_code == 403


def test_people_of_one_client_see_that_one(api: Api, cast: Cast, things: Things) -> None:
    place = f"/api/v1/clients/{cast.client.id}"
    for who in ("client viewer", "client manager"):
        person = api(who)
        assert [row["id"] for row in person.get("/api/v1/clients").json()["data"]] == [cast.client.id]
        assert person.get(f"{place}/mentions").status_code == 200
        for client in (cast.second_client, cast.other_client):
            for path in ("", "/queries", "/mentions"):
                assert person.get(f"/api/v1/clients/{client.id}{path}").status_code == 404
        assert person.get("/api/v1/agency").status_code == 403
    query = {"name": "Rye", "kind": "topic", "text": "rye"}
    assert api("client viewer").post(f"{place}/queries", query).status_code == 403
    assert api("client manager").post(f"{place}/queries", query).status_code == 201
    assert [row["email"] for row in api("client manager").get(MEMBERS).json()["data"]] == [
        "manager@juniper.example",
        "viewer@juniper.example",
    ]


def test_the_higher_of_two_roles_counts(ana: User, api: Api, cast: Cast) -> None:
    with schemas.public():
        Membership.objects.create(user=ana, agency=cast.agency, client=cast.client, role="analyst")
        visitor = api(None)
        visitor.force_login(ana)
    visitor.credentials(HTTP_X_CSRF_TOKEN=visitor.session["write_token"])
    query = {"name": "Rye", "kind": "topic", "text": "rye"}

    got = [
        visitor.post(f"/api/v1/clients/{client.id}/queries", query).status_code
        for client in (cast.client, cast.second_client)
    ]

    assert got == [201, 403]


def test_statements_do_not_grow_with_members(ana: User, api: Api, cast: Cast) -> None:
    owner = api("owner")

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert owner.get(MEMBERS).status_code == 200
        return len(queries)

    asked()
    before = asked()
    with schemas.public():
        for number in range(9):
            person = make_person(f"p{number}", agency=cast.agency)
            Membership.objects.create(user=person, agency=cast.agency, client=cast.client, role="analyst")

    assert asked() == before


def test_a_viewer_who_is_a_manager_at_one_client_looks_after_its_people(ana: User, cast: Cast) -> None:
    with schemas.public():
        Membership.objects.create(user=ana, agency=cast.agency, client=cast.client, role="manager")
        ben = make_person("ben", agency=cast.agency, client=cast.client)
    visitor = enter(ana)

    listed = {row["id"]: row["role"] for row in visitor.get(MEMBERS).json()["data"]}
    assert listed == {ana.id: None, ben.id: None}
    offer = {"email": "cat@northlight.example", "role": "manager"}
    here = visitor.post("/api/v1/invitations", {**offer, "client": cast.client.id})
    assert here.status_code == 201
    assert visitor.get("/api/v1/invitations").json()["data"] == [here.json()]
    elsewhere = [{}, {"client": cast.second_client.id}]
    assert [visitor.post("/api/v1/invitations", {**offer, **place}).status_code for place in elsewhere] == [403, 403]
    roles = {"clients": [{"client": cast.client.id, "role": "analyst"}]}
    assert visitor.patch(f"{MEMBERS}/{ben.id}", roles).json()["clients"] == roles["clients"]
    assert visitor.get(f"{MEMBERS}/{cast.owner.id}").status_code == 404
    assert visitor.patch(f"{MEMBERS}/{ana.id}", {"role": "manager"}).status_code == 403
    assert visitor.delete(f"{MEMBERS}/{ben.id}").status_code == 204
    with schemas.public():
        Membership.objects.filter(user=ana, client=cast.client).delete()
    assert visitor.get(MEMBERS).status_code == 403
