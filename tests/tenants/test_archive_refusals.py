"""An archive that is not as it was written, or was written by somebody else: nothing of it stays."""

from __future__ import annotations

import dataclasses
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import Settings, settings
from django.db import connection

from analytics.journey.requests import add_query
from kernel import crypto, db
from tenants import datakeys
from tenants.archive import keys, names
from tenants.archive.container import Writer, reading
from tenants.archive.manifest import Manifest
from tenants.archive.refusal import ArchiveRefused
from tenants.archive.restore import import_client
from tenants.models import Agency, Client, User
from tenants.schema.catalog import describe
from tests.kernel.queue_fixtures import COMMITTING, ROOT, committed, eventually
from tests.tenants.archive_cast import digests, full, open_full, remove, traces, written
from tests.tenants.committing import agency
from tests.tenants.test_faults import OTHERS, count

__all__ = ["agency", "committed", "full"]

pytestmark = COMMITTING
PASSPHRASE = "a long enough pass phrase"
KILLS = 10
Members = dict[str, bytes]


@pytest.fixture
def foreign(settings: Settings) -> Iterator[Callable[[], None]]:
    """From when it is called on, this installation has other master keys than before."""

    def change() -> None:
        settings.MASTER_KEYS = [crypto.MasterKey.generate().to_text()]
        datakeys.master_keys.cache_clear()

    yield change
    datakeys.master_keys.cache_clear()


def forge(
    path: Path,
    data_key: bytes,
    change: Callable[[Members], None] = lambda _: None,
    about: Callable[[dict[str, Any]], None] = lambda _: None,
) -> Path:
    """What somebody who was given an archive and its passphrase could make of it: other members, another manifest."""
    content = keys.content_key(data_key)
    with reading(path) as archive:
        members = {m.name: b"".join(archive.pieces(m.name, content)) for m in archive.manifest.members}
        before = archive.manifest
    change(members)
    target = path.with_suffix(".forged")
    target.unlink(missing_ok=True)
    with Writer(target, content) as writer:
        for name, plain in members.items():
            with writer.member(name) as member:
                member.write(plain)
        fields = {field.name: getattr(before, field.name) for field in dataclasses.fields(Manifest)}
        fields["members"] = tuple(writer.members)
        about(fields)
        manifest = Manifest(**fields).to_bytes()
        writer.finish(manifest, keys.seals(manifest, data_key=data_key, masters=datakeys.master_keys()))
        writer.keep()
    return target


def test_a_damaged_archive_leaves_nothing(full: Client, tmp_path: Path) -> None:
    path, _ = written(full, tmp_path)
    content = path.read_bytes()
    remove(full)
    chance = random.Random(5)
    cut = [content[: chance.randrange(1, len(content))] for _ in range(5)]
    places = [chance.randrange(len(content)) // 2 for _ in range(15)]
    flipped = [content[:place] + bytes([content[place] ^ 0x10]) + content[place + 1 :] for place in places]

    for wrong in cut + flipped:
        path.write_bytes(wrong)
        try:
            import_client(source=path)
        except ArchiveRefused:
            assert traces(full) == []
        else:
            # Only what says nothing may be changed unseen, such as a member's date.
            path.write_bytes(content)
            remove(full)
    path.write_bytes(content)
    import_client(source=path)
    assert "row" in traces(full)


def add_line(table: str, line: str) -> Callable[[Members], None]:
    def change(members: Members) -> None:
        members[names.table_member(table)] += line.encode()

    return change


def one_more_row(table: str) -> Callable[[dict[str, Any]], None]:
    def about(manifest: dict[str, Any]) -> None:
        manifest["tables"] = tuple(
            dataclasses.replace(each, rows=each.rows + 1) if each.name == table else each for each in manifest["tables"]
        )

    return about


def other_paths(members: Members) -> None:
    name = names.table_member("reports_report")
    rows = members[name]
    assert b"/reports/rep_" in rows
    members[name] = rows.replace(rows.split(b"/reports/rep_")[0].split(b"\t")[-1] + b"/reports/rep_", b"../../rep_")


def message(**changes: Any) -> Callable[[Members], None]:
    def change(members: Members) -> None:
        found = json.loads(members[names.MESSAGES].splitlines()[0])
        members[names.MESSAGES] = json.dumps({**found, **changes}).encode() + b"\n"

    return change


def count_messages(number: int) -> Callable[[dict[str, Any]], None]:
    return lambda manifest: manifest.update(messages=number)


@pytest.mark.parametrize(
    ("change", "about", "why"),
    [
        (add_line("influence_dailyedge", "1\n"), lambda _: None, "refused the archive"),
        (
            add_line("mentions_mentionmatch", f"999\t1\t2026-01-01\t{{}}\t{'0' * 32}\t{'0' * 32}\n"),
            one_more_row("mentions_mentionmatch"),
            "refused the archive",
        ),
        (add_line("privacy_redactiontally", "99\t2026-01-01\tX\t1\n"), lambda _: None, "should have"),
        (other_paths, lambda _: None, "not the client's"),
        (message(actor="no.such"), count_messages(1), "not known here"),
        (message(priority="high"), count_messages(1), "messages cannot be read"),
        (message(id="1"), count_messages(1), "messages cannot be read"),
        (message(), count_messages(7), "too few"),
        (lambda members: members.update({names.MESSAGES: b"{"}), count_messages(1), "messages cannot be read"),
        (lambda _: None, lambda m: m.update(sequences=()), "sequences"),
        (lambda _: None, lambda m: m.update(client={**m["client"], "name": "x" * 999}), "not valid here: name"),
        (lambda _: None, lambda m: m.update(client={**m["client"], "created_at": "never"}), "cannot be read"),
        (lambda _: None, lambda m: m.update(client={**m["client"], "id": "agy_1"}), "does not open|master key"),
        (lambda _: None, lambda m: m.update(branding={**m["branding"], "primary": "red"}), "not valid here: primary"),
        (lambda _: None, lambda m: m.update(branding={}), "cannot be read"),
        (lambda _: None, lambda m: m.update(structure="0" * 64), "run-its-sql|made again"),
        (lambda _: None, lambda m: m.update(migrations=m["migrations"][:-1]), "made again"),
    ],
)  # fmt: skip
def test_a_forged_archive_leaves_nothing(
    full: Client,
    tmp_path: Path,
    change: Callable[[Members], None],
    about: Callable[[dict[str, Any]], None],
    why: str,
) -> None:
    with db.enter(full.schema_name):
        add_query(name="Waits", kind="topic", text="waits")
    path, _ = written(full, tmp_path)
    forged = forge(path, datakeys.data_key(full), change, about)
    remove(full)

    with pytest.raises(ArchiveRefused, match=why):
        import_client(source=forged)
    assert traces(full) == []


def evil(other: Client) -> Callable[[Members], None]:
    def change(members: Members) -> None:
        members[names.SCHEMA] += f'DROP SCHEMA "{other.schema_name}" CASCADE;\n'.encode()

    return change


def test_sql_from_elsewhere_is_not_run(
    full: Client, agency: tuple[Agency, User], tmp_path: Path, foreign: Callable[[], None]
) -> None:
    other = open_full(*agency)
    theirs = digests(other)
    path, _ = written(full, tmp_path, passphrase=PASSPHRASE)
    data_key = datakeys.data_key(full)
    structure = describe(full.schema_name)
    remove(full)
    foreign()
    forged = forge(path, data_key, evil(other))
    # Somebody elsewhere sealed it: by a master key that is not ours.
    foreign()

    restored = import_client(source=forged, passphrase=PASSPHRASE)

    assert not restored.ours
    assert describe(full.schema_name) == structure
    assert digests(other) == theirs


def test_a_schema_that_differs_comes_from_elsewhere_only_if_told_to(
    full: Client, tmp_path: Path, foreign: Callable[[], None]
) -> None:
    with db.enter(full.schema_name), db.as_owner(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE reports_report ADD COLUMN own_notes text DEFAULT 'none'")
    path, _ = written(full, tmp_path, passphrase=PASSPHRASE)
    structure = describe(full.schema_name)
    remove(full)
    foreign()

    with pytest.raises(ArchiveRefused, match="run-its-sql"):
        import_client(source=path, passphrase=PASSPHRASE)
    assert traces(full) == []
    import_client(source=path, passphrase=PASSPHRASE, run_its_sql=True)
    assert describe(full.schema_name) == structure


@pytest.mark.slow
def test_killed_at_any_point_an_import_leaves_all_or_nothing(full: Client, tmp_path: Path) -> None:
    path, _ = written(full, tmp_path)
    before, own = digests(full), {"django_migrations", "django_migrations_id_seq"}
    remove(full)
    midway = 0
    for number in range(KILLS):
        process = begin(path)
        time.sleep(random.Random(number).uniform(0, 1.2))
        process.kill()
        midway += "done" not in process.communicate()[0]
        eventually(lambda: count(OTHERS) == 0)
        if "row" in traces(full):
            now = digests(full)
            assert {name for name in before if before[name] != now.get(name)} <= own
            remove(full)
        else:
            assert set(traces(full)) <= {full.schema_name, *scratch()}
    assert midway > 0
    import_client(source=path)
    assert {name for name, digest in digests(full).items() if before[name] != digest} <= own


def scratch() -> set[str]:
    return {path.name for path in Path(settings.FILES_ROOT).glob(".archive-*")}


def begin(path: Path) -> subprocess.Popen[str]:
    """A process that has begun to restore the archive."""
    place = os.pathsep.join([str(ROOT), str(ROOT / "platform"), os.environ.get("PYTHONPATH", "")])
    environment = {
        **os.environ,
        "PYTHONPATH": place,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "EARSHOT_FILES": str(settings.FILES_ROOT),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.tenants.archive_at_risk", connection.settings_dict["NAME"], str(path)],
        cwd=ROOT,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    return process
