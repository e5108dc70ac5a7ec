"""Invitations over HTTP: from an e-mail to somebody who is signed in."""

from __future__ import annotations

import re
from unittest import mock

import pytest
from django.conf import Settings
from django.core import mail
from rest_framework.test import APIClient

from kernel import db as schemas
from kernel.queue.testing import drain
from tenants.models import Membership, User
from tests.api.conftest import Api
from tests.cast import PASSWORD, Cast
from tests.tenants.people_cast import HASHERS, make_person

INVITATIONS = "/api/v1/invitations"
BEN = "ben@elsewhere.example"
NEW = "rain on the old tin roof"


@pytest.fixture(autouse=True)
def quick(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = HASHERS


def sent_token() -> str:
    with schemas.public():
        drain()
    found = re.search(r"#token=(\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def test_from_an_address_to_a_session(api: Api, cast: Cast) -> None:
    owner, body = api("owner"), {"email": "Ben@Elsewhere.example", "role": "viewer", "client": cast.client.id}
    made = owner.post(INVITATIONS, body)
    assert (made.status_code, made.json()["email"], made.json()["state"]) == (201, BEN, "pending")
    assert "token" not in made.content.decode()
    token, url = sent_token(), made["Location"]

    visitor = APIClient()
    shown = visitor.post(f"{INVITATIONS}/preview", {"token": token}).json()
    assert (shown["agency"], shown["client"], shown["has_account"]) == ("Northlight", "Juniper Bakery", False)
    weak = visitor.post(f"{INVITATIONS}/accept", {"token": token, "password": "short"})
    assert (weak.status_code, weak.json()["errors"][0]["pointer"]) == (400, "/password")
    entered = visitor.post(f"{INVITATIONS}/accept", {"token": token, "name": "Ben", "password": NEW})
    assert (entered.status_code, entered.json()["role"]) == (201, None)
    assert entered.json()["clients"] == [{"client": cast.client.id, "role": "viewer"}]

    assert [row["id"] for row in visitor.get("/api/v1/clients").json()["data"]] == [cast.client.id]
    assert visitor.get(f"/api/v1/clients/{cast.second_client.id}").status_code == 404
    assert owner.get(url).json()["state"] == "accepted"
    assert owner.delete(url).status_code == 409
    assert owner.post(f"{url}/delivery").status_code == 409
    for path in ("preview", "accept"):
        again = visitor.post(f"{INVITATIONS}/{path}", {"token": token}, HTTP_X_CSRF_TOKEN=entered.json()["csrf_token"])
        assert (again.status_code, again.json()["errors"][0]["code"]) == (400, "wrong_token")


def test_somebody_who_is_signed_in_needs_no_password_but_the_token_of_the_session(cast: Cast, api: Api) -> None:
    with schemas.public():
        ana = make_person("ana", agency=cast.other)
    api("owner").post(INVITATIONS, {"email": ana.email, "role": "analyst"})
    token, visitor = sent_token(), APIClient()
    signed = visitor.post("/api/v1/session", {"email": ana.email, "password": PASSWORD}).json()

    assert visitor.post(f"{INVITATIONS}/accept", {"token": token}).json()["code"] == "csrf_failed"
    entered = visitor.post(f"{INVITATIONS}/accept", {"token": token}, HTTP_X_CSRF_TOKEN=signed["csrf_token"])

    assert (entered.status_code, entered.json()["agency"]["id"]) == (201, cast.agency.id)
    assert len(entered.json()["agencies"]) == 2


def test_an_account_is_not_taken_over_by_a_link(cast: Cast, api: Api) -> None:
    with schemas.public():
        ana = make_person("ana")
    api("owner").post(INVITATIONS, {"email": ana.email, "role": "analyst"})
    token = sent_token()

    refused = APIClient().post(f"{INVITATIONS}/accept", {"token": token, "name": "x", "password": NEW})

    assert (refused.status_code, refused.json()["code"], refused.cookies) == (401, "wrong_credentials", {})
    ana.refresh_from_db()
    assert ana.check_password(PASSWORD)
    assert not Membership.objects.filter(user=ana).exists()


def test_sent_again_or_revoked(api: Api) -> None:
    owner = api("owner")
    url = owner.post(INVITATIONS, {"email": BEN, "role": "viewer"})["Location"]
    first = sent_token()
    again = owner.post(f"{url}/delivery")
    assert (again.status_code, again.json()["sent_at"]) == (202, None)
    second = sent_token()
    preview = [APIClient().post(f"{INVITATIONS}/preview", {"token": token}).status_code for token in (first, second)]
    assert preview == [400, 200]

    assert [owner.delete(url).status_code for _ in range(2)] == [204, 204]
    assert owner.get(url).json()["state"] == "revoked"
    assert APIClient().post(f"{INVITATIONS}/preview", {"token": second}).status_code == 400


@pytest.mark.parametrize(
    ("who", "role", "at", "status"),
    [
        ("manager", "owner", None, 403),
        ("manager", "manager", None, 201),
        ("analyst", "viewer", None, 403),
        ("client manager", "viewer", None, 403),
        ("client manager", "owner", "client", 403),
        ("client manager", "manager", "client", 201),
        ("client manager", "viewer", "second_client", 400),
        ("client viewer", "viewer", "client", 403),
        ("owner", "viewer", "other_client", 400),
    ],
)
def test_who_may_invite_whom(who: str, role: str, at: str | None, status: int, api: Api, cast: Cast) -> None:
    body = {"email": BEN, "role": role, "client": getattr(cast, at).id if at else None}

    assert api(who).post(INVITATIONS, body).status_code == status


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ben",
        "ben@",
        "a@b@c.example",
        "ben@elsewhere.example\n",
        "x" * 250 + "@x.example",
        "ben@[127.0.0.1]",
        "\N{KELVIN SIGN}im@elsewhere.example",
        "\N{LATIN SMALL LETTER LONG S}am@elsewhere.example",
    ],
)
def test_what_is_no_address_is_refused(email: str, api: Api) -> None:
    refused = api("owner").post(INVITATIONS, {"email": email, "role": "viewer"})

    if refused.status_code == 201:  # white space around an address is taken off
        assert refused.json()["email"] == email.strip()
    else:
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/email")


def test_a_clients_manager_sees_the_invitations_to_it(api: Api, cast: Cast) -> None:
    for client in (cast.client, cast.second_client, None):
        body = {"email": BEN, "role": "viewer", "client": client.id if client else None}
        assert api("owner").post(INVITATIONS, body).status_code == 201

    seen = api("client manager").get(INVITATIONS).json()["data"]

    assert [row["client"] for row in seen] == [cast.client.id]
    assert len(api("owner").get(INVITATIONS).json()["data"]) == 3


NEWCOMERS = {"name": "Newcomers", "email": BEN}


class TestSigningUp:
    def test_is_closed_by_default(self, api: Api) -> None:
        refused = APIClient().post("/api/v1/agencies", NEWCOMERS)
        assert (refused.status_code, refused.json()["code"]) == (403, "sign_up_closed")

    def test_ends_with_an_owner(self, api: Api, settings: Settings) -> None:
        settings.SIGN_UP_OPEN = True
        known = {**NEWCOMERS, "email": "owner@northlight.example"}
        answers = [APIClient().post("/api/v1/agencies", body) for body in (known, NEWCOMERS)]
        assert {(answer.status_code, answer.content) for answer in answers} == {(204, b"")}

        token, visitor = sent_token(), APIClient()
        entered = visitor.post(f"{INVITATIONS}/accept", {"token": token, "name": "Ben", "password": NEW})

        assert (entered.json()["role"], entered.json()["agency"]["name"]) == ("owner", "Newcomers")
        visitor.credentials(HTTP_X_CSRF_TOKEN=entered.json()["csrf_token"])
        assert visitor.post("/api/v1/api_keys", {"name": "First", "role": "owner"}).status_code == 201
        assert visitor.get("/api/v1/branding").json()["name"] == "Newcomers"
        assert User.objects.filter(email=BEN).count() == 1

    def test_is_limited_by_network_address(self, api: Api, settings: Settings) -> None:
        settings.SIGN_UP_OPEN = True
        with mock.patch.dict("tenants.people.throttle.LIMITS", mail=2):
            codes = [APIClient().post("/api/v1/agencies", NEWCOMERS).status_code for _ in range(3)]
            reset = APIClient().post("/api/v1/password_resets", {"email": BEN})

        assert codes == [204, 204, 429]
        assert reset.status_code == 429
