"""Which directories the server lives in: home, cluster, socket; and the lock over them."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import socket
import stat
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kernel.embedded.errors import EmbeddedError
from kernel.embedded.identity import Identity, server_identity

ROOT_HOMES = Path("/var/lib/earshot")
MOVED = "MOVED_TO"
# sun_path holds 108 bytes on Linux, 104 on macOS, one of them for the final NUL; PostgreSQL adds `/.s.PGSQL.65535`.
MAX_SOCKET_DIR = 103 - len("/.s.PGSQL.65535.lock")


@dataclass(frozen=True, slots=True)
class Home:
    """The directory the server lives in; see the package's docstring for its layout."""

    path: Path

    @property
    def cluster(self) -> Path:
        return self.path / "cluster"

    @property
    def log(self) -> Path:
        return self.path / "server.log"


def prepare(data_dir: Path, *, elsewhere: Path = ROOT_HOMES) -> Home:
    """Make the home of `data_dir`, below `elsewhere` when root's server could not reach it there."""
    known = existing(data_dir)
    if known is not None and known.cluster.is_dir():
        return known
    data_dir = data_dir.absolute()
    with filesystem_errors(data_dir):
        _make(data_dir)
        identity = server_identity()
        if identity.switch and not identity.can("-x", data_dir):
            target = elsewhere / _hash(data_dir)
            _make(elsewhere)
            _make(target)
            (data_dir / MOVED).write_text(f"{target}\n", encoding="utf-8")
            if not identity.can("-x", target):
                raise EmbeddedError("data-dir", f"The server's uid can enter neither {data_dir} nor {target}.")
            return Home(target)
    return Home(data_dir)


def existing(data_dir: Path) -> Home | None:
    """The home of `data_dir` if there is one already."""
    data_dir = data_dir.absolute()
    try:
        if not data_dir.is_dir():
            return None
        pointer = data_dir / MOVED
        if pointer.is_file() and not (data_dir / "cluster").is_dir():
            target = Path(pointer.read_text(encoding="utf-8").strip())
            return Home(target) if target.is_dir() else None
    except PermissionError:
        raise EmbeddedError("data-dir", f"{data_dir} cannot be read by this user.") from None
    return Home(data_dir)


def identity_for(home: Home) -> Identity:
    """Who runs this home's server: the owner of its files if there are any."""
    try:
        owner = home.cluster.stat().st_uid
    except FileNotFoundError:
        return server_identity()
    if os.geteuid() not in (0, owner):
        raise EmbeddedError("data-dir", f"{home.cluster} belongs to uid {owner}, not to this user.")
    return server_identity(owner)


@contextlib.contextmanager
def locked(home: Home, *, timeout: float) -> Iterator[None]:
    """Hold the home's lock; the kernel drops it when we die, however that happens."""
    with filesystem_errors(home.path):
        descriptor = os.open(home.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        deadline = time.monotonic() + timeout
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise EmbeddedError(
                        "busy", f"Another process has held {home.path / 'lock'} for too long."
                    ) from None
                time.sleep(0.05)
        yield
    finally:
        os.close(descriptor)


def socket_dir(home: Home, identity: Identity) -> Path:
    """A directory of the server's own, 0700, in which a unix socket can live: `run` in the home if its path is short
    enough and its file system knows sockets, else a hashed name in the temp folder.

    Raises EmbeddedError("socket-dir").
    """
    problems = []
    for candidate in (home.path / "run", short_socket_dir(home)):
        if len(os.fsencode(candidate)) > MAX_SOCKET_DIR:
            problems.append(f"{candidate} is too long")
            continue
        if "," in os.fspath(candidate):
            problems.append(f"{candidate} holds a comma, at which libpq would split it")
            continue
        try:
            _own_directory(candidate, identity)
            _probe(candidate)
        except OSError as error:
            problems.append(f"{candidate}: {error.strerror or type(error).__name__}")
            continue
        return candidate
    raise EmbeddedError("socket-dir", "No usable directory for the unix socket: " + "; ".join(problems) + ".")


def short_socket_dir(home: Home) -> Path:
    """`earshot-<hash>` in the temp folder; the hash keeps two homes apart."""
    return Path(tempfile.gettempdir()) / f"earshot-{_hash(home.path)}"


@contextlib.contextmanager
def filesystem_errors(path: Path) -> Iterator[None]:
    """Turn the OSErrors a disk gives into EmbeddedError."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise EmbeddedError("disk-full", f"The disk of {path} is full.") from None
        if error.errno == errno.EROFS:
            raise EmbeddedError("read-only", f"The file system of {path} is read-only.") from None
        reason = error.strerror or type(error).__name__
        raise EmbeddedError("data-dir", f"{path} cannot be used: {reason}.") from None


def _make(path: Path) -> None:
    if not path.is_dir():
        path.mkdir(parents=True, exist_ok=True)
        # Root's server, another uid, must be able to walk through; it cannot list.
        path.chmod(0o711 if os.geteuid() == 0 else 0o700)


def _own_directory(path: Path, identity: Identity) -> None:
    try:
        path.mkdir(mode=0o700)
        identity.own(path)
    except FileExistsError:
        pass
    # In a shared temp folder somebody may have made this name before us, to listen in.
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != identity.uid:
        raise PermissionError(errno.EPERM, "belongs to somebody else")
    path.chmod(0o700)


def _probe(directory: Path) -> None:
    name = directory / f".probe-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.bind(os.fspath(name))
        finally:
            name.unlink(missing_ok=True)


def _hash(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:12]
