"""A client's own host name serves that client alone; the API's host serves every agency."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import get_urlconf, set_urlconf
from rest_framework.test import APIClient

from kernel import db
from tenants.middleware import ClientDomain
from tenants.models import Client, Domain
from tests.cast import Cast

Api = Callable[[str | None], APIClient]


@pytest.fixture
def host(cast: Cast) -> str:
    Domain.objects.create(domain="juniper.example", tenant=cast.client, is_primary=True)
    return "juniper.example"


def served(name: str) -> tuple[Client | None, str, str]:
    """The client, the URLs and the schema that a request to this host is handled with."""
    seen: list[tuple[Client | None, str, str]] = []

    def handle(request: HttpRequest) -> HttpResponse:
        client = request.domain_client  # type: ignore[attr-defined]
        seen.append((client, str(get_urlconf()), db.current()))
        return HttpResponse()

    try:
        ClientDomain(handle)(RequestFactory().get("/", headers={"host": name}))
    finally:
        set_urlconf(None)
    return seen[0]


@pytest.mark.parametrize("written", ["juniper.example", "JUNIPER.example", "juniper.example:8000"])
def test_a_clients_host_is_known_in_any_case_and_on_any_port(host: str, cast: Cast, written: str) -> None:
    client, urls, schema = served(written)
    assert client == cast.client
    assert urls == "config.urls_tenant"
    assert schema == db.PUBLIC


@pytest.mark.parametrize("written", ["testserver", "example", "www.juniper.example", "juniper.example.evil.example"])
def test_any_other_host_belongs_to_no_client(host: str, written: str) -> None:
    assert served(written) == (None, "config.urls_public", db.PUBLIC)


def test_no_schema_is_left_over_from_what_ran_before(host: str, cast: Cast) -> None:
    with db.enter(cast.second_client.schema_name):
        assert served(host)[2] == db.PUBLIC
        assert db.current() == cast.second_client.schema_name


def test_on_a_clients_host_other_clients_and_the_agency_do_not_exist(api: Api, cast: Cast, host: str) -> None:
    owner = api("owner")
    own, other = f"/api/v1/clients/{cast.client.id}/queries", f"/api/v1/clients/{cast.second_client.id}/queries"
    assert owner.get(own, headers={"host": host}).status_code == 200
    assert owner.get(other, headers={"host": host}).status_code == 404
    assert owner.get("/api/v1/api_keys", headers={"host": host}).status_code == 404
    assert owner.get("/api/v1/api_keys").status_code == 200
    assert owner.get("/admin/", headers={"host": host}).status_code == 404
    assert owner.get(other).status_code == 200


def test_a_host_lets_nobody_in_who_has_no_key_for_it(api: Api, cast: Cast, host: str) -> None:
    path = f"/api/v1/clients/{cast.client.id}/queries"
    assert api(None).get(path, headers={"host": host}).status_code == 401
    assert api(cast.other_keys["owner"]).get(path, headers={"host": host}).status_code == 404
