"""Sessions: how they begin, what they may, and all the ways in which they end."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any
from unittest import mock

import pyotp
import pytest
from django.conf import Settings
from django.contrib.sessions.models import Session
from django.utils import timezone
from rest_framework.test import APIClient

from api.models import IdempotencyRecord
from kernel import db as schemas
from tenants.models import Agency, AuditEvent, Domain, Membership, User
from tests.cast import PASSWORD, Cast
from tests.tenants.people_cast import HASHERS, make_person, with_two_factor

SESSION = "/api/v1/session"


@pytest.fixture
def ana(cast: Cast, settings: Settings) -> User:
    settings.PASSWORD_HASHERS = HASHERS
    with schemas.public():
        return make_person("ana", agency=cast.agency, role="analyst")


def enter(person: User, *, host: str = "testserver", **fields: str) -> APIClient:
    """Sign in as a front end does, and carry the token from then on."""
    visitor = APIClient()
    visitor.defaults["SERVER_NAME"] = host
    answer = visitor.post(SESSION, {"email": person.email, "password": PASSWORD, **fields})
    assert answer.status_code == 201, answer.content
    visitor.credentials(HTTP_X_CSRF_TOKEN=answer.json()["csrf_token"])
    return visitor


def later(**span: float) -> Any:
    """Some time from now, as sessions and Django see it."""
    return mock.patch("django.utils.timezone.now", return_value=timezone.now() + timedelta(**span))


def test_a_session_tells_who_is_where(ana: User, cast: Cast) -> None:
    with schemas.public():
        Membership.objects.create(user=ana, agency=cast.agency, client=cast.client, role="manager")

    body = enter(ana).get(SESSION).json()

    assert body["person"] == {"id": ana.id, "email": ana.email, "name": "Ana", "two_factor": False}
    assert (body["agency"], body["role"]) == ({"id": cast.agency.id, "name": "Northlight"}, "analyst")
    assert body["clients"] == [{"client": cast.client.id, "role": "manager"}]
    assert body["agencies"] == [body["agency"]]
    assert body["must_enrol"] is False
    assert AuditEvent.objects.filter(agency=cast.agency, actor=ana.id, action="person.signed_in").count() == 1


def test_the_cookie_is_fresh_closed_to_scripts_and_other_sites(ana: User) -> None:
    visitor = APIClient()
    visitor.cookies["session"] = "chosen-by-somebody-else-0123456789"
    seen = ["chosen-by-somebody-else-0123456789"]
    for _ in range(2):
        visitor.post(SESSION, {"email": ana.email, "password": PASSWORD})
        cookie = visitor.cookies["session"]
        assert (cookie["httponly"], cookie["samesite"], cookie["domain"], cookie["path"]) == (True, "Lax", "", "/")
        seen.append(cookie.value)

    assert len(set(seen)) == 3
    # The table has one more row, and nothing that could be sent as a cookie.
    assert Session.objects.count() == 1
    assert not Session.objects.filter(session_key__in=seen).exists()
    assert set(visitor.cookies) == {"session"}


@pytest.mark.parametrize(
    ("email", "password"),
    [("ana@northlight.example", "wrong"), ("nobody@northlight.example", PASSWORD), ("", PASSWORD), ("no address", "x")],
)
def test_what_is_wrong_is_answered_alike(email: str, password: str, ana: User) -> None:
    refused = APIClient().post(SESSION, {"email": email or "x", "password": password})

    body = refused.json()
    del body["request_id"]
    assert (refused.status_code, body["code"], "session" in refused.cookies) == (401, "wrong_credentials", False)
    assert body["detail"] == body["title"]


def test_a_write_without_the_sessions_own_token_is_refused(ana: User, cast: Cast) -> None:
    visitor, url = enter(ana), f"/api/v1/clients/{cast.client.id}/queries"
    query = {"name": "Rye", "kind": "topic", "text": "rye"}
    good = visitor.get(SESSION).json()["csrf_token"]
    for token in ("", "x", good[:-1], good + "x", enter(ana).get(SESSION).json()["csrf_token"], "é"):
        visitor.credentials(HTTP_X_CSRF_TOKEN=token)
        refused = visitor.post(url, query)
        assert (refused.status_code, refused.json()["code"]) == (403, "csrf_failed")
        assert refused["Content-Type"] == "application/problem+json"
        for method in (visitor.patch, visitor.put, visitor.delete):
            assert method(SESSION, {}).json()["code"] == "csrf_failed"
    visitor.credentials()
    assert visitor.get(f"/api/v1/clients/{cast.client.id}").status_code == 200

    visitor.credentials(HTTP_X_CSRF_TOKEN=good)
    assert visitor.post(url, query).status_code == 201


def test_signing_in_takes_json_only(ana: User) -> None:
    for media in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"):
        refused = APIClient().generic("POST", SESSION, b'{"email":"x","password":"y"}', content_type=media)
        assert refused.status_code == 415


def test_a_key_goes_before_a_session(ana: User, cast: Cast) -> None:
    visitor = enter(ana)
    visitor.credentials(HTTP_AUTHORIZATION=f"Bearer {cast.keys['owner']}")
    assert visitor.get("/api/v1/api_keys").status_code == 200
    visitor.credentials(HTTP_AUTHORIZATION="Bearer ear_x")
    assert visitor.get("/api/v1/clients").status_code == 401


class TestTheEnd:
    def test_signing_out(self, ana: User) -> None:
        visitor = enter(ana)
        kept = visitor.cookies["session"].value
        assert visitor.delete(SESSION).status_code == 204

        visitor.cookies["session"] = kept
        assert visitor.get(SESSION).status_code == 401
        assert visitor.get("/api/v1/clients").status_code == 401

    def test_idle_for_too_long(self, ana: User, settings: Settings) -> None:
        visitor = enter(ana)
        with later(seconds=settings.SESSION_COOKIE_AGE - 60):
            assert visitor.get(SESSION).status_code == 200
        with later(seconds=2 * settings.SESSION_COOKIE_AGE - 120):
            assert visitor.get(SESSION).status_code == 200
        with later(seconds=4 * settings.SESSION_COOKIE_AGE):
            assert visitor.get(SESSION).status_code == 401

    def test_busy_for_too_long(self, ana: User, settings: Settings) -> None:
        visitor = enter(ana)
        ends = visitor.get(SESSION).json()["expires_at"]
        passed = timedelta()
        while passed < settings.SESSION_LONGEST - timedelta(hours=1):
            passed += timedelta(hours=1)
            with later(seconds=passed.total_seconds()):
                assert visitor.get(SESSION).json()["expires_at"] == ends
        with later(seconds=settings.SESSION_LONGEST.total_seconds() + 60):
            assert visitor.get(SESSION).status_code == 401

    def test_a_changed_password_ends_all_but_this_one(self, ana: User) -> None:
        here, elsewhere = enter(ana), enter(ana)
        before = here.cookies["session"].value
        body = {"old_password": PASSWORD, "new_password": "rain on the old tin roof"}
        assert here.put("/api/v1/password", body).status_code == 204

        assert here.get(SESSION).status_code == 200
        assert here.patch("/api/v1/me", {"name": "Ana B."}).status_code == 200  # the token still counts
        assert elsewhere.get(SESSION).status_code == 401
        assert here.cookies["session"].value != before
        elsewhere.cookies["session"] = before
        assert elsewhere.get(SESSION).status_code == 401

    def test_a_deactivated_person_is_out_at_once(self, ana: User) -> None:
        visitor = enter(ana)
        with schemas.public():
            User.objects.filter(pk=ana.pk).update(is_active=False)

        assert visitor.get(SESSION).status_code == 401
        assert visitor.get("/api/v1/clients").status_code == 401

    def test_a_removed_member_is_out_at_once(self, ana: User, cast: Cast) -> None:
        visitor, url = enter(ana), f"/api/v1/clients/{cast.client.id}"
        assert visitor.get(url).status_code == 200
        with schemas.public():
            Membership.objects.filter(user=ana).update(client=cast.second_client)
        assert visitor.get(url).status_code == 404
        with schemas.public():
            Membership.objects.filter(user=ana).delete()

        for refused in (visitor.get(url), visitor.get("/api/v1/clients"), visitor.get("/api/v1/agency")):
            assert (refused.status_code, refused.json()["code"]) == (403, "no_agency")
        body = visitor.get(SESSION).json()
        assert (body["agency"], body["role"], body["agencies"]) == (None, None, [])

    def test_a_deleted_account(self, ana: User) -> None:
        visitor = enter(ana)
        assert visitor.delete("/api/v1/me", {"password": "wrong"}).status_code == 400
        assert visitor.delete("/api/v1/me", {"password": PASSWORD}).status_code == 204

        assert visitor.get(SESSION).status_code == 401
        assert not User.objects.filter(pk=ana.pk).exists()


def test_an_if_match_does_not_uncount_a_guess(ana: User) -> None:
    visitor = enter(ana)
    for _ in range(5):
        refused = visitor.delete("/api/v1/me", {"password": "guess"}, HTTP_IF_MATCH="*")
        assert refused.status_code == 400
    assert visitor.delete("/api/v1/me", {"password": PASSWORD}, HTTP_IF_MATCH='"old"').status_code == 412

    ana.refresh_from_db()
    assert ana.failed_logins == 5
    assert visitor.delete("/api/v1/me", {"password": PASSWORD}, HTTP_IF_MATCH="*").status_code == 400


def test_a_person_of_two_agencies_chooses(ana: User, cast: Cast) -> None:
    with schemas.public():
        Membership.objects.create(user=ana, agency=cast.other, role="owner")
    visitor = enter(ana, agency=cast.other.id)
    assert visitor.get("/api/v1/agency").json()["id"] == cast.other.id
    assert visitor.get(f"/api/v1/clients/{cast.client.id}").status_code == 404

    chosen = visitor.patch(SESSION, {"agency": cast.agency.id}).json()
    assert (chosen["agency"]["name"], chosen["role"], len(chosen["agencies"])) == ("Northlight", "analyst", 2)
    assert visitor.get(f"/api/v1/clients/{cast.client.id}").status_code == 200
    assert visitor.get(f"/api/v1/clients/{cast.other_client.id}").status_code == 404
    with schemas.public():
        stranger = Agency.objects.create(name="Stranger")
    refused = visitor.patch(SESSION, {"agency": stranger.id})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "unknown_agency")


def test_who_loses_the_chosen_agency_does_not_go_on_in_another_unawares(ana: User, cast: Cast) -> None:
    with schemas.public():
        Membership.objects.create(user=ana, agency=cast.other, role="owner")
    visitor = enter(ana, agency=cast.agency.id)
    with schemas.public():
        Membership.objects.filter(user=ana, agency=cast.agency).delete()

    refused = visitor.get("/api/v1/clients")

    assert (refused.status_code, refused.json()["code"]) == (403, "no_agency")
    assert visitor.get(SESSION).json()["agency"] is None
    assert visitor.patch(SESSION, {"agency": cast.other.id}).status_code == 200
    assert visitor.get("/api/v1/clients").status_code == 200


class TestOnAClientsOwnHost:
    @pytest.fixture(autouse=True)
    def host(self, cast: Cast) -> None:
        with schemas.public():
            Domain.objects.create(domain="listen.juniper.example", tenant=cast.client, is_primary=False)

    def test_people_of_its_agency_sign_in_and_see_no_other(self, ana: User, cast: Cast) -> None:
        with schemas.public():
            Membership.objects.create(user=ana, agency=cast.other, role="owner")
        visitor = enter(ana, host="listen.juniper.example")

        assert visitor.get(SESSION).json()["agencies"] == [{"id": cast.agency.id, "name": "Northlight"}]
        assert visitor.get(f"/api/v1/clients/{cast.client.id}").status_code == 200
        assert visitor.get(f"/api/v1/clients/{cast.second_client.id}").status_code == 404
        assert visitor.patch(SESSION, {"agency": cast.other.id}).status_code == 400
        for path in ("clients", "members", "invitations", "agency", "agencies"):
            assert visitor.get(f"/api/v1/{path}").status_code == 404

    def test_people_of_another_agency_are_nobody_there(self, cast: Cast, settings: Settings) -> None:
        settings.PASSWORD_HASHERS = HASHERS
        with schemas.public():
            stranger = make_person("stranger", agency=cast.other, role="owner")
        visitor = APIClient()
        visitor.defaults["SERVER_NAME"] = "listen.juniper.example"
        refused = visitor.post(SESSION, {"email": stranger.email, "password": PASSWORD})
        assert (refused.status_code, refused.json()["code"]) == (401, "wrong_credentials")
        with schemas.public():
            with_two_factor(stranger, now=timezone.now())
        refused = visitor.post(SESSION, {"email": stranger.email, "password": PASSWORD})
        assert (refused.status_code, refused.json()["code"]) == (401, "wrong_credentials")
        with schemas.public():
            User.objects.filter(pk=stranger.pk).update(totp_confirmed_at=None)

        carried = enter(stranger)  # a session of the API's own host, brought along
        carried.defaults["SERVER_NAME"] = "listen.juniper.example"
        answer = carried.get(f"/api/v1/clients/{cast.client.id}")
        assert (answer.status_code, answer.json()["code"]) == (403, "no_agency")


class TestWhereTwoFactorIsAskedFor:
    def test_people_without_get_no_further_than_switching_it_on(self, ana: User, cast: Cast) -> None:
        visitor = enter(ana)
        with schemas.public():
            Agency.objects.filter(pk=cast.agency.pk).update(require_two_factor=True)
        assert visitor.get(SESSION).json()["must_enrol"] is True
        for path in ("clients", "agency", f"clients/{cast.client.id}", f"clients/{cast.client.id}/queries"):
            refused = visitor.get(f"/api/v1/{path}")
            assert (refused.status_code, refused.json()["code"]) == (403, "two_factor_required")

        secret = visitor.post("/api/v1/two_factor", {"password": PASSWORD}).json()["secret"]
        code = pyotp.TOTP(secret).now()
        done = visitor.post("/api/v1/two_factor/confirmation", {"code": code})
        assert (done.status_code, len(done.json()["recovery_codes"])) == (200, 10)

        assert visitor.get("/api/v1/clients").status_code == 200
        shown = visitor.get("/api/v1/two_factor").json()
        assert (shown["enabled"], shown["recovery_codes_left"], shown["asked_for"]) == (True, 10, True)
        off = visitor.delete("/api/v1/two_factor", {"password": PASSWORD, "code": done.json()["recovery_codes"][0]})
        assert off.status_code == 409

    def test_signing_in_asks_for_the_code(self, ana: User) -> None:
        with schemas.public():
            authenticator, _ = with_two_factor(ana, now=timezone.now())
        asked = APIClient().post(SESSION, {"email": ana.email, "password": PASSWORD})

        assert (asked.status_code, asked.json()["code"]) == (401, "code_required")
        assert enter(ana, code=authenticator.now()).get(SESSION).json()["person"]["two_factor"] is True

    def test_switching_it_ends_other_sessions(self, ana: User) -> None:
        here, elsewhere = enter(ana), enter(ana)
        secret = here.post("/api/v1/two_factor", {"password": PASSWORD}).json()["secret"]
        codes = here.post("/api/v1/two_factor/confirmation", {"code": pyotp.TOTP(secret).now()}).json()
        assert [visitor.get(SESSION).status_code for visitor in (here, elsewhere)] == [200, 401]

        elsewhere = enter(ana, code=codes["recovery_codes"][0])
        proof = {"password": PASSWORD, "code": codes["recovery_codes"][1]}
        fresh = here.post("/api/v1/two_factor/recovery_codes", proof).json()["recovery_codes"]
        assert here.delete("/api/v1/two_factor", {"password": PASSWORD, "code": fresh[0]}).status_code == 204
        assert [visitor.get(SESSION).status_code for visitor in (here, elsewhere)] == [200, 401]


def test_one_network_address_gets_so_many_tries(ana: User, settings: Settings) -> None:
    body = {"email": "nobody@northlight.example", "password": "guess"}
    with mock.patch.dict("tenants.people.throttle.LIMITS", sign_in=3):
        codes = [APIClient().post(SESSION, body, REMOTE_ADDR="192.0.2.7").status_code for _ in range(4)]
        refused = APIClient().post(SESSION, body, REMOTE_ADDR="192.0.2.7")
        elsewhere = APIClient().post(SESSION, body, REMOTE_ADDR="192.0.2.8")
        settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
        # What a caller writes there itself comes first; the proxy's own entry is the last.
        proxied = [
            APIClient().post(SESSION, body, REMOTE_ADDR="192.0.2.9", HTTP_X_FORWARDED_FOR=f"198.51.100.{n}, 192.0.2.7")
            for n in range(2)
        ]

    assert codes == [401, 401, 401, 429]
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert 0 < int(refused["Retry-After"]) <= 600
    assert elsewhere.status_code == 401
    assert [answer.status_code for answer in proxied] == [429, 429]


def test_an_idempotency_key_is_good_for_one_agency_and_keeps_no_guessable_trace(ana: User, cast: Cast) -> None:
    with schemas.public():
        Membership.objects.filter(user=ana).update(role="manager")
        Membership.objects.create(user=ana, agency=cast.other, role="manager")
    visitor, once = enter(ana), {"HTTP_IDEMPOTENCY_KEY": "once"}
    body = b'{"name": "Harbour"}'

    def open_client() -> Any:
        return visitor.post("/api/v1/clients", body, content_type="application/json", **once)

    first = open_client()
    assert (first.status_code, open_client().json()) == (201, first.json())
    assert visitor.patch(SESSION, {"agency": cast.other.id}).status_code == 200
    assert open_client().status_code == 422
    with schemas.public():
        assert IdempotencyRecord.objects.get().body_digest != hashlib.sha256(body).hexdigest()
