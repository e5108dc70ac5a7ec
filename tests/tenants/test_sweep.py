"""The sweeper names what no client owns, removes what is nobody's, and never touches a client."""

from __future__ import annotations

import io
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections

from analytics.listening.models import Query
from kernel import db
from tenants import schema, services
from tenants.lifecycle import sweeping
from tenants.lifecycle.sweeping import LeftOver
from tenants.models import Agency, AuditEvent, Client, User
from tests.cast import Cast
from tests.kernel.queue_fixtures import COMMITTING, committed
from tests.tenants.committing import agency
from tests.tenants.test_services import exists, open_client

__all__ = ["agency", "committed"]


def now() -> datetime:
    return datetime.now(UTC)


def name() -> str:
    return f"c_{uuid4().hex}"


def sql(statement: str) -> None:
    with db.public(), db.as_owner(), connection.cursor() as cursor:
        cursor.execute(statement)


def folder(of: str, *, age: timedelta) -> Path:
    made = Path(settings.FILES_ROOT) / of
    (made / "imports").mkdir(parents=True)
    (made / "imports" / "left").write_text("x")
    then = (now() - age).timestamp()
    os.utime(made, (then, then))
    return made


def look(*made: str) -> LeftOver:
    """What is found, but for roles that other databases' tests left on the same server: those of this one's clients and
    `made` only."""
    found = sweeping.look(now=now())
    ours = {*made, *Client.objects.values_list("schema_name", flat=True)}
    return replace(found, roles=tuple(role for role in found.roles if role in ours))


@pytest.fixture
def debris(cast: Cast) -> LeftOver:
    """One of everything that may be left over, beside the cast's live clients."""
    alone, lost, role = name(), name(), name()
    schema.create(alone)
    sql(f'CREATE ROLE "{role}"')
    unfinished = open_client(cast)
    Client.objects.filter(id=unfinished.id).update(status=Client.Status.CREATING, created_at=now() - timedelta(hours=2))
    broken = open_client(cast)
    schema.drop(broken.schema_name)
    folder(lost, age=timedelta(hours=2))
    return LeftOver(
        schemas=(alone,),
        roles=(role,),
        folders=(lost,),
        unfinished=(unfinished.schema_name,),
        broken=(broken.schema_name,),
    )


def test_among_whole_clients_nothing_is_found(cast: Cast) -> None:
    folder(cast.client.schema_name, age=timedelta(days=400))
    assert not look()


def test_what_is_left_over_is_found_by_name(debris: LeftOver) -> None:
    assert look(*debris.roles) == debris


def test_without_apply_everything_stays(debris: LeftOver) -> None:
    out = io.StringIO()
    call_command("sweep_clients", stdout=out)
    for names in debris.by_kind().values():
        assert f"{names[0]}: " in out.getvalue()
    assert look(*debris.roles) == debris


def test_with_apply_what_is_nobodys_goes_and_what_is_somebodys_stays(debris: LeftOver, cast: Cast) -> None:
    live = sorted(set(Client.objects.values_list("schema_name", flat=True)) - set(debris.unfinished))
    call_command("sweep_clients", "--apply", stdout=io.StringIO())
    assert look(*debris.roles) == LeftOver(broken=debris.broken)
    assert exists(debris.schemas[0]) == exists(debris.roles[0]) == exists(debris.unfinished[0]) == (False, False)
    assert not (Path(settings.FILES_ROOT) / debris.folders[0]).exists()
    assert sorted(Client.objects.values_list("schema_name", flat=True)) == live
    assert AuditEvent.objects.filter(agency=cast.agency, action="client.swept").count() == 1
    with db.enter(cast.client.schema_name):
        assert not Query.objects.exists()


def test_what_is_new_is_left_alone(cast: Cast) -> None:
    folder(name(), age=timedelta(minutes=5))
    Client.objects.filter(id=open_client(cast).id).update(status=Client.Status.CREATING)
    assert not look()


def test_a_role_that_has_rights_somewhere_is_somebodys(cast: Cast) -> None:
    """As another database's client on the same server has."""
    role = name()
    sql(f'CREATE ROLE "{role}"')
    sql(f'GRANT USAGE ON SCHEMA public TO "{role}"')
    assert not look(role)
    assert sweeping.remove(LeftOver(roles=(role,))) == LeftOver()
    assert exists(role) == (False, True)


def test_names_that_are_not_clients_are_none_of_its_business(cast: Cast) -> None:
    sql("CREATE SCHEMA c_somebodys_own")
    (Path(settings.FILES_ROOT) / "lost+found").mkdir(parents=True)
    assert not look()


def test_what_became_a_clients_meanwhile_is_not_removed(cast: Cast) -> None:
    stale = LeftOver(*[(cast.client.schema_name,)] * 4)
    assert sweeping.remove(stale) == LeftOver()
    assert exists(cast.client.schema_name) == (True, True)


@COMMITTING
class TestBesideOthers:
    def test_a_schema_that_somebody_is_making_is_left_alone(self, agency: tuple[Agency, User]) -> None:
        half = name()
        schema.create(half)
        with ThreadPoolExecutor(1) as pool:
            with sweeping.being_made(half):
                assert pool.submit(_sweep).result().schemas == ()
            assert pool.submit(_sweep).result().schemas == (half,)
        assert exists(half) == (False, False)

    def test_clients_that_are_being_opened_are_never_swept(self, agency: tuple[Agency, User]) -> None:
        made, owner = agency

        def open_some() -> list[Client]:
            try:
                return [
                    services.create_client(agency_id=made.id, name="x", locale="en-GB", time_zone="UTC", actor=owner.id)
                    for _ in range(8)
                ]
            finally:
                connections.close_all()

        with ThreadPoolExecutor(2) as pool:
            opening = [pool.submit(open_some) for _ in range(2)]
            swept = [_sweep()]
            while not all(one.done() for one in opening):
                swept.append(_sweep())
            clients = [client for one in opening for client in one.result()]
        assert {client.schema_name for client in clients} == set(
            Client.objects.filter(agency=made).values_list("schema_name", flat=True)
        )
        removed = {name for found in swept for name in (*found.schemas, *found.roles, *found.unfinished)}
        assert not removed & {client.schema_name for client in clients}
        for client in clients:
            with db.enter(client.schema_name):
                assert not Query.objects.exists()


def _sweep() -> LeftOver:
    """What a sweep removes, two hours from now."""
    try:
        return sweeping.remove(sweeping.look(now=now() + timedelta(hours=2)))
    finally:
        connections.close_all()
