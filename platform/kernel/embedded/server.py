"""The server process: is it running, start it, stop it. Nothing here trusts a pid file's word alone."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg

from kernel.embedded.binaries import Binaries
from kernel.embedded.bootstrap import SUPERUSER
from kernel.embedded.cluster import check_space
from kernel.embedded.errors import EmbeddedError, diagnose
from kernel.embedded.identity import Identity
from kernel.embedded.place import Home, filesystem_errors, socket_dir

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "128MB",
    "max_connections": "100",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Personal data must not reach the log: no statements, no parameters, no DETAIL, no client errors at all.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_checkpoints": "off",
}
NOT_DURABLE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
MAX_LOG_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class Running:
    """A server that accepts connections."""

    pid: int
    host: str
    port: int


def find(cluster: Path) -> Running | None:
    """The running server of `cluster`, or None. One that is still starting or stopping is waited for by `start`."""
    entry = _pid_file(cluster)
    if entry is None or not entry.host or not _is_postmaster(entry.pid, cluster):
        return None
    return Running(entry.pid, entry.host, entry.port) if _accepts(entry.host, entry.port) else None


def start(
    home: Home, binaries: Binaries, identity: Identity, *, port: int, durable: bool, timeout: float, min_free_mb: int
) -> Running:
    """Start the server and wait until it accepts connections. The caller holds the lock.

    Raises EmbeddedError("disk-full" | "socket-dir" | "start-failed" | "start-timeout" | …).
    """
    deadline = time.monotonic() + timeout
    entry = _pid_file(home.cluster)
    if entry is not None and _is_postmaster(entry.pid, home.cluster):
        # Somebody started it and died waiting, or it is in crash recovery or shutting down.
        _wait(lambda: find(home.cluster) is not None or not _is_postmaster(entry.pid, home.cluster), deadline)
        again = find(home.cluster)
        if again is not None:
            return again
        if _is_postmaster(entry.pid, home.cluster):
            raise EmbeddedError("start-timeout", f"Server process {entry.pid} does not answer; see {home.log}.")
    _bury(home.cluster, identity, deadline)
    check_space(home.path, min_free_mb)
    host = socket_dir(home, identity)
    _rotate(home.log, identity)
    options = {**SETTINGS, "unix_socket_directories": _quoted_list(host), "port": str(port)}
    options |= {} if durable else NOT_DURABLE
    command: list[str | os.PathLike[str]] = [binaries.postgres, "-D", home.cluster]
    for name, value in options.items():
        command += ["-c", f"{name}={value}"]
    # A shell of a moment is the parent, so that init inherits the server and no zombie of ours looks alive.
    script = '"$@" >>"$0" 2>&1 </dev/null & echo $!'
    launched = identity.run(["/bin/sh", "-c", script, home.log, *command], cwd=home.cluster)
    if launched.returncode != 0 or not launched.stdout.strip().isdigit():
        raise EmbeddedError("start-failed", "The server could not be launched.")
    pid = int(launched.stdout)
    _wait(lambda: not _alive(pid) or _accepts(host, port), deadline)
    if _alive(pid) and _accepts(os.fspath(host), port):
        return Running(pid, os.fspath(host), port)
    if _alive(pid):
        raise EmbeddedError("start-timeout", f"The server was not ready in time; see {home.log}.")
    # A process killed between launching a server and hearing of it leaves one that was not there yet when we looked.
    late = _pid_file(home.cluster)
    if late is not None and _is_postmaster(late.pid, home.cluster):
        _wait(lambda: find(home.cluster) is not None or not _alive(late.pid), deadline)
        again = find(home.cluster)
        if again is not None:
            return again
    code = diagnose(_tail(home.log))
    raise EmbeddedError(code or "start-failed", f"The server stopped while starting; see {home.log}.")


def stop(cluster: Path, *, timeout: float) -> bool:
    """Shut down "fast" and wait; False when no server was running."""
    entry = _pid_file(cluster)
    if entry is None or not _is_postmaster(entry.pid, cluster):
        return False
    os.kill(entry.pid, signal.SIGINT)
    if not _wait(lambda: not _alive(entry.pid), time.monotonic() + timeout):
        raise EmbeddedError("stop-timeout", f"Server process {entry.pid} did not stop in time.")
    return True


@dataclass(frozen=True, slots=True)
class _Entry:
    pid: int
    port: int
    host: str


def _pid_file(cluster: Path) -> _Entry | None:
    """postmaster.pid: pid, data directory, start time, port, socket directory, listen address, shmem key, status."""
    try:
        lines = (cluster / "postmaster.pid").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        pid = int(lines[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None
    except PermissionError:
        raise EmbeddedError("data-dir", f"{cluster} cannot be read by this user.") from None
    if pid <= 0:
        return None
    port = int(lines[3]) if len(lines) > 3 and lines[3].strip().isdigit() else 0
    return _Entry(pid, port, lines[4].strip() if len(lines) > 4 else "")


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        # In a container whose init does not reap, a dead server stays a zombie.
        return (
            Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rsplit(")", 1)[1].split()[0] != "Z"
        )
    except (OSError, IndexError):
        return not Path("/proc/self/stat").exists()


def _is_postmaster(pid: int, cluster: Path) -> bool:
    """Whether `pid` is alive and a PostgreSQL of this very cluster, not a program that got its number since."""
    if not _alive(pid):
        return False
    if Path("/proc/self").exists():
        return _works_in(pid, cluster)
    listed = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return "postgres" in listed.stdout and os.fspath(cluster) in listed.stdout


def _works_in(pid: int, cluster: Path) -> bool:
    process = Path(f"/proc/{pid}")
    try:
        return _is_postgres(pid) and (process / "cwd").samefile(cluster)
    except PermissionError:
        # Root in a container usually lacks SYS_PTRACE and may not see where others work; the arguments are public.
        return _started_for(process, cluster)
    except OSError:
        return False


def _started_for(process: Path, cluster: Path) -> bool:
    try:
        arguments = (process / "cmdline").read_bytes().split(b"\0")
        position = arguments.index(b"-D")
        return Path(os.fsdecode(arguments[position + 1])).samefile(cluster)
    except (OSError, ValueError, IndexError):
        return False


def _bury(cluster: Path, identity: Identity, deadline: float) -> None:
    """Clear what a killed server left: wait for its orphans to notice (they do, by themselves), end those that do not,
    then delete its pid file. PostgreSQL itself would not: when the number in it now belongs to another process of
    the same uid, it believes that one to be the server."""
    pid_file = cluster / "postmaster.pid"
    if not pid_file.exists():
        return
    patience = min(deadline, time.monotonic() + 10)
    if not _wait(lambda: not _orphans(cluster, identity), patience):
        for pid in _orphans(cluster, identity):
            os.kill(pid, signal.SIGQUIT)
        if not _wait(lambda: not _orphans(cluster, identity), deadline):
            raise EmbeddedError("start-failed", f"Processes of a server that was killed still use {cluster}.")
    entry = _pid_file(cluster)
    with filesystem_errors(cluster):
        # The socket's own lock file is believed just the same, even when its process is an unreaped zombie. The
        # directory is this home's alone, so whatever socket lies there was the dead server's.
        if entry is not None and entry.host and Path(entry.host).is_dir():
            for left in Path(entry.host).glob(".s.PGSQL.*"):
                left.unlink(missing_ok=True)
        pid_file.unlink(missing_ok=True)


def _orphans(cluster: Path, identity: Identity) -> list[int]:
    """Every PostgreSQL process that works in `cluster` (each changes into it when it starts), asked as the server's
    uid, which may look at its own processes where a container's root may not."""
    if not Path("/proc/self").exists():
        return []
    script = 'for p in /proc/[0-9]*; do test "$p/cwd" -ef "$1" && echo "${p#/proc/}"; done; exit 0'
    listed = identity.run(["/bin/sh", "-c", script, "sh", cluster], cwd=Path("/")).stdout.split()
    return [int(pid) for pid in listed if pid.isdigit() and _is_postgres(int(pid)) and _alive(int(pid))]


def _is_postgres(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace").strip() == "postgres"
    except OSError:
        return False


def _accepts(host: str | Path, port: int) -> bool:
    try:
        psycopg.connect(host=os.fspath(host), port=port, user=SUPERUSER, dbname="postgres", connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _wait(condition: Callable[[], bool], deadline: float) -> bool:
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _rotate(log: Path, identity: Identity) -> None:
    with filesystem_errors(log):
        if log.exists() and log.stat().st_size > MAX_LOG_BYTES:
            log.replace(log.with_suffix(".log.1"))
        log.touch(mode=0o600)
        identity.own(log)


def _tail(log: Path, size: int = 8192) -> str:
    try:
        with log.open("rb") as stream:
            stream.seek(max(0, log.stat().st_size - size))
            return stream.read().decode("utf-8", errors="replace")
    except OSError:
        return ""


def _quoted_list(path: Path) -> str:
    """One entry of a list setting: a comma in a path must not split it."""
    return '"' + os.fspath(path).replace('"', '""') + '"'
