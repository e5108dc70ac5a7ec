"""A client that moves from one PostgreSQL cluster into another and back, while another one stays."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection
from rest_framework.test import APIClient

from analytics.journey.requests import add_query
from analytics.mentions.models import Mention
from kernel import db
from kernel.jobs.models import Job
from kernel.queue.models import Message
from kernel.queue.testing import drain
from tenants import schema, services
from tenants.archive.refusal import ArchiveRefused
from tenants.archive.restore import import_client
from tenants.lifecycle import purging, sweeping
from tenants.models import Agency, AuditEvent, Client, Domain, User
from tenants.schema.catalog import describe
from tests.isolation.conftest import isolation
from tests.kernel.queue_fixtures import COMMITTING, ROOT, committed, eventually
from tests.tenants.archive_cast import answers, digests, full, identities, open_full, written
from tests.tenants.clusters_cast import eu, schemas, second
from tests.tenants.committing import agency

__all__ = ["agency", "committed", "eu", "full", "second"]

pytestmark = COMMITTING
# Only when the migrations were applied is new.
ANEW = {"django_migrations", "django_migrations_id_seq"}


@pytest.fixture(params=["default", "strict"])
def mode(eu: None, agency: tuple[Agency, User], request: pytest.FixtureRequest) -> Iterator[None]:
    """Two clusters, in both modes."""
    with isolation(request.param):
        yield
        connection.close()
        for client in Client.objects.filter(agency=agency[0]):
            schema.drop(client.schema_name, cluster=client.cluster)


@pytest.fixture
def key(agency: tuple[Agency, User]) -> str:
    made, owner = agency
    return services.issue_key(agency_id=made.id, name="k", role="owner", actor=owner.id)[1].text


@pytest.fixture
def other(mode: None, agency: tuple[Agency, User]) -> Client:
    return open_full(*agency)


@pytest.fixture
def moving(other: Client, agency: tuple[Agency, User]) -> Client:
    """Beside the other client, in the same cluster."""
    return open_full(*agency)


def delete(client: Client) -> None:
    """By the product's own way, its grace period over."""
    now = datetime.now(UTC)
    Client.objects.filter(id=client.id).update(status=Client.Status.DELETING, purge_at=now - timedelta(days=1))
    assert purging.purge(client_id=client.id, now=now)


def left(client: Client) -> list[str]:
    """What is there of a client, in either cluster."""
    found = [f"schema in {alias}" for alias in db.clusters() if client.schema_name in schemas(alias)]
    for alias in db.clusters():
        with db.on_cluster(alias), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_roles WHERE rolname = %s", [client.schema_name])
            found += [f"role in {alias}"] * cursor.fetchone()[0]
            found += [f"message in {alias}"] * Message.objects.filter(schema=client.schema_name).count()
    found += ["row"] * Client.objects.filter(id=client.id).count()
    found += ["domain"] * Domain.objects.filter(tenant_id=client.id).count()
    return found + ["files"] * (Path(settings.FILES_ROOT) / client.schema_name).exists()


def test_a_client_moves_to_another_cluster_and_back_without_touching_the_others(
    moving: Client, other: Client, key: str, tmp_path: Path
) -> None:
    with db.enter(moving.schema_name):
        _, job = add_query(name="Slow", kind="topic", text="slow")
    assert job is not None
    before, known, theirs = answers(moving, key), identities(moving), digests(other)
    rows, structure, their_answers = digests(moving), describe(moving.schema_name), answers(other, key)

    for alias, was in (("eu", "default"), ("default", "eu")):
        path, done = written(Client.objects.get(id=moving.id), tmp_path)
        with pytest.raises(ArchiveRefused, match="here already"):
            import_client(source=path, cluster=alias)
        assert {f"schema in {was}", f"role in {was}", f"message in {was}"} <= set(left(moving))
        delete(moving)
        assert left(moving) == []
        call_command("client", "import", str(path), cluster=alias, verbosity=0)

        row = Client.objects.get(id=moving.id)
        assert (row.cluster, row.status, row.created_at) == (alias, Client.Status.ACTIVE, moving.created_at)
        assert set(left(moving)) == {f"schema in {alias}", f"role in {alias}", f"message in {alias}"} | {
            "row", "domain", "files", "message in default"
        }  # fmt: skip
        # Restoring has the catalogue told what the client listens for, through the first cluster's queue.
        told = 1 if alias == "default" else 0
        assert done.messages == left(moving).count(f"message in {alias}") - told > 0
        assert answers(moving, key) == before
        assert identities(row) == known
        with db.on_cluster(alias):
            assert describe(moving.schema_name) == structure
        now = digests(moving)
        assert {name for name in rows if rows[name] != now[name]} <= ANEW
        assert digests(other) == theirs

    drain()
    with db.enter(moving.schema_name):
        assert Job.objects.get(id=job.id).state == Job.State.SUCCEEDED
    assert answers(other, key) == their_answers


def test_what_waited_is_done_in_the_new_cluster(moving: Client, tmp_path: Path) -> None:
    with db.enter(moving.schema_name):
        _, job = add_query(name="Slow", kind="topic", text="slow")
    assert job is not None
    path, _ = written(moving, tmp_path)
    delete(moving)
    import_client(source=path, cluster="eu")

    drain()
    with db.enter(moving.schema_name):
        assert Job.objects.get(id=job.id).state == Job.State.QUEUED
    assert drain(cluster="eu") > 0
    with db.enter(moving.schema_name):
        assert Job.objects.get(id=job.id).state == Job.State.SUCCEEDED
        assert connection.settings_dict["CLUSTERS"]["eu"]["HOST"] == connection.connection.info.host
        assert Mention.objects.filter(matches__query__name="Slow").count() == 1
    event = AuditEvent.objects.get(client_id_text=moving.id, action="client.imported")
    assert event.detail["resumed"] > 0


@pytest.mark.parametrize("late", [False, True])
def test_what_fails_leaves_nothing_in_either(
    moving: Client, other: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, late: bool
) -> None:
    """Before the other cluster has committed, and after it."""
    theirs = digests(other)
    path, _ = written(moving, tmp_path)
    delete(moving)

    def fail(*_: Any, **__: Any) -> Any:
        raise DatabaseError("no room")

    if late:
        monkeypatch.setattr("tenants.archive.files.move_in", fail)
    else:
        monkeypatch.setattr("tenants.archive.tables.analyze", fail)
    with pytest.raises(ArchiveRefused, match="refused the archive"):
        import_client(source=path, cluster="eu")
    assert left(moving) == []
    monkeypatch.undo()
    import_client(source=path, cluster="eu")
    assert digests(other) == theirs


def test_all_that_the_api_shows_is_exported_from_the_clients_cluster(moving: Client, key: str, tmp_path: Path) -> None:
    path, _ = written(moving, tmp_path)
    delete(moving)
    import_client(source=path, cluster="eu")
    api = APIClient()
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    place = f"/api/v1/clients/{moving.id}/exports"

    asked: Any = api.post(place, {}, format="json")
    assert asked.status_code == 202, asked.content
    # The message is nobody's, so that it does not wait for a client that is suspended; the data are in the other one.
    drain()
    (export,) = api.get(place).json()["data"]
    answer: Any = api.get(export["file"])
    with zipfile.ZipFile(io.BytesIO(answer.getvalue())) as bundle:
        rows = [json.loads(line) for line in bundle.read("mentions.jsonl").splitlines()]
        assert json.loads(bundle.read("client.json"))["id"] == moving.id
    shown = api.get(f"/api/v1/clients/{moving.id}/mentions").json()["data"]
    assert {row["id"] for row in rows} == {row["id"] for row in shown}
    assert len(rows) == export["contents"]["mentions"] == 3
    assert AuditEvent.objects.filter(client_id_text=moving.id, action="export.downloaded").count() == 1
    deleted: Any = api.delete(f"{place}/{export['id']}")
    assert deleted.status_code == 204


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["default"], indirect=True)
@pytest.mark.parametrize("step", [3, 9, -1])
def test_what_a_kill_leaves_is_the_sweepers(
    moving: Client, other: Client, tmp_path: Path, second: Path, step: int
) -> None:
    """Among the tables; and (-1) when the other cluster has committed and the first has not."""
    theirs = digests(other)
    path, _ = written(moving, tmp_path)
    delete(moving)
    died = subprocess.run(
        [sys.executable, "-m", "tests.tenants.archive_at_risk", connection.settings_dict["NAME"], str(path),
         str(second), str(step)],
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "platform")]),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "EARSHOT_FILES": str(settings.FILES_ROOT),
        },
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert (died.returncode, died.stdout) == (-signal.SIGKILL, "begun\n"), died.stderr
    assert Client.objects.get(id=moving.id).status == Client.Status.CREATING
    eventually(lambda: ("schema in eu" in left(moving)) == (step == -1))
    with pytest.raises(ArchiveRefused, match="sweep_clients"):
        import_client(source=path, cluster="eu")

    later = datetime.now(UTC) + sweeping.AGE
    eventually(lambda: moving.schema_name in sweeping.remove(sweeping.look(now=later)).unfinished)
    assert left(moving) == []
    import_client(source=path, cluster="eu")
    assert "schema in eu" in left(moving)
    assert digests(other) == theirs
