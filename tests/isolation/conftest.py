"""Every attack is tried in both modes: one login that switches roles, and one login per client."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from analytics.listening.models import Query
from kernel import db
from kernel.db.sessions import reset
from kernel.db.targets import store
from tenants import schema
from tests.cast import Cast
from tests.isolation.attack import SECRET
from tests.isolation.foreign import noted_once, scene, unlimited

__all__ = ["noted_once", "scene", "unlimited"]


@contextmanager
def isolation(mode: str) -> Iterator[None]:
    """Run the block in this mode, as after a change of EARSHOT_ISOLATION and `migrate`."""
    before = connection.settings_dict["ISOLATION"]
    _switch(mode)
    try:
        yield
    finally:
        _switch(before)


def _switch(mode: str) -> None:
    connection.close()
    store.clear()
    connection.settings_dict["ISOLATION"] = mode
    schema.admit_login()


@contextmanager
def pooled(size: int) -> Iterator[None]:
    """Run the block with a pool, as with EARSHOT_POOL_SIZE."""
    settings = connection.settings_dict
    before = settings["CONN_MAX_AGE"]
    connection.close()
    # Threads wait for each other here, and on a busy machine for long.
    times = {"max_lifetime": 3600, "timeout": 120}
    settings["OPTIONS"]["pool"] = {"min_size": 1, "max_size": size, **times, "reset": reset}
    settings["CONN_MAX_AGE"] = 0
    try:
        yield
    finally:
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]
        del settings["OPTIONS"]["pool"]
        settings["CONN_MAX_AGE"] = before


@pytest.fixture(scope="module", params=["default", "strict"])
def mode(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The module's tests once in each mode. They commit: a transaction belongs to one client's session."""
    with django_db_blocker.unblock():
        entered = isolation(request.param)
        entered.__enter__()
    yield request.param
    with django_db_blocker.unblock():
        entered.__exit__(None, None, None)


@pytest.fixture
def other(in_client: Cast) -> Iterator[str]:
    """The other client's schema, with a secret in it. What is committed in either is deleted."""
    theirs = str(in_client.second_client.schema_name)
    with db.enter(theirs):
        Query.objects.create(name=SECRET, kind="brand", text=SECRET)
    yield theirs
    for name in (theirs, in_client.client.schema_name):
        with db.enter(name), connection.cursor() as cursor:
            cursor.execute("DELETE FROM listening_query")


@pytest.fixture
def cast(db: None, request: pytest.FixtureRequest) -> Cast:
    """The cast itself, of which nothing here is changed: among the applications of a committing test it cannot be
    copied."""
    cast: Cast = request.config.cast  # type: ignore[attr-defined]
    return cast
