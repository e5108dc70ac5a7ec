"""Actors the queue's tests send, and the table in which they leave their traces, readable from any process."""

from __future__ import annotations

import time
from datetime import timedelta

from django.db import connection
from dramatiq.middleware import TimeLimitExceeded

from kernel import db
from kernel.queue import actor, periodic

TRACES = "public.test_queue_trace"
SOON = timedelta(milliseconds=50)
PERSONAL = "kim.invented@example.org"


def create_traces() -> None:
    with db.as_owner(), connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {TRACES}")
        cursor.execute(
            f"CREATE TABLE {TRACES} (id serial, what text, schema text DEFAULT current_schema(), "
            "role text DEFAULT current_user)"
        )
        cursor.execute(f"GRANT INSERT, SELECT ON {TRACES} TO PUBLIC")
        cursor.execute(f"GRANT USAGE ON SEQUENCE {TRACES}_id_seq TO PUBLIC")


def drop_traces() -> None:
    with db.as_owner(), connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {TRACES}")


def leave(what: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {TRACES} (what) VALUES (%s)", [what])


def traces() -> list[str]:
    """What happened, in order."""
    return [what for what, _, _ in places()]


def places() -> list[tuple[str, str, str]]:
    """What happened, in which schema, under which role."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT what, schema, role FROM {TRACES} ORDER BY id")
        return list(cursor.fetchall())


@actor("test.note")
def note(what: str) -> None:
    leave(what)


@actor("test.urgent", priority=-10)
def urgent(what: str) -> None:
    leave(what)


@actor("test.fail", max_retries=2, min_backoff=SOON, max_backoff=SOON)
def fail(what: str) -> None:
    leave(what)
    raise ValueError(f"could not read {PERSONAL}")


@actor("test.recover", max_retries=3, min_backoff=SOON, max_backoff=SOON)
def recover(what: str) -> None:
    leave(what)
    if traces().count(what) < 3:
        raise ValueError("not yet")


@actor("test.never_again", throws=LookupError)
def never_again() -> None:
    leave("once")
    raise LookupError("no use")


@actor("test.break_transaction", max_retries=0)
def break_transaction() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")


@actor("test.chain")
def chain(step: int) -> None:
    leave(f"step {step}")
    if step:
        chain.send(step - 1)


@actor("test.double")
def double(number: int) -> int:
    return 2 * number


@actor("test.result")
def result(number: int) -> None:
    leave(f"result {number}")


@actor("test.outcome")
def outcome(message: dict[str, object], what: object) -> None:
    leave(f"outcome {what}")


@actor("test.doomed", max_retries=0, on_retry_exhausted="test.outcome")
def doomed() -> None:
    leave("doomed")
    raise ValueError("no luck")


@actor("test.wander")
def wander() -> None:
    """Leaves the schema it was called in and does not come back."""
    connection.set_schema_to_public()  # type: ignore[attr-defined]
    leave("wandered")
    raise ValueError("lost")


@actor("test.linger")
def linger(what: str) -> None:
    """Begins, then waits for a trace "go"."""
    leave(f"{what} begun")
    deadline = time.monotonic() + 30
    while "go" not in traces() and time.monotonic() < deadline:
        time.sleep(0.02)
    leave(f"{what} done")


@actor("test.endless", time_limit=timedelta(milliseconds=200), max_retries=0)
def endless() -> None:
    try:
        while True:
            time.sleep(0.01)
    except TimeLimitExceeded:
        leave("stopped")
        raise


@periodic("test.tick", every=timedelta(minutes=5))
@actor("test.tick")
def tick() -> None:
    leave("tick")
