"""A client written to a file and restored from it."""

from __future__ import annotations

import io
import json
import stat
import threading
import zipfile
from pathlib import Path

import pytest
from django.conf import Settings
from django.core.management import CommandError, call_command
from django.db import connection, connections

from analytics.journey.requests import add_query
from analytics.mentions.models import Mention
from analytics.sources.services import accept_upload
from kernel import crypto, db
from kernel.jobs.models import Job
from kernel.queue.models import Message
from kernel.queue.testing import drain
from tenants import datakeys, services
from tenants.archive.export import Exported, export_client
from tenants.archive.refusal import ArchiveRefused
from tenants.archive.restore import import_client
from tenants.models import Agency, AuditEvent, Branding, Client, Domain, User
from tenants.schema import fleet, versions
from tenants.schema.catalog import describe
from tests.kernel.queue_fixtures import COMMITTING, committed
from tests.tenants.archive_cast import (
    HEADER,
    NOW,
    answers,
    digests,
    full,
    identities,
    open_full,
    remove,
    traces,
    written,
)
from tests.tenants.committing import LaterMigrations, agency, later_migrations

__all__ = ["agency", "committed", "full", "later_migrations"]

pytestmark = COMMITTING
PASSPHRASE = "a long enough pass phrase"


@pytest.fixture
def key(agency: tuple[Agency, User]) -> str:
    made, owner = agency
    return services.issue_key(agency_id=made.id, name="k", role="owner", actor=owner.id)[1].text


def with_master_keys(settings: Settings, *masters: crypto.MasterKey) -> None:
    settings.MASTER_KEYS = [master.to_text() for master in masters]
    datakeys.master_keys.cache_clear()


@pytest.fixture
def elsewhere(settings: Settings) -> object:
    """From when it is called on, this installation has other master keys than before."""
    yield lambda: with_master_keys(settings, crypto.MasterKey.generate())
    datakeys.master_keys.cache_clear()


def test_a_client_restored_after_deletion_answers_as_before(
    full: Client, agency: tuple[Agency, User], key: str, tmp_path: Path
) -> None:
    other = open_full(*agency)
    before, known, theirs = answers(full, key), identities(full), digests(other)
    rows, structure = digests(full), describe(full.schema_name)

    path, done = written(full, tmp_path)
    remove(full)
    assert traces(full) == []
    restored = import_client(source=path)

    assert answers(full, key) == before
    assert identities(full) == known
    assert {identity.handle for identity in known.values()} == {"ana_example", "ben_example", "dan_example"}
    assert describe(full.schema_name) == structure
    now = digests(full)
    # Only when the migrations were applied is new.
    assert {name for name in rows if rows[name] != now[name]} <= {"django_migrations", "django_migrations_id_seq"}
    assert digests(other) == theirs
    assert (restored.rows, restored.files, restored.ours) == (sum(done.tables.values()), done.files, True)
    assert done.tables["mentions_mention"] == 3
    row = Client.objects.get(id=full.id)
    assert (row.created_at, row.status, row.agency_id) == (full.created_at, full.status, full.agency_id)
    # Life goes on: the same author is known again, new rows get new numbers.
    with db.enter(full.schema_name):
        author = Mention.objects.get(external_id="p1").author_id
        more = HEADER + "p9,2026-03-05T10:00:00Z,ana_example,121,Juniper Bakery once more,,4\n"
        accept_upload(chunks=[more.encode()], file_name="more.csv", source="web", mapping={}, options={})
    drain()
    with db.enter(full.schema_name):
        assert Mention.objects.get(external_id="p9").author_id == author


def test_both_are_audited_without_content(full: Client, tmp_path: Path) -> None:
    path, done = written(full, tmp_path)
    remove(full)
    import_client(source=path)

    events = AuditEvent.objects.filter(client_id_text=full.id, action__in=["client.exported", "client.imported"])
    found = {event.action: event.detail for event in events}
    assert found["client.exported"] == {"rows": sum(done.tables.values()), "files": done.files, "passphrase": False}
    assert found["client.imported"]["rows"] == sum(done.tables.values())


def test_brand_and_host_names_come_along(full: Client, tmp_path: Path) -> None:
    hosts = set(Domain.objects.filter(tenant=full).values_list("domain", "is_primary"))
    path, _ = written(full, tmp_path)
    remove(full)
    import_client(source=path)

    assert Branding.objects.filter(client_id=full.id).values_list("name", "primary").get() == ("Bäckerei", "#0b5d3b")
    assert set(Domain.objects.filter(tenant_id=full.id).values_list("domain", "is_primary")) == hosts
    assert len(hosts) >= 1


def test_nothing_in_an_archive_can_be_read_without_a_key(full: Client, tmp_path: Path) -> None:
    path, _ = written(full, tmp_path, passphrase=PASSPHRASE)
    content = path.read_bytes()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for secret in (datakeys.data_key(full), datakeys.master_keys()[0].secret, PASSPHRASE.encode()):
        assert secret not in content
        assert secret.hex().encode() not in content
    with zipfile.ZipFile(path) as zipped:
        everything = b"".join(zipped.read(name) for name in zipped.namelist())
    for words in (b"rye bread", b"ana_example", b"Terrible", b"posts.csv", b"CREATE TABLE"):
        assert words not in everything
    manifest = json.loads(zipfile.ZipFile(path).read("manifest.json"))
    assert manifest["client"]["id"] == full.id
    assert {table["name"]: table["rows"] for table in manifest["tables"]}["mentions_mention"] == 3


def test_what_is_there_already_is_not_touched(full: Client, tmp_path: Path) -> None:
    path, _ = written(full, tmp_path)
    before = digests(full)

    with pytest.raises(ArchiveRefused, match="here already"):
        import_client(source=path)
    with pytest.raises(ArchiveRefused, match="there already"):
        export_client(client_id=full.id, target=path)

    assert digests(full) == before
    assert [each.name for each in tmp_path.glob("*earshot*")] == [path.name]


def test_a_host_name_that_another_client_has_by_now_is_not_taken(
    full: Client, agency: tuple[Agency, User], tmp_path: Path
) -> None:
    name = Domain.objects.filter(tenant=full, is_primary=False).get().domain
    path, _ = written(full, tmp_path)
    remove(full)
    made, owner = agency
    other = services.create_client(agency_id=made.id, name="o", locale="en-GB", time_zone="UTC", actor=owner.id)
    Domain.objects.create(domain=name, tenant=other, is_primary=False)

    with pytest.raises(ArchiveRefused, match=name):
        import_client(source=path)
    assert traces(full) == []


def test_an_agency_must_be_here_and_another_may_be_named(
    full: Client, agency: tuple[Agency, User], tmp_path: Path
) -> None:
    path, _ = written(full, tmp_path)
    remove(full)
    with pytest.raises(ArchiveRefused, match="no such agency"):
        import_client(source=path, agency_id="agy_0")
    assert traces(full) == []
    other = Agency.objects.create(name="Other")
    try:
        assert import_client(source=path, agency_id=other.id).client.agency_id == other.id
    finally:
        remove(full)
        with db.as_owner():
            AuditEvent.objects.filter(agency=other).delete()
            other.delete()


def test_elsewhere_the_passphrase_opens_it_and_its_own_master_key_wraps_it(
    full: Client, key: str, tmp_path: Path, elsewhere: object
) -> None:
    known, secret = identities(full), datakeys.data_key(full)
    path, _ = written(full, tmp_path, passphrase=PASSPHRASE)
    plain, _ = written(full, tmp_path / "..")
    remove(full)
    elsewhere()  # type: ignore[operator]

    for source, passphrase, why in (
        (plain, None, "has no passphrase"),
        (plain, PASSPHRASE, "has no passphrase"),
        (path, None, "passphrase is needed"),
        (path, "another long pass phrase", "does not open"),
    ):
        with pytest.raises(ArchiveRefused, match=why):
            import_client(source=source, passphrase=passphrase)
    assert traces(full) == []
    restored = import_client(source=path, passphrase=PASSPHRASE)

    assert not restored.ours
    row = Client.objects.get(id=full.id)
    assert datakeys.data_key(row) == secret
    assert identities(row) == known
    assert answers(row, key)["/mentions"]["data"]  # type: ignore[index]


def test_a_short_passphrase_is_refused_before_anything_is_written(full: Client, tmp_path: Path) -> None:
    with pytest.raises(ArchiveRefused, match="12 characters"):
        export_client(client_id=full.id, target=tmp_path / "a", passphrase="short")
    assert not (tmp_path / "a").exists()


def test_work_that_waited_goes_on(full: Client, tmp_path: Path) -> None:
    with db.enter(full.schema_name):
        _, job = add_query(name="Slow", kind="topic", text="slow")
        assert job is not None
        lost = Job.objects.create(kind="forecast", state=Job.State.RUNNING)
    path, done = written(full, tmp_path)
    remove(full)
    restored = import_client(source=path)

    waiting = set(Message.objects.filter(schema=full.schema_name).values_list("actor", flat=True))
    assert "journey.rematch_query" in waiting
    assert (done.messages, restored.resumed, restored.ended) == (len(waiting), len(waiting), 1)
    drain()
    with db.enter(full.schema_name):
        assert Job.objects.get(id=job.id).state == Job.State.SUCCEEDED
        failed = Job.objects.get(id=lost.id)
        assert failed.error is not None
        assert (failed.state, failed.error["code"]) == (Job.State.FAILED, "moved")
        assert Mention.objects.filter(matches__query__name="Slow").count() == 1


def test_a_suspended_client_comes_back_suspended(full: Client, tmp_path: Path) -> None:
    Client.objects.filter(id=full.id).update(status=Client.Status.SUSPENDED, suspended_at=NOW)
    path, _ = written(full, tmp_path)
    remove(full)
    assert import_client(source=path).client.status == Client.Status.SUSPENDED


def test_rows_and_files_are_of_one_moment_while_others_write(full: Client, tmp_path: Path) -> None:
    """A writer adds pairs: a job, and a second one, in one transaction. No archive may hold half a pair."""
    stop = threading.Event()

    def write() -> None:
        try:
            while not stop.is_set():
                with db.enter(full.schema_name), connection.cursor() as cursor:
                    cursor.execute(
                        "WITH one AS (INSERT INTO jobs_job (id, kind, state, done, total, result, created_at) "
                        "VALUES (gen_random_uuid(), 'pair', 'failed', 0, 0, '', now()) RETURNING kind) "
                        "INSERT INTO privacy_redactiontally (day, entity, findings) SELECT '2026-01-01', kind, 1 "
                        "FROM one ON CONFLICT (day, entity) DO UPDATE SET findings = "
                        "privacy_redactiontally.findings + 1"
                    )
        finally:
            connections.close_all()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        made: list[tuple[Path, Exported]] = []
        for number in range(3):
            (tmp_path / str(number)).mkdir()
            made.append(written(full, tmp_path / str(number)))
    finally:
        stop.set()
        writer.join()
    for path, _ in made:
        remove(full)
        import_client(source=path)
        with db.enter(full.schema_name), connection.cursor() as cursor:
            cursor.execute(
                "SELECT (SELECT count(*) FROM jobs_job WHERE kind = 'pair'), "
                "(SELECT coalesce(sum(findings), 0) FROM privacy_redactiontally WHERE entity = 'pair')"
            )
            ((jobs, findings),) = cursor.fetchall()
        assert jobs == findings


def test_an_older_archive_is_brought_up_to_date(
    full: Client, key: str, tmp_path: Path, later_migrations: LaterMigrations
) -> None:
    path, _ = written(full, tmp_path)
    before = answers(full, key)
    later_migrations("AddField('Report', 'note', models.TextField(default='new'))")
    fleet.migrate(schemas=[full.schema_name])
    newer = describe(full.schema_name)
    remove(full)
    versions._current.clear()

    restored = import_client(source=path)

    assert (restored.migrated, restored.behind) == (1, "")
    assert describe(full.schema_name) == newer
    assert answers(full, key)["/mentions"] == before["/mentions"]


def test_an_older_archive_from_elsewhere_gets_the_schema_it_had_and_then_ours(
    full: Client, tmp_path: Path, later_migrations: LaterMigrations, elsewhere: object
) -> None:
    path, _ = written(full, tmp_path, passphrase=PASSPHRASE)
    later_migrations("AddField('Report', 'note', models.TextField(default='new'))")
    fleet.migrate(schemas=[full.schema_name])
    newer = describe(full.schema_name)
    remove(full)
    versions._current.clear()
    elsewhere()  # type: ignore[operator]

    restored = import_client(source=path, passphrase=PASSPHRASE)

    assert (restored.migrated, restored.behind, restored.ours) == (1, "", False)
    assert sorted(describe(full.schema_name)) == sorted(newer)


def test_a_migration_that_fails_leaves_the_client_at_its_old_version(
    full: Client, tmp_path: Path, later_migrations: LaterMigrations
) -> None:
    path, _ = written(full, tmp_path)
    before = describe(full.schema_name)
    remove(full)
    later_migrations("RunSQL('SELECT 1/0')")

    restored = import_client(source=path)

    assert "DivisionByZero" in restored.behind
    assert describe(full.schema_name) == before


def test_an_archive_of_newer_code_is_refused(
    full: Client, tmp_path: Path, later_migrations: LaterMigrations, settings: Settings
) -> None:
    later_migrations("AddField('Report', 'note', models.TextField(default='new'))")
    fleet.migrate(schemas=[full.schema_name])
    path, _ = written(full, tmp_path)
    remove(full)
    settings.MIGRATION_MODULES = {}

    with pytest.raises(ArchiveRefused, match=r"newer version.*reports\.0002_later"):
        import_client(source=path)
    assert traces(full) == []


def test_the_command_writes_and_restores(full: Client, key: str, tmp_path: Path) -> None:
    before = answers(full, key)
    out, path = io.StringIO(), tmp_path / "client.earshot"
    call_command("client", "export", full.id, to=path, stdout=out, stderr=io.StringIO())
    remove(full)
    call_command("client", "import", str(path), stdout=out, stderr=io.StringIO())

    assert answers(full, key) == before
    assert out.getvalue().count(full.id) == 2
    with pytest.raises(CommandError, match="no cluster"):
        call_command("client", "import", str(path), cluster="moon", stdout=out, stderr=io.StringIO())
    with pytest.raises(CommandError, match="no such client"):
        call_command("client", "export", "cli_0", to=tmp_path / "x", stdout=out, stderr=io.StringIO())
    with pytest.raises(CommandError, match="passphrase cannot be read"):
        call_command(
            "client", "export", full.id, to=tmp_path / "x", passphrase_file=tmp_path / "none", stderr=io.StringIO()
        )
