"""A client's files, on their way out and in."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from django.conf import settings

from tenants.archive.names import checked_path

_SCRATCH = ".archive-"
_STALE_S = 24 * 3600


def folder_of(schema: str) -> Path:
    return Path(settings.FILES_ROOT) / schema


@contextmanager
def scratch() -> Iterator[Path]:
    """An empty folder on the same disk, gone afterwards; what an export that was killed left behind goes too."""
    root = Path(settings.FILES_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    for old in root.glob(f"{_SCRATCH}*"):
        if time.time() - old.stat().st_mtime > _STALE_S:
            shutil.rmtree(old, ignore_errors=True)
    made = root / f"{_SCRATCH}{uuid4().hex}"
    made.mkdir(mode=0o700)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def hold(schema: str, held: Path) -> None:
    """Keep what is in the client's folder now as it is now: files are written once and then only deleted. May be
    called again for what came since."""
    folder = folder_of(schema)
    for at, folders, found in os.walk(folder):
        folders[:] = [name for name in folders if not (Path(at) / name).is_symlink()]
        for name in found:
            path = Path(at) / name
            if path.suffix == ".part" or path.is_symlink() or not path.is_file():
                continue
            place = held / checked_path(path.relative_to(folder).as_posix())
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _link(path, place)


def held_files(held: Path) -> list[tuple[str, Path]]:
    """What is held, by its path below the client's folder."""
    return sorted((path.relative_to(held).as_posix(), path) for path in held.rglob("*") if path.is_file())


def move_in(unpacked: Path, schema: str) -> Path | None:
    """Give the client the files that were unpacked, at one stroke; None where there are none. Files that lie there
    are what a crash left: no such client is here, or its row could not have been made."""
    if not unpacked.is_dir():
        return None
    folder = folder_of(schema)
    shutil.rmtree(folder, ignore_errors=True)
    unpacked.rename(folder)
    return folder


def _link(path: Path, place: Path) -> None:
    try:
        os.link(path, place)
    except (FileExistsError, FileNotFoundError):
        return  # held already; or deleted since we looked
    except OSError:
        # This disk knows no links.
        try:
            shutil.copyfile(path, place)
        except FileNotFoundError:
            place.unlink(missing_ok=True)
