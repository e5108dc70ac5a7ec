"""Killed at any point, opening, purging and migrating clients leave whole clients, or none."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import Settings
from django.db import connection

from kernel import db
from tenants import services
from tenants.lifecycle import purging, sweeping
from tenants.models import Agency, AuditEvent, Client, User
from tenants.schema import fleet, template, versions
from tenants.schema.catalog import describe
from tests.kernel.queue_fixtures import COMMITTING, ROOT, committed, eventually
from tests.tenants.committing import LaterMigrations, agency, later_migrations

__all__ = ["agency", "committed", "later_migrations"]

pytestmark = [COMMITTING, pytest.mark.slow]

KILLS = 20
OTHERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' "
    "AND pid <> pg_backend_pid()"
)


def begin(*arguments: str) -> subprocess.Popen[str]:
    """A process that has begun what it is told."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "platform"), os.environ.get("PYTHONPATH", "")])
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.tenants.at_risk", connection.settings_dict["NAME"], *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path, "DJANGO_SETTINGS_MODULE": "config.settings"},
        text=True,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    return process


def kill(process: subprocess.Popen[str]) -> bool:
    """End it as a power cut would, and wait until PostgreSQL has noticed. Whether it still had work to do."""
    process.kill()
    said, _ = process.communicate()
    eventually(lambda: count(OTHERS) == 0)
    return said == ""


def count(statement: str) -> int:
    with db.public(), connection.cursor() as cursor:
        cursor.execute(statement)
        ((number,),) = cursor.fetchall()
    return int(number)


def test_killed_while_opening_clients_it_leaves_no_half_client(agency: tuple[Agency, User]) -> None:
    made, owner = agency
    template.current_image()
    first = services.create_client(agency_id=made.id, name="x", locale="en-GB", time_zone="UTC", actor=owner.id)
    whole = describe(first.schema_name)
    for number in range(KILLS):
        process = begin("open", str(made.id), str(owner.id))
        time.sleep(random.Random(number).uniform(0, 0.15))
        if number == KILLS - 1:
            # On a busy machine none of the others may have got so far as to open one.
            eventually(lambda: Client.objects.filter(agency=made).count() > 1)
        kill(process)
    clients = set(Client.objects.values_list("schema_name", flat=True))
    with db.public(), connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname ~ '^[ct]_'")
        assert {row[0] for row in cursor.fetchall()} == clients
    ours = Client.objects.filter(agency=made).values_list("schema_name", "status")
    assert len(ours) > 1
    for name, status in ours:
        assert status == Client.Status.ACTIVE
        assert describe(name) == whole
        assert count(f"SELECT count(*) FROM pg_roles WHERE rolname = '{name}'") == 1
    found = sweeping.look(now=datetime.now(UTC) + timedelta(hours=2))
    assert (found.schemas, found.unfinished, found.broken) == ((), (), ())


def test_killed_while_purging_it_leaves_a_client_whole_or_unreadable_and_goes_on(
    agency: tuple[Agency, User],
) -> None:
    made, owner = agency
    opened = {"agency_id": made.id, "locale": "en-GB", "time_zone": "UTC", "actor": owner.id}
    ours = [services.create_client(name=str(number), **opened) for number in range(2 * KILLS)]
    kept, *doomed = ours
    for client in doomed:
        token = services.request_deletion(client=client, actor=owner.id)
        services.confirm_deletion(client=client, token=token, actor=owner.id)
    Client.objects.filter(id__in=[client.id for client in doomed]).update(purge_at=datetime.now(UTC))
    midway = 0
    for number in range(KILLS):
        process = begin("purge")
        time.sleep(random.Random(number).uniform(0, 0.12))
        midway += kill(process)
        for client in Client.objects.filter(agency=made).exclude(id=kept.id):
            readable = bytes(client.wrapped_key) != b""
            assert readable == (client.status == Client.Status.DELETING)
            if readable:
                assert count(f"SELECT count(*) FROM pg_namespace WHERE nspname = '{client.schema_name}'") == 1
    assert midway > 0
    for client in purging.due(datetime.now(UTC)):
        purging.purge(client_id=client.id, now=datetime.now(UTC))
    assert set(Client.objects.filter(agency=made)) == {kept}
    left = set(sweeping.look(now=datetime.now(UTC)).by_kind()["schemas"])
    assert not left & {client.schema_name for client in doomed}
    for client in doomed:
        assert count(f"SELECT count(*) FROM pg_roles WHERE rolname = '{client.schema_name}'") == 0
        found = AuditEvent.objects.filter(client_id_text=client.id).values_list("action", flat=True)
        assert (list(found).count("client.key_destroyed"), list(found).count("client.deleted")) == (1, 1)


def test_killed_while_migrating_every_client_is_at_one_version_or_the_other(
    agency: tuple[Agency, User], later_migrations: LaterMigrations, settings: Settings, tmp_path: Path
) -> None:
    made, owner = agency
    names = [
        services.create_client(agency_id=made.id, name="x", locale="en-GB", time_zone="UTC", actor=owner.id).schema_name
        for _ in range(50)
    ]
    steps = [f"AddField('Report', 'f{number}', models.TextField(default='x'))" for number in range(6)]
    steps[3] += ", RunPython(RunPython.noop)"
    later_migrations(*steps)
    versions_seen: dict[tuple[str, ...], list[str]] = {}
    midway = 0
    for number in range(KILLS):
        process = begin("migrate", str(tmp_path), settings.MIGRATION_MODULES["reports"], *names)
        time.sleep(random.Random(number).uniform(0, 0.6))
        midway += kill(process)
    assert midway > 0
    for name in names:
        lines = describe(name)
        done = [line for line in lines if re.match(r"migration \| reports\.\d+_later", line)]
        columns = [line for line in lines if re.match(r"column \| reports_report \| \d+ \| f\d \|", line)]
        assert len(columns) == len(done)
        versions_seen.setdefault(tuple(done), lines)
        assert versions_seen[tuple(done)] == lines
    assert fleet.migrate(schemas=names).failed == {}
    assert versions.behind(names) == {}
    last = describe(names[0])
    assert all(describe(name) == last for name in names)
