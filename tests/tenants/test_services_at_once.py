"""Opening and deleting clients from several threads at once, each with a transaction that really commits."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import TypeVar

import pytest
from django.db import DataError, connection, connections

from analytics.listening.models import Query
from kernel import db
from kernel.errors import Conflict, EarshotError, NotFound
from tenants import services
from tenants.lifecycle import purging
from tenants.models import Agency, AuditEvent, Client, Domain, User
from tests.kernel.queue_fixtures import COMMITTING, committed
from tests.tenants.committing import agency

__all__ = ["agency", "committed"]

pytestmark = COMMITTING
Made = TypeVar("Made")


def at_once(*acts: Callable[[], Made]) -> list[Made | EarshotError]:
    """What the acts answered, begun together, each in a thread and on a connection of its own."""
    gate = Barrier(len(acts))

    def run(act: Callable[[], Made]) -> Made | EarshotError:
        gate.wait()
        try:
            return act()
        except EarshotError as problem:
            return problem
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def left_over() -> int:
    """How many client schemas and roles there are."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'c\\_%') "
            "+ (SELECT count(*) FROM pg_roles WHERE rolname LIKE 'c\\_%')"
        )
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])


def opening(agency: Agency, owner: User, name: str) -> Callable[[], Client]:
    return lambda: services.create_client(
        agency_id=agency.id, name=name, locale="en-GB", time_zone="UTC", actor=owner.id
    )


def test_two_clients_opened_at_once_are_both_whole(agency: tuple[Agency, User]) -> None:
    made = at_once(*(opening(*agency, name) for name in ("One", "Two", "Three")))
    schemas = {client.schema_name for client in made if isinstance(client, Client)}
    assert len(schemas) == 3
    for name in schemas:
        with db.enter(name):
            Query.objects.create(name=name, kind="brand", text="one")
            assert [query.name for query in Query.objects.all()] == [name]


def test_an_error_leaves_no_schema_role_or_row(agency: tuple[Agency, User]) -> None:
    made, _ = agency
    before = left_over()
    with pytest.raises(DataError):
        services.create_client(agency_id=made.id, name="Half", locale="en-GB", time_zone="UTC", actor="x" * 41)
    assert left_over() == before
    assert not Client.objects.filter(agency=made).exists()
    assert not AuditEvent.objects.filter(agency=made, action="client.created").exists()


def test_ten_clients_of_one_name_opened_at_once_are_all_whole(agency: tuple[Agency, User]) -> None:
    made = at_once(*(opening(*agency, "Juniper Bakery") for _ in range(10)))
    clients = [client for client in made if isinstance(client, Client)]
    assert len({client.schema_name for client in clients}) == 10
    hosts = set(Domain.objects.filter(tenant__in=clients, is_primary=True).values_list("domain", flat=True))
    assert len(hosts) == 10
    assert {status for (status,) in Client.objects.filter(agency=agency[0]).values_list("status")} == {"active"}
    assert len({bytes(client.wrapped_key) for client in clients}) == 10


def test_of_two_last_steps_at_once_one_deletes(agency: tuple[Agency, User]) -> None:
    made, owner = agency
    client = opening(made, owner, "One")()
    token = services.request_deletion(client=client, actor=owner.id)
    mine, theirs = Client.objects.get(id=client.id), Client.objects.get(id=client.id)

    answers = at_once(
        *(
            lambda one=one: services.confirm_deletion(client=one, token=token, actor=owner.id, immediately=True)
            for one in (mine, theirs)
        )
    )

    assert sorted(type(answer).__name__ for answer in answers) == ["NotFound", "bool"]
    assert AuditEvent.objects.filter(client_id_text=client.id, action="client.key_destroyed").count() == 1


def test_purged_by_two_workers_at_once_it_is_purged_once(agency: tuple[Agency, User]) -> None:
    made, owner = agency
    client = opening(made, owner, "One")()
    token = services.request_deletion(client=client, actor=owner.id)
    services.confirm_deletion(client=client, token=token, actor=owner.id, immediately=True)
    now = datetime.now(UTC)

    at_once(*(lambda: purging.purge(client_id=client.id, now=now) for _ in range(3)))

    assert not Client.objects.filter(id=client.id).exists()
    assert AuditEvent.objects.filter(client_id_text=client.id, action="client.deleted").count() == 1


def test_cancelling_and_confirming_at_once_end_in_one_of_the_two(agency: tuple[Agency, User]) -> None:
    made, owner = agency
    client = opening(made, owner, "One")()
    token = services.request_deletion(client=client, actor=owner.id)
    mine, theirs = Client.objects.get(id=client.id), Client.objects.get(id=client.id)
    answers = at_once(
        lambda: services.confirm_deletion(client=mine, token=token, actor=owner.id, immediately=True),
        lambda: services.cancel_deletion(client=theirs, actor=owner.id),
    )
    (problem,) = [answer for answer in answers if isinstance(answer, EarshotError)]
    stored = Client.objects.get(id=client.id)
    if stored.status == Client.Status.ACTIVE:
        assert isinstance(problem, Conflict)
        assert bytes(stored.wrapped_key) != b""
    else:
        assert isinstance(problem, NotFound)
        assert (stored.status, bytes(stored.wrapped_key)) == (Client.Status.PURGING, b"")
