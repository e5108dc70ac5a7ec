"""The archive as a file: sealed, whole, and nothing else taken for one."""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from kernel import crypto
from tenants.archive import keys, names
from tenants.archive.container import Writer, reading
from tenants.archive.manifest import ClientFile, Manifest, Table, read
from tenants.archive.refusal import ArchiveRefused
from tenants.archive.sealed import Sealer, opened

KEY = bytes(range(32))
MASTERS = (crypto.MasterKey(bytes(32)),)
CLIENT = "cli_" + "0" * 32
SCHEMA = "c_" + "0" * 32
PASSPHRASE = "a long enough pass phrase"


def sealed(content: bytes, name: str = "schema.sql", *, step: int = 100_000) -> tuple[bytes, Sealer]:
    out = io.BytesIO()
    sealer = Sealer(out, KEY, name)
    for start in range(0, len(content), step):
        sealer.write(content[start : start + step])
    sealer.close()
    return out.getvalue(), sealer


def plain(frames: bytes, size: int, name: str = "schema.sql") -> bytes:
    return b"".join(opened(io.BytesIO(frames), KEY, name, size))


def write(folder: Path, *, rows: bytes = b"1\n2\n", path: str = "reports/r.pdf", **changes: Any) -> Path:
    """A small archive, made as an export makes it; `changes` are the manifest's."""
    target = folder / "client.earshot"
    with Writer(target, keys.content_key(KEY)) as writer:
        for name, content in (
            ("schema.sql", b"SELECT 1;"), ("messages.jsonl", b""), ("tables/jobs_job", rows), ("files/0", b"%PDF-")
        ):  # fmt: skip
            with writer.member(name) as member:
                member.write(content)
        given: dict[str, Any] = {
            "made_at": "2026-04-01T00:00:00+00:00",
            "earshot": "0.1.0",
            "code": "",
            "postgresql": 180000,
            "migrations": (("jobs", "0001_initial"),),
            "structure": "",
            "client": {"id": CLIENT, "schema_name": SCHEMA},
            "branding": None,
            "domains": (),
            "tables": (Table("jobs_job", ("id",), 2),),
            "sequences": (),
            "files": (ClientFile("files/0", path),),
            "messages": 0,
            "key": keys.wrapped(KEY, client_id=CLIENT, masters=MASTERS, passphrase=None),
            "members": tuple(writer.members),
        }
        manifest = Manifest(**{**given, **changes}).to_bytes()
        writer.finish(manifest, keys.seals(manifest, data_key=KEY, masters=MASTERS))
        writer.keep()
    return target


def check(path: Path) -> dict[str, bytes]:
    """Everything an import looks at before it writes: the members' plain content. Raises ArchiveRefused."""
    with reading(path) as archive:
        opens = keys.unwrapped(archive.manifest.key, client_id=CLIENT, masters=MASTERS, passphrase=None)
        assert keys.is_ours(archive.raw, archive.seals, data_key=opens, masters=MASTERS)
        archive.check()
        key = keys.content_key(opens)
        return {member.name: b"".join(archive.pieces(member.name, key)) for member in archive.manifest.members}


def rezip(path: Path, change: Callable[[dict[str, bytes]], object], **options: Any) -> None:
    """Write the zip anew with members that `change` changed."""
    with zipfile.ZipFile(path) as before:
        members = {name: before.read(name) for name in before.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w", **options) as after:
        for name, content in members.items():
            after.writestr(name, content)


def remade(members: dict[str, bytes], change: Callable[[dict[str, Any]], None]) -> None:
    """Change the manifest as somebody who has the data key could."""
    found = json.loads(members[names.MANIFEST])
    change(found)
    members[names.MANIFEST] = json.dumps(found).encode()
    seals = keys.seals(members[names.MANIFEST], data_key=KEY, masters=MASTERS)
    members[names.SEALS] = json.dumps(seals).encode()


@pytest.mark.parametrize("size", [0, 1, 1000, 256 * 1024, 3_000_000])
@pytest.mark.parametrize("random_bytes", [False, True])
def test_what_is_sealed_opens_again(size: int, random_bytes: bool) -> None:
    content = random.Random(7).randbytes(size) if random_bytes else b"abc" * (size // 3) + b"x" * (size % 3)
    frames, sealer = sealed(content)

    assert plain(frames, size) == content
    assert (sealer.plain, sealer.size) == (size, len(frames))
    assert sealer.sha256 == hashlib.sha256(frames).hexdigest()


@pytest.mark.parametrize("size", [10, 1_000_000])
def test_frames_cannot_be_changed_moved_or_cut_off(size: int) -> None:
    frames, _ = sealed(random.Random(1).randbytes(size))
    chance = random.Random(2)
    wrong = [frames[:-1], frames[:4], b"", frames + b"x", frames + frames]
    for _ in range(10):
        place = chance.randrange(len(frames))
        wrong.append(frames[:place] + bytes([frames[place] ^ 1]) + frames[place + 1 :])
        wrong.append(frames[:place])
    if size > 300_000:
        (length,) = struct.unpack(">I", frames[:4])
        first, rest = frames[: 4 + length], frames[4 + length :]
        wrong += [rest, first, first + first + rest]

    for each in wrong:
        with pytest.raises(ArchiveRefused):
            plain(each, size)
    with pytest.raises(ArchiveRefused):
        plain(frames, size, name="messages.jsonl")


def test_a_bomb_is_stopped_at_its_declared_size() -> None:
    frames, _ = sealed(b"\0" * 50_000_000)
    taken = 0

    with pytest.raises(ArchiveRefused, match="more than it says"):
        for piece in opened(io.BytesIO(frames), KEY, "schema.sql", 1_000_000):
            taken += len(piece)
    assert taken <= 1_000_000
    for size in (49_999_999, 50_000_001):
        with pytest.raises(ArchiveRefused):
            plain(frames, size)


def test_a_stream_with_something_behind_its_end_is_refused() -> None:
    content = zlib.compress(b"abc") + b"more"
    envelope = crypto.seal(KEY, content, b"earshot/archive/1/schema.sql/0/last")

    with pytest.raises(ArchiveRefused):
        plain(struct.pack(">I", len(envelope)) + envelope, 3)


def test_an_archive_reads_as_it_was_written(tmp_path: Path) -> None:
    assert check(write(tmp_path)) == {
        "schema.sql": b"SELECT 1;", "messages.jsonl": b"", "tables/jobs_job": b"1\n2\n", "files/0": b"%PDF-"
    }  # fmt: skip


def test_every_bit_counts(tmp_path: Path) -> None:
    path = write(tmp_path)
    content, expected = path.read_bytes(), check(path)
    chance = random.Random(3)

    for _ in range(300):
        place = chance.randrange(len(content))
        path.write_bytes(content[:place] + bytes([content[place] ^ 1 << chance.randrange(8)]) + content[place + 1 :])
        # A zip has fields that say nothing, such as its members' dates; what is read is never another thing.
        with suppress(ArchiveRefused):
            assert check(path) == expected
    for _ in range(50):
        path.write_bytes(content[: chance.randrange(len(content))])
        with pytest.raises(ArchiveRefused):
            check(path)


@pytest.mark.parametrize("content", [b"", b"PK", b"id,text\n1,hello\n", b"PK\x05\x06" + bytes(18)])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a"
    path.write_bytes(content)
    with pytest.raises(ArchiveRefused):
        check(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArchiveRefused, match="nowhere"):
        check(tmp_path / "nowhere")
    with pytest.raises(ArchiveRefused, match="cannot be read"):
        check(tmp_path)


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/passwd", "files/../0", "tables/Jobs", "files/0/1", "tables/", "manifest.json/", "x"]
)
def test_members_of_other_names_are_refused(tmp_path: Path, name: str) -> None:
    path = write(tmp_path)
    rezip(path, lambda members: members.update({name: b"x"}))
    with pytest.raises(ArchiveRefused, match="name is not allowed"):
        check(path)


@pytest.mark.parametrize(
    "name",
    ["../../secret", "/etc/passwd", "a//b", "", ".hidden", "a/..", "a\\b", "é", "a\n", "a/" * 8 + "a", "a" * 256],
)
def test_files_that_would_leave_the_clients_folder_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ArchiveRefused):
        check(write(tmp_path, path=name))


@pytest.mark.parametrize("schema", ["public", "c_0", f'{SCHEMA}"; DROP', SCHEMA.upper(), "pg_catalog", "t_" + "0" * 32])
def test_schemas_of_other_names_are_refused(tmp_path: Path, schema: str) -> None:
    with pytest.raises(ArchiveRefused, match="names a schema"):
        check(write(tmp_path, client={"id": CLIENT, "schema_name": schema}))


@pytest.mark.parametrize("name", ['a"; DROP TABLE x', "A", "a.b", "", "1a"])
def test_tables_and_columns_of_other_names_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ArchiveRefused):
        check(write(tmp_path, tables=(Table("jobs_job", (name,), 2),)))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda m: m.update(format=2), "has format 2"),
        (lambda m: m.update(format="1"), "has format"),
        (lambda m: m.update(kind="zip"), "not an archive"),
        (lambda m: m.pop("kind"), "not an archive"),
        (lambda m: m.pop("client"), "right shape"),
        (lambda m: m.update(client=[]), "right shape"),
        (lambda m: m.update(messages=-1), "right shape"),
        (lambda m: m.update(messages=True), "right shape"),
        (lambda m: m.update(tables={}), "right shape"),
        (lambda m: m.update(key={}), "right shape"),
        (lambda m: m["members"].pop(), "does not fit"),
        (lambda m: m["files"].append(m["files"][0]), "twice"),
        (lambda m: m["members"].append(m["members"][0]), "twice"),
        (lambda m: m["members"][0].update(size=7), "does not hold what"),
        (lambda m: m["members"][0].update(sha256="0" * 64), "not what was written"),
        (lambda m: m["members"][2].update(plain=3), "more than it says"),
    ],
)
def test_a_manifest_of_another_kind_is_refused(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], why: str
) -> None:
    path = write(tmp_path)
    rezip(path, lambda members: remade(members, change))
    with pytest.raises(ArchiveRefused, match=why):
        check(path)


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"{", b"\xff", b'"earshot/client"', b"[" * 100_000])
def test_what_is_no_manifest_is_refused(content: bytes) -> None:
    with pytest.raises(ArchiveRefused):
        read(content)


def test_a_changed_manifest_is_seen_by_its_seal(tmp_path: Path) -> None:
    path = write(tmp_path)
    rezip(path, lambda m: m.update({names.MANIFEST: m[names.MANIFEST].replace(b'"messages": 0', b'"messages": 1')}))
    with pytest.raises(ArchiveRefused, match="manifest was changed"):
        check(path)


def test_zips_that_compress_or_lack_something_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path)
    rezip(path, dict.copy, compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(ArchiveRefused):
        check(path)
    for missing in (names.MANIFEST, names.SEALS, "tables/jobs_job"):
        path.unlink()
        write(tmp_path)
        rezip(path, lambda members, name=missing: members.pop(name))  # type: ignore[misc]
        with pytest.raises(ArchiveRefused):
            check(path)


def test_an_interrupted_archive_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), Writer(tmp_path / "a", KEY) as writer, writer.member("schema.sql") as member:
        member.write(os.urandom(1_000_000))
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_a_passphrase_opens_what_another_master_key_wrapped() -> None:
    other = (crypto.MasterKey.generate(),)
    found = keys.wrapped(KEY, client_id=CLIENT, masters=MASTERS, passphrase=PASSPHRASE)

    def opens(passphrase: str | None, client_id: str = CLIENT) -> bytes:
        return keys.unwrapped(found, client_id=client_id, masters=other, passphrase=passphrase)

    assert opens(PASSPHRASE) == KEY
    assert keys.unwrapped(found, client_id=CLIENT, masters=MASTERS, passphrase=None) == KEY
    for refused in (None, PASSPHRASE + "x"):
        with pytest.raises(ArchiveRefused):
            opens(refused)
    with pytest.raises(ArchiveRefused):
        opens(PASSPHRASE, "cli_" + "1" * 32)
    assert KEY.hex() not in json.dumps(found)
    found["passphrase"]["n"] = 2**40
    with pytest.raises(ArchiveRefused, match="does not know"):
        opens(PASSPHRASE)


def test_who_has_the_data_key_still_cannot_write_as_if_from_here() -> None:
    manifest = b"{}"
    forged = keys.seals(manifest, data_key=KEY, masters=(crypto.MasterKey.generate(),))

    assert keys.is_ours(manifest, keys.seals(manifest, data_key=KEY, masters=MASTERS), data_key=KEY, masters=MASTERS)
    assert not keys.is_ours(manifest, forged, data_key=KEY, masters=MASTERS)
    with pytest.raises(ArchiveRefused):
        keys.is_ours(b"{ }", forged, data_key=KEY, masters=MASTERS)
