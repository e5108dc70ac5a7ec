"""A client's host names and brand from the start, and clients and agencies that are suspended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import Settings
from rest_framework.test import APIClient

from analytics.journey.actors import poll_feeds
from analytics.sources.models import Feed
from kernel import db, http
from kernel.errors import Conflict, NotAllowed, ValidationFailed
from kernel.queue import models as queue
from kernel.queue import send
from kernel.queue.testing import drain
from tenants import hostnames, lifecycle, selectors, services
from tenants.lifecycle import domains
from tenants.models import AuditEvent, Branding, Client, Domain
from tests.cast import Cast
from tests.tenants.test_services import fresh, open_client

Api = Callable[[str | None], APIClient]
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def proving(client: Client, **wrong: Any) -> Callable[[str], http.Response]:
    """A web that has the client's proof where it should be, or something `wrong` in its place."""
    expected_url, proof = domains.proof_of(client)

    def read(url: str) -> http.Response:
        assert url == expected_url
        answer = {"status": 200, "headers": {}, "body": f"{proof}\n".encode(), "url": url}
        return http.Response(**{**answer, **wrong})

    return read


def unreachable(url: str) -> http.Response:
    raise http.FetchError("unreachable", "nobody answers")


class TestHostNames:
    @pytest.mark.parametrize(
        ("name", "slug"),
        [
            ("Juniper Bakery", "juniper-bakery"),
            ("Café Größe & Söhne", "cafe-grosse-sohne"),
            ("  --A--  ", "a"),
            ("日本語", "client"),
            ("xn--80ak6aa92e", "xn-80ak6aa92e"),
            ("ana@example.org", "client"),
            ("Call 030 / 123 45 67", "client"),
            ("", "client"),
            ("a" * 200, "a" * 40),
            ("'; DROP--", "drop"),
        ],
    )
    def test_a_slug_is_made_of_letters_digits_and_hyphens(self, name: str, slug: str) -> None:
        assert hostnames.slug(name) == slug

    @pytest.mark.parametrize(
        ("written", "name"),
        [
            ("Listen.Juniper.example", "listen.juniper.example"),
            ("bäckerei.example.", "xn--bckerei-5wa.example"),
            ("a.b", "a.b"),
            ("localhost", None),
            ("x.localhost", None),
            ("x.internal", None),
            ("127.0.0.1", None),
            ("1.2.3.4.5", None),
            ("a..b.example", None),
            ("-a.example", None),
            ("a_b.example", None),
            ("a.example:80", None),
            ("a.example/x", None),
            ("x" * 64 + ".example", None),
            (".".join(["a" * 60] * 5), None),
            ("", None),
            ("\x00.example", None),
        ],
    )
    def test_a_name_of_ones_own_is_a_name_on_the_open_internet(self, written: str, name: str | None) -> None:
        assert hostnames.in_ascii(written) == name

    def test_each_client_has_one_that_nobody_can_guess(self, cast: Cast) -> None:
        names = {domains.host_name(open_client(cast, name="Rye & Co")) for _ in range(3)}
        assert len(names) == 3
        for name in names:
            assert name is not None
            assert name.startswith("rye-co-")
            assert name.endswith(".localhost")
            assert hostnames.of_header(name) == name

    def test_it_serves_the_client_also_where_hosts_are_limited(self, cast: Cast, api: Api, settings: Settings) -> None:
        settings.ALLOWED_HOSTS = ["api.example"]
        host = domains.host_name(cast.client)
        assert host is not None
        path = f"/api/v1/clients/{cast.client.id}"
        assert api("viewer").get(path, headers={"host": host}).status_code == 200
        assert api("viewer").get("/api/v1/clients", headers={"host": host}).status_code == 404
        assert api("viewer").get(path, headers={"host": "elsewhere.example"}).status_code == 400


class TestANameOfItsOwn:
    def opened(self, cast: Cast, name: str = "listen.juniper.example") -> Client:
        return services.create_client(
            agency_id=cast.agency.id, name="x", locale="en-GB", time_zone="UTC", actor=cast.owner.id, domain=name
        )

    def test_serves_once_it_is_proved_and_not_before(self, cast: Cast) -> None:
        client = self.opened(cast)
        made = domains.host_name(client)
        assert selectors.client_of_host("listen.juniper.example") is None
        assert lifecycle.prove_domain(client=client, actor="x", read=proving(client)) == "listen.juniper.example"
        assert selectors.client_of_host("listen.juniper.example") == client
        assert made is not None
        assert selectors.client_of_host(made) == client
        assert domains.host_name(client) == "listen.juniper.example"
        assert fresh(client).pending_domain == ""

    @pytest.mark.parametrize(
        "wrong",
        [
            {"status": 404},
            {"body": b""},
            {"body": b"0" * 64},
            {"url": "http://elsewhere.example/.well-known/earshot-domain.txt"},
            {"url": "http://listen.juniper.example.evil.example/.well-known/earshot-domain.txt"},
        ],
    )
    def test_what_is_no_proof_proves_nothing(self, cast: Cast, wrong: dict[str, Any]) -> None:
        client = self.opened(cast)
        with pytest.raises(domains.DomainNotProved):
            lifecycle.prove_domain(client=client, actor="x", read=proving(client, **wrong))
        with pytest.raises(domains.DomainNotProved):
            lifecycle.prove_domain(client=client, actor="x", read=unreachable)
        assert selectors.client_of_host("listen.juniper.example") is None

    def test_another_clients_proof_is_none(self, cast: Cast) -> None:
        mine, theirs = self.opened(cast), self.opened(cast)
        _, proof = domains.proof_of(theirs)
        with pytest.raises(domains.DomainNotProved):
            lifecycle.prove_domain(client=mine, actor="x", read=proving(mine, body=proof.encode()))

    def test_a_claim_keeps_nobody_from_it_and_a_taken_name_answers_like_a_missing_proof(
        self, cast: Cast, api: Api
    ) -> None:
        squatter, owner = self.opened(cast), fresh(cast.other_client)
        services.update_client(client=owner, actor="x", domain="listen.juniper.example")
        lifecycle.prove_domain(client=owner, actor="x", read=proving(owner))

        with pytest.raises(domains.DomainNotProved) as taken:
            lifecycle.prove_domain(client=squatter, actor="x", read=proving(squatter))
        with pytest.raises(domains.DomainNotProved) as missing:
            lifecycle.prove_domain(client=squatter, actor="x", read=unreachable)

        assert (taken.value.detail, taken.value.code) == (missing.value.detail, missing.value.code)
        # A claim itself tells nothing either.
        claims = [
            api("manager").patch(f"/api/v1/clients/{squatter.id}", {"domain": name})
            for name in ("listen.juniper.example", "nobody.juniper.example")
        ]
        assert [claim.status_code for claim in claims] == [200, 200]
        assert [claim.json()["pending_domain"].keys() for claim in claims] == [{"name", "proof_at", "proof"}] * 2
        assert selectors.client_of_host("listen.juniper.example") == owner

    def test_giving_it_up_leaves_the_one_that_was_made(self, cast: Cast) -> None:
        client = self.opened(cast)
        made = domains.host_name(client)
        lifecycle.prove_domain(client=client, actor="x", read=proving(client))
        services.update_client(client=client, actor="x", domain="other.juniper.example")
        lifecycle.prove_domain(client=client, actor="x", read=proving(client))
        assert selectors.client_of_host("listen.juniper.example") is None
        services.update_client(client=client, actor="x", domain=None)
        assert selectors.client_of_host("other.juniper.example") is None
        assert domains.host_name(client) == made
        assert Domain.objects.filter(tenant=client).count() == 1

    @pytest.mark.parametrize(
        "name", ["x.localhost", "api.example", "deep.api.example", "portal.example", "no", "1.2.3.4"]
    )
    def test_ours_and_impossible_ones_are_refused(self, cast: Cast, settings: Settings, name: str) -> None:
        settings.ALLOWED_HOSTS = ["*", ".api.example"]
        settings.PORTAL_URL = "https://portal.example/in"
        before = Client.objects.count()
        with pytest.raises(ValidationFailed) as problem:
            self.opened(cast, name)
        assert [(field.pointer, field.code) for field in problem.value.fields] == [("/domain", "bad_domain")]
        assert Client.objects.count() == before


class TestABrandFromTheStart:
    def test_what_is_not_said_is_the_agencys(self, cast: Cast, api: Api) -> None:
        services.set_branding(agency_id=cast.agency.id, actor="x", primary="#102030")
        made = api("manager").post("/api/v1/clients", {"name": "New", "branding": {"accent": "#abcdef"}}).json()
        brand = Branding.objects.get(client_id=made["id"])
        assert (brand.primary, brand.accent) == ("#102030", "#abcdef")

    def test_a_colour_that_is_none_makes_no_client(self, cast: Cast, api: Api) -> None:
        before = Client.objects.count()
        refused = api("manager").post("/api/v1/clients", {"name": "New", "branding": {"accent": "red"}})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/branding/accent")
        assert Client.objects.count() == before


class TestASuspendedClient:
    @pytest.fixture
    def place(self, cast: Cast, api: Api) -> str:
        path = f"/api/v1/clients/{cast.client.id}"
        assert api("manager").post(f"{path}/suspension").json()["status"] == "suspended"
        return path

    def test_can_be_read_and_not_written_to(self, api: Api, place: str) -> None:
        assert api("viewer").get(f"{place}/queries").status_code == 200
        assert api("viewer").get(place).json()["suspended_at"] is not None
        refused = api("owner").post(f"{place}/queries", {"name": "late", "kind": "topic", "text": "late"})
        assert (refused.status_code, refused.json()["code"]) == (409, "client_suspended")
        assert api("owner").delete(f"{place}/suspension").json()["status"] == "active"
        made = api("owner").post(f"{place}/queries", {"name": "late", "kind": "topic", "text": "late"})
        assert made.status_code == 201

    def test_is_not_polled_and_its_work_waits_until_it_is_resumed(self, cast: Cast, api: Api, place: str) -> None:
        with db.enter(cast.client.schema_name):
            Feed.objects.create(url="http://feeds.invalid/a", name="a", active=False)
            send("journey.poll_feed", "fed_none")
        poll_feeds()
        drain()
        (waiting,) = queue.Message.objects.filter(schema=cast.client.schema_name)
        assert (waiting.payload["actor_name"], waiting.worker) == ("journey.poll_feed", None)
        assert "retries" not in waiting.payload["options"]
        api("owner").delete(f"{place}/suspension")
        assert drain() == 1
        assert not queue.Message.objects.filter(schema=cast.client.schema_name).exists()
        assert not queue.DeadLetter.objects.exists()

    def test_others_work_goes_on(self, cast: Cast, place: str) -> None:
        with db.enter(cast.second_client.schema_name):
            send("journey.poll_feed", "fed_none")
        assert drain() == 1

    def test_suspending_twice_is_as_once_and_resuming_twice_a_conflict(self, cast: Cast) -> None:
        client = fresh(cast.client)
        lifecycle.suspend_client(client=client, actor="x", now=NOW)
        lifecycle.suspend_client(client=client, actor="x", now=NOW)
        lifecycle.resume_client(client=client, actor="x")
        with pytest.raises(Conflict):
            lifecycle.resume_client(client=client, actor="x")
        found = AuditEvent.objects.filter(client_id_text=client.id, actor="x").order_by("id")
        assert list(found.values_list("action", flat=True)) == ["client.suspended", "client.resumed"]

    def test_one_that_is_about_to_be_deleted_cannot_be_suspended(self, cast: Cast, api: Api) -> None:
        path = f"/api/v1/clients/{cast.client.id}"
        api("owner").post(f"{path}/deletion")
        assert api("owner").post(f"{path}/suspension").status_code == 409


class TestASuspendedAgency:
    def test_lets_nobody_in_and_no_work_be_done_until_it_is_resumed(self, cast: Cast, api: Api) -> None:
        agency = type(cast.agency).objects.get(id=cast.agency.id)
        lifecycle.suspend_agency(agency=agency, actor="usr_operator", now=NOW)
        refused = api("owner").get("/api/v1/clients")
        assert (refused.status_code, refused.json()["code"]) == (403, "agency_suspended")
        assert api(cast.other_keys["owner"]).get("/api/v1/clients").status_code == 200
        with pytest.raises(NotAllowed):
            selectors.caller_of(cast.keys["owner"])
        with db.enter(cast.client.schema_name):
            send("journey.poll_feed", "fed_none")
        drain()
        assert queue.Message.objects.filter(schema=cast.client.schema_name).count() == 1
        lifecycle.resume_agency(agency=agency, actor="usr_operator")
        drain()
        assert api("owner").get("/api/v1/clients").status_code == 200
        assert not queue.Message.objects.filter(schema=cast.client.schema_name).exists()
        actions = AuditEvent.objects.filter(agency=agency, actor="usr_operator").order_by("id")
        assert list(actions.values_list("action", flat=True)) == ["agency.suspended", "agency.resumed"]
