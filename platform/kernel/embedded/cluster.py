"""Creating the server's files: initdb once, built aside and renamed, so that half a cluster never counts as one."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from kernel.embedded.binaries import MAJOR, Binaries
from kernel.embedded.bootstrap import SUPERUSER
from kernel.embedded.errors import EmbeddedError, diagnose
from kernel.embedded.identity import Identity, initdb_identity
from kernel.embedded.place import Home, filesystem_errors

PART = "initdb-"


def create(home: Home, binaries: Binaries, identity: Identity, *, durable: bool, min_free_mb: int) -> None:
    """Make `home.cluster` unless it is there and whole. The caller holds the lock.

    Raises EmbeddedError("version-mismatch" | "disk-full" | "read-only" | "initdb-failed").
    """
    version = home.cluster / "PG_VERSION"
    if home.cluster.exists():
        _check_version(version)
        return
    check_space(home.path, min_free_mb)
    builder = initdb_identity(identity)
    _sweep(home)
    with filesystem_errors(home.path):
        # A new name each time: the initdb of a process that was killed may still be running in the old one.
        part = Path(tempfile.mkdtemp(prefix=PART, dir=home.path))
        builder.own(part)
    try:
        _initdb(part, binaries, builder, durable=durable)
        with filesystem_errors(home.path):
            if builder != identity:
                _give(part, identity)
            part.rename(home.cluster)
    finally:
        _sweep(home)


def _sweep(home: Home) -> None:
    """Delete half-made clusters, as far as they go: an orphan may still be writing into one, and will fail by it."""
    for part in home.path.glob(f"{PART}*"):
        shutil.rmtree(part, ignore_errors=True)


def check_space(path: Path, min_free_mb: int) -> None:
    """Raise EmbeddedError("disk-full") when fewer than `min_free_mb` MiB are free for ordinary users."""
    with filesystem_errors(path):
        free = shutil.disk_usage(path).free >> 20
    if free < min_free_mb:
        raise EmbeddedError("disk-full", f"{path} has {free} MiB free, {min_free_mb} MiB are needed.")


def _initdb(part: Path, binaries: Binaries, builder: Identity, *, durable: bool) -> None:
    # The built-in provider sorts and folds by Unicode on every platform; libc's locale only serves what is left.
    for libc_locale in ("C.UTF-8", "C"):
        command: list[str | os.PathLike[str]] = [
            binaries.initdb,
            "--pgdata",
            part,
            "--username",
            SUPERUSER,
            "--auth",
            "trust",
            "--encoding",
            "UTF8",
            "--locale-provider",
            "builtin",
            "--builtin-locale",
            "C.UTF-8",
            "--locale",
            libc_locale,
            "--no-instructions",
        ]
        done = builder.run([*command, *([] if durable else ["--no-sync"])], cwd=part)
        if done.returncode == 0:
            return
        if "invalid locale name" not in done.stdout:
            break
    code = diagnose(done.stdout)
    raise EmbeddedError(code or "initdb-failed", f"initdb failed: {_last_line(done.stdout)}")


def _check_version(version: Path) -> None:
    try:
        found = version.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise EmbeddedError("data-dir", f"{version.parent} is not a PostgreSQL data directory.") from None
    except OSError as error:
        raise EmbeddedError("data-dir", f"{version} cannot be read: {error.strerror}.") from None
    if found != str(MAJOR):
        raise EmbeddedError(
            "version-mismatch",
            f"{version.parent} was written by PostgreSQL {found[:10]}, the embedded server is {MAJOR}. "
            "Dump it with the old version, or remove it to start afresh.",
        )


def _give(root: Path, identity: Identity) -> None:
    for path in (root, *root.rglob("*")):
        identity.own(path)


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if "error" in line.lower() or "fatal" in line.lower()]
    return (lines or text.splitlines() or ["it said nothing"])[-1][:300]
