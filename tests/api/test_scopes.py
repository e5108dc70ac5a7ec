"""Scopes: what narrows a key down further than its role."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.urls import get_resolver
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from api.permissions import RESOURCES, SCOPES, DenyUnlessDeclared, least, resource_of
from kernel import db as schemas
from tenants.access import Caller
from tenants.scopes import in_order
from tenants.services import issue_key
from tests.api.conftest import Api, Things
from tests.api.table import CLIENT, ROWS, Row
from tests.cast import Cast

# What keys may use; what only people may is closed to every key, whatever its scopes.
CLOSED = tuple(row for row in ROWS if row.least not in ("open", "person"))
# A key can only make, change or renew keys that can do no more than itself; those in the table can do all.
PASSING_ON = tuple(row for row in CLOSED if row.path.startswith("api_keys") and row.method in ("POST", "PATCH"))
# Taken back afterwards, in transactions that are not the application's.
HOLDS_TRANSACTIONS = True


def views() -> dict[str, Any]:
    (api,) = [
        entry for entry in get_resolver(settings.PUBLIC_SCHEMA_URLCONF).url_patterns if str(entry.pattern) == "api/v1/"
    ]
    return {str(route.pattern): route.callback.cls for route in api.url_patterns}


def scope_of(row: Row) -> str:
    return f"{resource_of(views()[row.path], row.method)}:{'read' if row.method == 'GET' else 'write'}"


def key_with(cast: Cast, *scopes: str, role: str = "owner") -> str:
    with schemas.public():
        return issue_key(agency_id=cast.agency.id, name="s", role=role, actor="system", scopes=scopes)[1].text


def send(api: Api, key: str, row: Row, url: str) -> Any:
    with transaction.atomic():
        response = getattr(api(key), row.method.lower())(url, **row.content())
        if response.streaming:
            response.getvalue()
        transaction.set_rollback(True)
    return response


@pytest.mark.parametrize("row", CLOSED, ids=str)
def test_every_route_is_about_something(row: Row) -> None:
    assert resource_of(views()[row.path], row.method) in RESOURCES


@pytest.mark.parametrize("row", [row for row in CLOSED if row not in PASSING_ON], ids=str)
def test_a_key_needs_the_scope_of_the_route_and_no_other(row: Row, api: Api, cast: Cast, things: Things) -> None:
    needed, url = scope_of(row), row.url(things)
    enough = {needed, needed.replace(":read", ":write")}

    with_it = [send(api, key_with(cast, name), row, url).status_code for name in sorted(enough)]
    without = send(api, key_with(cast, *(name for name in SCOPES if name not in enough)), row, url)

    assert set(with_it) == {row.good}
    assert (without.status_code, without.json()["code"], without.json()["scope"]) == (403, "missing_scope", needed)
    assert needed in without.json()["detail"]


@pytest.mark.parametrize("row", [row for row in CLOSED if row.path.startswith(CLIENT)], ids=str)
def test_a_client_out_of_reach_is_not_found_before_any_scope_is_missed(
    row: Row, api: Api, cast: Cast, things: Things
) -> None:
    stranger = row.url(things).replace(cast.client.id, cast.other_client.id, 1)

    refused = send(api, key_with(cast, "audit:read"), row, stranger)

    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")


def test_a_role_that_is_too_low_is_not_raised_by_a_scope(api: Api, cast: Cast, place: str) -> None:
    refused = api(key_with(cast, "queries:write", role="viewer")).post(f"{place}/queries", {"name": "x"})

    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")


def test_head_reads_and_options_are_free(api: Api, cast: Cast, place: str) -> None:
    reader = api(key_with(cast, "queries:read"))

    assert reader.head(f"{place}/queries").status_code == 200
    assert reader.head(f"{place}/feeds").status_code == 403
    assert reader.options(f"{place}/feeds").status_code == 204


def test_a_view_that_is_about_nothing_is_closed() -> None:
    class Nameless(APIView):
        roles = least(GET="viewer")

        def get(self, request: Any) -> None: ...

    request = APIRequestFactory().get("/")
    request.user = Caller(id="key_1", agency_id="agy_1", role="owner")  # type: ignore[assignment]

    assert DenyUnlessDeclared().has_permission(request, Nameless()) is False  # type: ignore[arg-type]


def test_scopes_are_kept_once_and_without_what_is_implied() -> None:
    assert in_order(["b:read", "a:read", "a:write", "b:read"]) == ["a:write", "b:read"]
    assert in_order([]) == []
