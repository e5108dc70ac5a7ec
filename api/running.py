"""The API server and a worker as child processes: for `manage.py serve`, the demo and the end-to-end test."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO

import httpx

from api.server import ARGUMENTS

ROOT = Path(__file__).resolve().parents[1]
_START_S = 180.0
_STOP_S = 20.0


class NotStarted(RuntimeError):
    """The server did not answer in time, or its port is taken."""


@dataclass(frozen=True, slots=True)
class Running:
    """What is running: the API's base address and the two processes."""

    url: str
    server: subprocess.Popen[bytes]
    worker: subprocess.Popen[bytes]

    def wait(self) -> int:
        """Wait until one of them ends, and return its exit code."""
        while True:
            for process in (self.server, self.worker):
                code = process.poll()
                if code is not None:
                    return code
            time.sleep(0.5)


def free_port() -> int:
    """A port on loopback that nobody uses right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    *, port: int, log: IO[bytes] | None = None, threads: int = 2, environment: Mapping[str, str] | None = None
) -> Iterator[Running]:
    """Start both, wait until the API answers, and stop both at the end. `log` gets what they print; by default it
    goes where ours goes.

    Raises NotStarted.
    """
    _check_port(port)
    gunicorn = ["-m", "gunicorn", "config.wsgi:application", "--bind", f"127.0.0.1:{port}", "--log-level", "warning"]
    gunicorn += [*ARGUMENTS, "--workers", "1", "--threads", "8"]
    with _terminable(), ExitStack() as stack:
        worker = start_worker(threads=threads, log=log, environment=environment)
        stack.callback(stop, worker)
        server = _start(gunicorn, log=log, environment=environment)
        stack.callback(stop, server)
        url = f"http://127.0.0.1:{port}"
        _await_health(url, server)
        yield Running(url, server, worker)


@contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM is as good as Ctrl-C: it must not leave the two processes behind."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def start_worker(
    *, threads: int, log: IO[bytes] | None = None, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """A worker process of its own."""
    return _start(["-m", "django", "worker", "--threads", str(threads)], log=log, environment=environment)


def _start(
    arguments: list[str], *, log: IO[bytes] | None, environment: Mapping[str, str] | None
) -> subprocess.Popen[bytes]:
    env = {**os.environ, **(environment or {}), "DJANGO_SETTINGS_MODULE": "config.settings"}
    # In an installed package the rooms lie side by side, and both folders of the checkout are simply not there.
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), str(ROOT / "platform"), env.get("PYTHONPATH", "")]))
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT if log else None,
        # Ctrl-C reaches only us: we stop the children, in order.
        start_new_session=True,
    )


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask a process to finish; end it where it does not."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise NotStarted(f"Port {port} is in use. Choose another one: make demo PORT=8001.") from None


def _await_health(url: str, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _START_S
    while time.monotonic() < end:
        if server.poll() is not None:
            raise NotStarted(f"The API server ended with code {server.returncode} before it answered.")
        try:
            if httpx.get(f"{url}/api/v1/health", timeout=2.0).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise NotStarted("The API server did not answer in time.")
