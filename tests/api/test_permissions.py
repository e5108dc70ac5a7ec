"""Who may do what: every route, every method, every kind of caller."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.urls import get_resolver

from kernel import db as schemas
from kernel.ids import encode, uuid7
from tenants.models import Domain
from tenants.services import issue_key
from tests.api.conftest import Api, Things
from tests.api.table import CALLERS, CLIENT, OF_A_CLIENT, PEOPLE, ROWS, Row
from tests.cast import Cast

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# Taken back afterwards, in transactions that are not the application's.
HOLDS_TRANSACTIONS = True


def _served(urlconf: str) -> set[tuple[str, str]]:
    """Every (path, method) that a URL conf leads to, without the operator's admin."""
    (api,) = [entry for entry in get_resolver(urlconf).url_patterns if str(entry.pattern) == "api/v1/"]
    return {
        (str(route.pattern), method)
        for route in api.url_patterns
        for method in METHODS
        if hasattr(route.callback.cls, method.lower())
    }


def _send(api: Api, key: str | None, row: Row, url: str) -> Any:
    """Send a good request and take back what it did."""
    with transaction.atomic():
        response = getattr(api(key), row.method.lower())(url, **row.content())
        if response.streaming:
            response.getvalue()
        transaction.set_rollback(True)
    return response


@pytest.fixture
def keys(cast: Cast) -> dict[str, str | None]:
    with schemas.public():
        _, elsewhere = issue_key(
            agency_id=cast.agency.id, name="x", role="owner", actor="system", clients=[cast.second_client]
        )
    return {
        **cast.keys,
        "no key": None,
        "other agency": cast.other_keys["owner"],
        "bound elsewhere": elsewhere.text,
        **{name: name for name in PEOPLE},
    }


def test_the_table_holds_every_route_and_method() -> None:
    listed = [(row.path, row.method) for row in ROWS]

    assert len(listed) == len(set(listed))
    assert set(listed) == _served(settings.PUBLIC_SCHEMA_URLCONF)


def test_a_clients_own_host_serves_that_client_and_nothing_of_the_agency() -> None:
    expected = {
        (row.path, row.method)
        for row in ROWS
        if (row.least in ("open", "person") and row.path != "agencies") or row.path.startswith(CLIENT)
    }

    assert _served(settings.ROOT_URLCONF) == expected


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_who_may(row: Row, api: Api, things: Things, keys: dict[str, str | None]) -> None:
    url = row.url(things)

    got = {caller: _send(api, keys[caller], row, url).status_code for caller in CALLERS}

    assert got == {caller: row.expected(caller) for caller in CALLERS}


@pytest.mark.parametrize("row", OF_A_CLIENT, ids=str)
def test_somebody_elses_client_answers_as_one_that_never_was(
    row: Row, api: Api, cast: Cast, things: Things, keys: dict[str, str | None]
) -> None:
    url = row.url(things)
    strangers = (cast.other_client.id, encode("cli", uuid7()), "cli_0", "a" * 10_000, "%00", "%F0%9F", "cli_..%2f")

    answers = [_send(api, keys["owner"], row, url.replace(cast.client.id, stranger, 1)) for stranger in strangers]
    answers += [_send(api, keys[caller], row, url) for caller in ("other agency", "bound elsewhere")]

    bodies = {answer.content.replace(answer["X-Request-Id"].encode(), b"") for answer in answers}
    assert len(bodies) == 1
    assert {answer.status_code for answer in answers} == {404}
    assert {answer["Content-Type"] for answer in answers} == {"application/problem+json"}
    # A role that is too low must not tell that the client exists either.
    assert _send(api, cast.other_keys["viewer"], row, url).status_code == 404


@pytest.mark.parametrize("row", [row for row in ROWS if row.path.endswith(">") and row.path != CLIENT], ids=str)
def test_an_id_that_is_nobodys_is_not_found(row: Row, api: Api, cast: Cast, things: Things) -> None:
    base, prefix = row.url(things).rsplit("/", 1)[0], things[row.path.rsplit(":", 1)[1][:-1]].partition("_")[0]

    for name in (encode(prefix, uuid7()), "men_0", cast.client.id, "%00", "a" * 10_000, "%ED%A0%80", "-1"):
        answer = _send(api, "owner", row, f"{base}/{name}")
        assert (name[:20], answer.status_code) == (name[:20], 404)


@pytest.mark.parametrize("path", sorted({row.path for row in ROWS}))
def test_other_methods_are_refused_by_name(path: str, api: Api, things: Things) -> None:
    rows = [row for row in ROWS if row.path == path]
    known = {row.method for row in rows}

    for method in sorted({*METHODS, "TRACE"} - known):
        refused = api("owner").generic(method, rows[0].url(things))
        assert (method, refused.status_code, refused.json()["code"]) == (method, 405, "method_not_allowed")
        assert known <= set(refused["Allow"].split(", "))
    asked = api("viewer").options(rows[0].url(things))
    assert (asked.status_code, asked.content) == (204, b"")
    assert known <= set(asked["Allow"].split(", "))


def test_a_clients_host_hides_the_agencys_other_clients(api: Api, cast: Cast) -> None:
    with schemas.public():
        Domain.objects.create(domain="juniper.example", tenant=cast.client, is_primary=True)
    there = api("owner")
    there.defaults["SERVER_NAME"] = "juniper.example"

    assert there.get(f"/api/v1/clients/{cast.client.id}").status_code == 200
    assert there.get(f"/api/v1/clients/{cast.second_client.id}").status_code == 404
    assert there.get("/api/v1/clients").status_code == 404
    assert there.get("/api/v1/api_keys").status_code == 404
    assert there.get("/api/v1/health").status_code == 200


@pytest.mark.parametrize("text", ["", "ear_x", "ear_" + "a" * 12 + "_" + "b" * 43, "é" * 20, "\x00", "a" * 5_000])
def test_a_key_that_is_none_is_asked_for(text: str, api: Api, place: str) -> None:
    refused = api(text).get(place)

    assert refused.status_code == 401
    assert refused["WWW-Authenticate"] == "Bearer"


def test_the_key_may_come_in_a_header_of_its_own(api: Api, cast: Cast, place: str) -> None:
    assert api(None).get(place, HTTP_X_API_KEY=cast.keys["viewer"]).status_code == 200
