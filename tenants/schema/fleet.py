"""Bringing all clients' schemas up to date, several at once."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from kernel import db
from kernel.errors import Conflict
from tenants.schema import versions
from tenants.schema.compiled import compile_for
from tenants.schema.versions import Key

# Held while clients are migrated: two who migrate at once would run the same Python twice.
_MIGRATING = 0x65617273686F7402


@dataclass(slots=True)
class Outcome:
    """What came of it: how many schemas were brought up to date, how many migrations were replayed as SQL and how many
    were run by Django, and why the other schemas stayed where they are."""

    migrated: int = 0
    replayed: int = 0
    by_django: int = 0
    failed: dict[str, str] = field(default_factory=dict)


def migrate(
    *,
    schemas: Sequence[str] | None = None,
    jobs: int = 4,
    lock_timeout: float = 10.0,
    begin: Callable[[int], None] = lambda _: None,
    advance: Callable[[], None] = lambda: None,
) -> Outcome:
    """Apply to every client's schema, or to these, the migrations it lacks, each in a transaction of its own, over
    `jobs` connections.

    A migration that is plain SQL is compiled once for all clients that stand at the same version, and replayed;
    others are run by Django, client by client. A schema where one fails, or waits longer than `lock_timeout` seconds
    for a lock, stays at the version before it and is named in the outcome. Interrupted at any point, it goes on from
    there when called again. `begin` is told how many steps there are, `advance` of each that is done.

    Raises Conflict where somebody else is migrating clients.
    """
    outcome = Outcome()
    loader = MigrationLoader(None, ignore_no_migrations=True)
    lacking: dict[frozenset[Key], int] = {}
    clusters = {name: alias for alias, names in versions.by_cluster(schemas).items() for name in names}
    with _alone():
        before: dict[str, frozenset[Key] | None] = {}
        todo: list[str] | None = None
        while todo is None or todo:
            states = versions.read(schemas if todo is None else todo)
            groups: dict[tuple[str, frozenset[Key]], list[str]] = {}
            for name, applied in states.items():
                if applied is None:
                    outcome.failed[name] = "it has no schema, or no record of migrations in it"
                    continue
                if applied not in lacking:
                    lacking[applied] = len(versions.missing(applied, loader))
                if not lacking[applied]:
                    outcome.migrated += todo is not None
                elif before.get(name) == applied:
                    outcome.failed[name] = "its migrations were run and are still missing"
                else:
                    groups.setdefault((clusters[name], applied), []).append(name)
            if todo is None:
                begin(sum(lacking[applied] * len(names) for (_, applied), names in groups.items()))
            before = states
            for (cluster, _), names in groups.items():
                with db.on_cluster(cluster):
                    _take_on(names, jobs, lock_timeout, outcome, advance, cluster)
            todo = [name for names in groups.values() for name in names if name not in outcome.failed]
    return outcome


def _take_on(
    names: list[str], jobs: int, lock_timeout: float, outcome: Outcome, advance: Callable[[], None], cluster: str
) -> None:
    """Take clients that are all at one version as far as plain SQL goes or, where that is nowhere, one migration on."""
    # For one client there is nothing to gain.
    steps = [(step.key, step.as_one()) for step in compile_for(names[0])] if len(names) > 1 else []
    waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
    for name in names:
        waiting.put(name)
    stop, counting = threading.Event(), threading.Lock()

    def replay(name: str) -> None:
        for key, statement in steps:
            with _blaming(key), db.enter(name), db.as_owner(), connection.cursor() as cursor:
                cursor.execute(statement)
            with counting:
                outcome.replayed += 1
                advance()

    def run_by_django(name: str) -> None:
        with db.enter(name), db.as_owner():
            executor = MigrationExecutor(connection)
            plan = executor.migration_plan(executor.loader.graph.leaf_nodes())[:1]
            for migration, _ in plan:
                with _blaming((migration.app_label, migration.name)):
                    executor.migrate([], plan=plan)
            if not plan:
                executor.check_replacements()
        with counting:
            outcome.by_django += len(plan)
            advance()

    def work() -> None:
        with db.on_cluster(cluster):
            work_there()

    def work_there() -> None:
        try:
            _set_patience(lock_timeout)
            while not stop.is_set():
                try:
                    name = waiting.get_nowait()
                except queue.Empty:
                    return
                try:
                    (replay if steps else run_by_django)(name)
                except Exception as problem:
                    with counting:
                        outcome.failed[name] = _reason(problem)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max(1, min(jobs, len(names)))) as pool:
        running = [pool.submit(work) for _ in range(max(1, min(jobs, len(names))))]
        try:
            for one in running:
                one.result()
        finally:
            # Where we are interrupted, what is being done is finished and nothing new begun.
            stop.set()


class _Failed(Exception):
    """A migration did not go through; the cause is the exception it raised."""

    def __init__(self, key: Key) -> None:
        super().__init__(".".join(key))


@contextmanager
def _blaming(key: Key) -> Iterator[None]:
    try:
        yield
    except Exception as problem:
        raise _Failed(key) from problem


def _reason(problem: BaseException) -> str:
    """What went wrong, in words that hold nothing of what is stored: PostgreSQL's messages quote values."""
    which = f"{problem}: " if isinstance(problem, _Failed) else ""
    cause: BaseException | None = problem.__cause__ if isinstance(problem, _Failed) else problem
    inner = cause.__cause__ if cause is not None and isinstance(cause.__cause__, psycopg.Error) else cause
    if not isinstance(inner, psycopg.Error):
        return which + type(inner).__name__
    where = [name for name in (inner.diag.table_name, inner.diag.column_name, inner.diag.constraint_name) if name]
    return which + type(inner).__name__ + (f" ({', '.join(where)})" if where else "")


def _set_patience(lock_timeout: float) -> None:
    with db.public(), db.as_owner(), connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = {int(lock_timeout * 1000)}")


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the lock that says clients are being migrated. Raises Conflict where it is held. A crash lets it go."""
    with db.public(), db.as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_MIGRATING])
        if cursor.fetchone() != (True,):
            raise Conflict("Clients are being migrated already.")
    try:
        yield
    finally:
        with db.public(), db.as_owner(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_MIGRATING])
