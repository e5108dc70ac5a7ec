"""The file: a zip that stores sealed members as they are, written and read in one pass, checked before it is believed.

Nothing in it is compressed by the zip, so what a member takes is what it says it takes; a member's own compression is
opened under a limit (`sealed`).
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO
from uuid import uuid4

from tenants.archive import names
from tenants.archive.manifest import Manifest, Member, read
from tenants.archive.refusal import DAMAGED, ArchiveRefused
from tenants.archive.sealed import Sealer, opened

# Some hundred bytes per member; a client has a file per report.
_MOST_MANIFEST = 256 * 1024 * 1024
_PIECE = 1024 * 1024
_ENCRYPTED = 0x1


class Writer:
    """An archive on its way: `member` for each in turn, then `finish`, then `keep`. Used as a context, it leaves
    nothing behind that was not kept."""

    def __init__(self, target: Path, key: bytes) -> None:
        if target.exists() or target.is_symlink():
            raise ArchiveRefused(f"{target} is there already.")
        self._target, self._key = target, key
        self._part = target.with_name(f".{target.name}.{uuid4().hex}.part")
        self.members: list[Member] = []

    def __enter__(self) -> Writer:
        try:
            raw = os.open(self._part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except OSError as error:
            raise ArchiveRefused(f"{self._target} cannot be written: {error.strerror}.") from None
        self._file = os.fdopen(raw, "wb")
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_STORED, allowZip64=True)
        return self

    def __exit__(self, *exception: object) -> None:
        with suppress(OSError, ValueError):
            self._zip.close()
        self._file.close()
        self._part.unlink(missing_ok=True)

    @contextmanager
    def member(self, name: str) -> Iterator[Sealer]:
        with self._zip.open(zipfile.ZipInfo(name), "w", force_zip64=True) as out:
            sealer = Sealer(out, self._key, name)
            yield sealer
            sealer.close()
        self.members.append(Member(name, sealer.size, sealer.sha256, sealer.plain))

    def finish(self, manifest: bytes, seals: Mapping[str, str]) -> None:
        """Write what only is known at the end, and see it to the disk."""
        self._zip.writestr(zipfile.ZipInfo(names.MANIFEST), manifest)
        self._zip.writestr(zipfile.ZipInfo(names.SEALS), json.dumps(seals))
        self._zip.close()
        self._file.flush()
        os.fsync(self._file.fileno())

    def keep(self) -> int:
        """Give the archive its name. Returns its size in bytes. Raises ArchiveRefused where that is taken by now."""
        try:
            os.link(self._part, self._target)  # unlike a rename, it replaces nothing
        except FileExistsError:
            raise ArchiveRefused(f"{self._target} is there already.") from None
        except OSError:
            self._part.rename(self._target)
        return self._target.stat().st_size


class Reader:
    """An archive whose manifest could be read. Its members are not believed before `check`."""

    def __init__(self, zipped: zipfile.ZipFile, raw: bytes, seals: Mapping[str, str]) -> None:
        self._zip, self.raw, self.seals = zipped, raw, seals
        self.manifest: Manifest = read(raw)
        listed = {member.name: member.size for member in self.manifest.members}
        there = {info.filename: info.file_size for info in zipped.infolist()}
        if there != {**listed, names.MANIFEST: there[names.MANIFEST], names.SEALS: there[names.SEALS]}:
            raise ArchiveRefused(f"{DAMAGED}: it does not hold what its manifest says.")

    def check(self) -> None:
        """Read all of it once. Raises ArchiveRefused where a checksum is not the manifest's."""
        for member in self.manifest.members:
            found = hashlib.sha256()
            with self._open(member) as file:
                while piece := file.read(_PIECE):
                    found.update(piece)
            if found.hexdigest() != member.sha256:
                raise ArchiveRefused(f"{DAMAGED}: {member.name} is not what was written.")

    def pieces(self, name: str, key: bytes) -> Iterator[bytes]:
        """A member's plain bytes, in pieces. Raises ArchiveRefused, also in the middle of it."""
        member = self.manifest.member(name)
        with self._open(member) as file:
            yield from opened(file, key, name, member.plain)

    @contextmanager
    def _open(self, member: Member) -> Iterator[IO[bytes]]:
        try:
            with self._zip.open(member.name) as file:
                yield file
        except (zipfile.BadZipFile, OSError, EOFError, RuntimeError):
            raise ArchiveRefused(f"{DAMAGED}: {member.name}.") from None


@contextmanager
def reading(source: Path) -> Iterator[Reader]:
    """Open an archive. Raises ArchiveRefused for a file that is none, that is cut off, or that has members that no
    archive has."""
    try:
        zipped = zipfile.ZipFile(source)
    except FileNotFoundError:
        raise ArchiveRefused(f"There is no file {source}.") from None
    except OSError as error:
        raise ArchiveRefused(f"{source} cannot be read: {error.strerror}.") from None
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise ArchiveRefused(f"{DAMAGED}, or {source.name} is not an archive of a client.") from None
    with zipped:
        _check_entries(zipped, source.stat().st_size)
        try:
            raw, seals = zipped.read(names.MANIFEST), json.loads(zipped.read(names.SEALS))
        except (zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError):
            raise ArchiveRefused(f"{DAMAGED}: the manifest cannot be read.") from None
        if not isinstance(seals, dict):
            raise ArchiveRefused(f"{DAMAGED}: the manifest cannot be read.")
        yield Reader(zipped, raw, seals)


def _check_entries(zipped: zipfile.ZipFile, size: int) -> None:
    """Nothing that is compressed, encrypted, there twice, called otherwise, or larger than the file it is in."""
    entries = zipped.infolist()
    found = [info.filename for info in entries]
    if not {names.MANIFEST, names.SEALS} <= set(found):
        raise ArchiveRefused("This is not an archive of a client.")
    for info in entries:
        if info.filename not in (names.MANIFEST, names.SEALS) and not names.is_member(info.filename):
            raise ArchiveRefused("The archive has a member whose name is not allowed.")
        plain = info.compress_type == zipfile.ZIP_STORED and info.file_size == info.compress_size
        if not plain or info.flag_bits & _ENCRYPTED:
            raise ArchiveRefused(f"{DAMAGED}: a member is not stored as it is.")
    if len(found) != len(set(found)) or sum(info.file_size for info in entries) > size:
        raise ArchiveRefused(f"{DAMAGED}: its members overlap.")
    if zipped.getinfo(names.MANIFEST).file_size > _MOST_MANIFEST or zipped.getinfo(names.SEALS).file_size > 10_000:
        raise ArchiveRefused(f"{DAMAGED}: the manifest is too large.")
