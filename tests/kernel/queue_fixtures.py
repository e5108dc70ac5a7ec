"""Fixtures of the queue's tests; each test module imports those it uses."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import dramatiq
import pytest
from django.db import connection

from kernel import db
from kernel.queue import models
from kernel.queue.broker import OutboxWriter
from kernel.queue.postgres import PostgresBroker
from kernel.queue.setup import configure
from tests.kernel import queue_cast

ROOT = Path(__file__).resolve().parents[2]
# How long what will happen is waited for (s): on a busy machine a process alone takes long to begin.
PATIENCE = 120.0


# Other threads and processes must see what a test writes, so there is no transaction around it. The tables are emptied
# afterwards, those of the queue only: a plain `transactional_db` would empty every room's.
COMMITTING = pytest.mark.django_db(transaction=True, available_apps=["kernel.queue"])


@pytest.fixture
def committed(transactional_db: None) -> Iterator[None]:
    """An empty queue. For tests marked COMMITTING."""
    clear()
    yield
    connection.set_schema_to_public()  # type: ignore[attr-defined]


def clear() -> None:
    """No messages, dead letters or schedules."""
    for model in (models.Message, models.DeadLetter, models.Schedule):
        model.objects.all().delete()


@pytest.fixture
def traced(committed: None) -> Iterator[None]:
    """The table of traces beside an empty queue."""
    queue_cast.create_traces()
    yield
    queue_cast.drop_traces()


def with_test_actors(broker: OutboxWriter) -> OutboxWriter:
    """A fresh broker that knows the test actors; what they send goes through the process's own."""
    for name, declared in configure().actors.items():
        if name.startswith("test."):
            broker.declare_actor(declared)
    return broker


@contextmanager
def running(broker: OutboxWriter, *, threads: int = 2) -> Iterator[dramatiq.Worker]:
    """A worker in this process, stopped at the end."""
    worker = dramatiq.Worker(broker, worker_timeout=100, worker_threads=threads)
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()
        broker.close()


@contextmanager
def working(*, threads: int = 2) -> Iterator[dramatiq.Worker]:
    """A worker in this process on a PostgresBroker of its own."""
    with running(with_test_actors(PostgresBroker()), threads=threads) as worker:
        yield worker


@contextmanager
def worker_process(*, threads: int = 2) -> Iterator[subprocess.Popen[str]]:
    """A worker in a process of its own, killed at the end if it still runs."""
    command = [sys.executable, "-m", "tests.kernel.queue_worker", connection.settings_dict["NAME"], str(threads)]
    path = os.pathsep.join([str(ROOT), str(ROOT / "platform"), os.environ.get("PYTHONPATH", "")])
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.communicate()


def eventually(condition: Callable[[], bool]) -> None:
    """Wait until it holds; fail when it does not within PATIENCE seconds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail("it did not happen")
        time.sleep(0.02)


@pytest.fixture
def clients(committed: None) -> Iterator[tuple[str, str]]:
    """Two clients' schemas with roles of the same names, as onboarding makes them, each with a table `own`."""
    names = ("test_queue_a", "test_queue_b")
    with db.as_owner(), connection.cursor() as cursor:
        for name in names:
            cursor.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE")
            cursor.execute(f"DROP ROLE IF EXISTS {name}")
            cursor.execute(f"CREATE ROLE {name}")
            cursor.execute(f"GRANT {name} TO session_user WITH INHERIT FALSE, SET TRUE")
            cursor.execute(f"CREATE SCHEMA {name}")
            cursor.execute(f"CREATE TABLE {name}.own (n integer)")
            cursor.execute(f"GRANT USAGE ON SCHEMA {name} TO {name}")
            cursor.execute(f"GRANT ALL ON {name}.own TO {name}")
    yield names
    with db.as_owner(), connection.cursor() as cursor:
        for name in names:
            cursor.execute(f"DROP SCHEMA {name} CASCADE")
            cursor.execute(f"DROP ROLE {name}")
