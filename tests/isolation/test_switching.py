"""Eight threads switch between clients at random while things go wrong: no statement ever runs in the wrong schema.

With a session per thread, with fewer pooled ones than threads, and in strict mode with fewer idle ones than clients.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext

import pytest
from django.db import DatabaseError, close_old_connections, connection, transaction

from analytics.listening.models import Query
from kernel import db
from kernel.db.targets import TransactionCrossed, store
from kernel.errors import TenantUnavailable
from tests.cast import Cast
from tests.isolation.conftest import isolation, pooled
from tests.kernel.queue_fixtures import COMMITTING, committed

__all__ = ["committed"]

pytestmark = COMMITTING

THREADS = 8
SWITCHES = 2_000
POOL = 5


class Injected(Exception):
    pass


@pytest.fixture(params=["default", "pooled", "strict", "strict and pooled"])
def sessions(committed: None, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where sessions come from."""
    monkeypatch.setattr(store, "most", 2)
    with ExitStack() as stack:
        if "pooled" in request.param:
            stack.enter_context(pooled(POOL))
        if "strict" in request.param:
            stack.enter_context(isolation("strict"))
        yield request.param


@pytest.fixture
def schemas(sessions: str, request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """The cast's clients, each with one committed row that bears its name."""
    cast: Cast = request.config.cast  # type: ignore[attr-defined]
    names = [client.schema_name for client in (cast.client, cast.second_client, cast.other_client)]
    for name in names:
        with db.enter(name):
            Query.objects.create(name=name, kind="brand", text="x")
    yield names
    for name in names:
        with db.enter(name), connection.cursor() as cursor:
            cursor.execute("DELETE FROM listening_query")


class Walker:
    """One thread's random walk; `seen` counts what it did and `wrong` what it read elsewhere."""

    def __init__(self, seed: int, schemas: list[str]) -> None:
        self.random = random.Random(seed)
        self.schemas = schemas
        self.seen: Counter[str] = Counter()
        self.wrong: list[tuple[str, object]] = []
        self.failure: BaseException | None = None
        self.steps: list[Callable[[str], None]] = [
            self.plain, self.plain, self.plain, self.in_transaction, self.nested, self.through_public,
            self.raising, self.broken, self.broken_savepoint, self.refused, self.missing, self.as_owner,
        ]  # fmt: skip

    def run(self) -> None:
        try:
            for _ in range(SWITCHES):
                schema = self.random.choice(self.schemas)
                step = self.random.choice(self.steps)
                dice = self.random.random()
                if dice < 0.004:
                    step = self.closed
                elif dice < 0.008:
                    step = self.cancelled
                try:
                    with db.enter(schema):
                        step(schema)
                        self.check(schema)
                except Injected:
                    pass
                if self.random.random() < 0.2:
                    # As at the end of a request or message.
                    close_old_connections()
                self.seen[step.__name__] += 1
                if db.current() != "public":
                    self.wrong.append(("public", db.current()))
        except BaseException as error:
            self.failure = error
        finally:
            connection.close()

    def check(self, schema: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT name, current_user::text, current_schema()::text FROM listening_query")
            rows = cursor.fetchall()
        if rows != [(schema, schema, schema)]:
            self.wrong.append((schema, rows))
        self.seen["reads"] += 1

    def plain(self, schema: str) -> None:
        self.check(schema)

    def in_transaction(self, schema: str) -> None:
        with transaction.atomic():
            self.check(schema)

    def nested(self, schema: str) -> None:
        other = self.random.choice(self.schemas)
        with transaction.atomic():
            with self.crossing(schema, other), transaction.atomic(), db.enter(other):
                self.check(other)
            self.check(schema)

    def crossing(self, schema: str, other: str) -> AbstractContextManager[object]:
        """In strict mode a transaction stays in the session it began in."""
        return pytest.raises(TransactionCrossed) if db.is_strict() and other != schema else nullcontext()

    def through_public(self, schema: str) -> None:
        with db.public(), connection.cursor() as cursor:
            cursor.execute("SELECT current_user = session_user, current_schema()::text")
            row = cursor.fetchone()
            if row != (True, "public"):
                self.wrong.append(("public", row))

    def raising(self, schema: str) -> None:
        with transaction.atomic():
            with db.enter(self.random.choice(self.schemas)):
                Query.objects.exists()
            raise Injected

    def broken(self, schema: str) -> None:
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

    def broken_savepoint(self, schema: str) -> None:
        other = self.random.choice(self.schemas)
        with transaction.atomic():
            self.check(schema)
            crosses = db.is_strict() and schema != other
            wrong = self.crossing(schema, other) if crosses else pytest.raises(DatabaseError)
            with wrong, transaction.atomic(), db.enter(other), connection.cursor() as cursor:
                cursor.execute("SELECT 1 / 0")
            self.check(schema)

    def refused(self, schema: str) -> None:
        with pytest.raises(DatabaseError), connection.cursor() as cursor:
            cursor.execute(
                self.random.choice(["RESET ROLE", "SELECT 1; RESET ROLE", "SELECT set_config('role', '', false)"])
            )

    def missing(self, schema: str) -> None:
        with pytest.raises(TenantUnavailable), db.enter("c_nobody"):
            Query.objects.exists()

    def as_owner(self, schema: str) -> None:
        with db.as_owner():
            Query.objects.exists()

    def closed(self, schema: str) -> None:
        self.check(schema)
        connection.close()

    def cancelled(self, schema: str) -> None:
        done = threading.Event()

        def cancel() -> None:
            # Again and again: one that comes before the statement is lost.
            while not done.wait(0.01):
                connection_of_walker.cancel()

        self.check(schema)
        connection_of_walker = connection.connection
        canceller = threading.Thread(target=cancel)
        canceller.start()
        with pytest.raises(DatabaseError), connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(30)")
        done.set()
        canceller.join()


def test_no_statement_ever_runs_in_another_schema(schemas: list[str]) -> None:
    walkers = [Walker(seed, schemas) for seed in range(THREADS)]
    threads = [threading.Thread(target=walker.run) for walker in walkers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [walker.failure for walker in walkers if walker.failure] == []
    assert [wrong for walker in walkers for wrong in walker.wrong] == []
    seen: Counter[str] = sum((walker.seen for walker in walkers), Counter())
    assert seen["reads"] > THREADS * SWITCHES
    assert len(store) <= store.most
    assert {step.__name__ for step in walkers[0].steps} | {"closed", "cancelled"} <= set(seen)
