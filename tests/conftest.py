"""Fixtures for all rooms: a real PostgreSQL, made once per session, and a transaction around each test."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.db import connection
from hypothesis import settings as properties
from pytest_django.plugin import DjangoDbBlocker
from rest_framework.test import APIClient

from analytics.language.engines import ENGINES
from kernel import db
from kernel.ids import uuid7
from kernel.queue import coalescing
from tenants.models import Membership, User
from tests.cast import Cast, assemble
from tests.crossing import watching
from tests.language.toy import Engines, ToyEngine

# Properties try the same examples in every run, and none fails because the machine is busy. To look for more:
# `pytest --hypothesis-profile=default`.
properties.load_profile("ci")

_READ_BY_MIDDLEWARE = re.compile("MIDDLEWARE|DEBUG|STATIC|STORAGES|SECURE_|WHITENOISE_|SESSION_|CSRF_|APPEND_SLASH")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that commits names the applications whose tables are emptied after it (`COMMITTING`): all others' hold
    the cast, without which every later test fails."""
    for item in items:
        mark = item.get_closest_marker("django_db")
        told = mark.kwargs if mark else {}
        commits = told.get("transaction") or "transactional_db" in getattr(item, "fixturenames", ())
        if commits and not told.get("available_apps"):
            raise pytest.UsageError(f"{item.nodeid} would empty every table")


@pytest.fixture(scope="session", autouse=True)
def middleware_loaded_once() -> Iterator[None]:
    """Every test client loads the middleware anew, and WhiteNoise looks at all static files then, which takes longer
    than most requests. Here it is loaded once for each way it may be set."""
    load, loaded = BaseHandler.load_middleware, {}

    def once(handler: Any, is_async: bool = False) -> None:
        read = [(name, repr(getattr(settings, name))) for name in dir(settings) if _READ_BY_MIDDLEWARE.match(name)]
        key = (type(handler), is_async, tuple(read))
        if key not in loaded:
            load(handler, is_async)
            loaded[key] = handler
        vars(handler).update({name: value for name, value in vars(loaded[key]).items() if "middleware" in name})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseHandler, "load_middleware", once)
        yield


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, request: pytest.FixtureRequest
) -> Iterator[None]:
    """Adds the cast to the test database, so that its three schemas are made once and not per test."""
    with django_db_blocker.unblock():
        request.config.cast = assemble()  # type: ignore[attr-defined]
    yield
    with django_db_blocker.unblock(), db.public(), db.as_owner(), connection.cursor() as cursor:
        # Roles belong to the cluster, not to the test database, and would outlive it.
        cursor.execute("SELECT schema_name FROM tenants_client")
        schemas = [row[0] for row in cursor.fetchall()]
        for schema in schemas:
            cursor.execute(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')
            cursor.execute(f'DROP ROLE IF EXISTS "{schema}"')


@pytest.fixture
def cast(db: None, request: pytest.FixtureRequest) -> Cast:
    """The agencies, clients and keys that every test may use. Changes to them are rolled back."""
    cast: Cast = deepcopy(request.config.cast)  # type: ignore[attr-defined]
    return cast


@pytest.fixture
def in_client(cast: Cast) -> Iterator[Cast]:
    """Runs the test inside the first client's schema, under its role."""
    with db.enter(cast.client.schema_name):
        yield cast


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Engines:
    """Puts an engine in force for as long as the test takes."""

    def use(engine: ToyEngine) -> None:
        # By a name of its own each: what was loaded once stays loaded.
        name = f"toy{uuid7().hex}"
        monkeypatch.setitem(ENGINES, name, lambda *_: engine)
        settings.LANGUAGE_ENGINE = name

    return use


@pytest.fixture
def api(cast: Cast) -> Callable[[str | None], APIClient]:
    """`api("viewer")` is a client of the API with that role's key; `api(None)` has none; `api("person")` is the owner,
    signed in, and `api("client viewer")` somebody who has that role at the first client only; any other text is a key.
    """

    def client(key: str | None) -> APIClient:
        made = APIClient()
        if key == "person" or (key or "").startswith("client "):
            return sign_in(made, cast, key or "")
        if key is not None:
            made.credentials(HTTP_AUTHORIZATION=f"Bearer {cast.keys.get(key, key)}")
        return made

    return client


def sign_in(visitor: APIClient, cast: Cast, who: str) -> APIClient:
    with db.public():
        person = cast.owner
        if who != "person":
            role = who.removeprefix("client ")
            person = User.objects.filter(email=f"{role}@juniper.example").first() or User.objects.create_user(
                f"{role}@juniper.example"
            )
            Membership.objects.get_or_create(
                user=person, agency=cast.agency, client=cast.client, defaults={"role": role}
            )
        visitor.force_login(person)
        visitor.credentials(HTTP_X_CSRF_TOKEN=visitor.session["write_token"])
    return visitor


@pytest.fixture(autouse=True)
def files_in_tmp(settings: object, tmp_path: Path) -> None:
    """No test writes into the project's home."""
    settings.FILES_ROOT = tmp_path / "files"  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def one_client_per_transaction(request: pytest.FixtureRequest) -> Iterator[None]:
    """What tests run must work in strict mode and over clusters, where a transaction is one client's, or nobody's."""
    with watching() as crossed:
        yield
    if not getattr(request.module, "HOLDS_TRANSACTIONS", False):
        assert crossed == []


@pytest.fixture
def spans_end() -> None:
    """For tests of what is asked for once within a span, at moments of their own."""


@pytest.fixture(autouse=True)
def spans_outlast_tests(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked for once within a span is so within the whole test, and not due before it is drained as delayed:
    whether a span of the machine's clock ends meanwhile must not decide what a test finds."""
    if "spans_end" not in request.fixturenames:
        monkeypatch.setattr(coalescing, "span_of", lambda *_: (0, timedelta(days=-1)))


@pytest.fixture(autouse=True)
def back_to_public() -> Iterator[None]:
    """A test that leaves a client's schema set must not pass it on."""
    yield
    connection.set_schema_to_public()  # type: ignore[attr-defined]
