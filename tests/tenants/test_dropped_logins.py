"""In strict mode sessions are kept for a client's login. They end with the client, whoever keeps them, so that nobody
meets one when a client of the same name is restored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest
from django.db import DatabaseError, close_old_connections, connection, transaction

from analytics.listening.models import Query
from kernel import db
from kernel.db import opening
from kernel.db.sessions import Target, is_alive
from kernel.db.targets import store
from tenants import schema, services
from tenants.models import Agency, Client, User
from tests.isolation.conftest import isolation
from tests.kernel.queue_fixtures import COMMITTING, committed
from tests.tenants.committing import agency

__all__ = ["agency", "committed"]

pytestmark = COMMITTING


@pytest.fixture
def client(agency: tuple[Agency, User]) -> Iterator[Client]:
    made, owner = agency
    with isolation("strict"):
        yield services.create_client(agency_id=made.id, name="c", locale="en-GB", time_zone="UTC", actor=owner.id)


def elsewhere(client: Client) -> Any:
    """A session of the client's login as another process keeps one."""
    return opening.connect(cast(Any, connection), Target(login=client.schema_name))


def rows(client: Client) -> int:
    """As one request does."""
    try:
        with db.enter(client.schema_name):
            return Query.objects.count()
    finally:
        close_old_connections()


def test_sessions_end_with_the_client_wherever_they_are_kept(client: Client) -> None:
    assert rows(client) == 0
    target = Target(login=client.schema_name)
    kept = store.take(target)
    assert kept is not None
    store.give(kept)
    beside = elsewhere(client)
    assert is_alive(kept)
    assert is_alive(beside)

    schema.drop(client.schema_name)

    assert not is_alive(kept)
    assert not is_alive(beside)
    beside.close()
    schema.create(client.schema_name)
    assert [rows(client) for _ in range(3)] == [0, 0, 0]


def test_one_that_came_in_between_is_not_used_twice(client: Client) -> None:
    with transaction.atomic():
        schema.drop(client.schema_name)
        late = elsewhere(client)
    store.give(late)
    schema.create(client.schema_name)
    assert store.take(Target(login=client.schema_name)) is late
    store.give(late)

    with pytest.raises(DatabaseError, match="does not exist"):
        rows(client)

    assert not is_alive(late)
    assert rows(client) == 0


def test_others_sessions_go_on(client: Client, agency: tuple[Agency, User]) -> None:
    made, owner = agency
    other = services.create_client(agency_id=made.id, name="o", locale="en-GB", time_zone="UTC", actor=owner.id)
    theirs = elsewhere(other)
    schema.drop(client.schema_name)
    assert is_alive(theirs)
    theirs.close()
    assert rows(other) == 0
