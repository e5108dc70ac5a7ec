"""Workers that die: nothing is lost, nothing is left claimed, and a message that kills is given up."""

from __future__ import annotations

import signal

import psycopg
import pytest
from django.db import connection
from dramatiq.errors import BrokerConnectionError

from kernel.queue import models, send, statements
from kernel.queue.postgres import MAX_ATTEMPTS, PostgresBroker, PostgresConsumer
from kernel.queue.testing import drain
from tests.kernel.queue_cast import leave, traces
from tests.kernel.queue_fixtures import (
    COMMITTING,
    PATIENCE,
    committed,
    eventually,
    traced,
    with_test_actors,
    worker_process,
)

__all__ = ["committed", "traced"]

pytestmark = COMMITTING


def consumer() -> PostgresConsumer:
    opened = with_test_actors(PostgresBroker()).consume("default", prefetch=2, timeout=100)
    assert isinstance(opened, PostgresConsumer)
    return opened


def vanish(victim: PostgresConsumer) -> None:
    """What the kernel does for a process that was killed: its sockets close, nothing is said."""
    victim._commands.close()
    stop_listening(victim)


def stop_listening(victim: PostgresConsumer) -> None:
    """Close the connection that is a consumer's sign of life, and wait until PostgreSQL has noticed."""
    victim._listening.close()
    eventually(lambda: victim.worker not in alive())


def alive() -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(statements._ALIVE, {"lock_class": statements.LOCK_CLASS})
        return {number for (number,) in cursor.fetchall()}


def rush() -> None:
    models.Message.objects.update(available_at="2026-01-01T00:00:00Z")


@pytest.mark.slow
def test_worker_killed_with_9_and_its_message_taken_up_by_the_next(traced: None) -> None:
    send("test.linger", "x")
    with worker_process() as first:
        eventually(lambda: traces() == ["x begun"])
        first.send_signal(signal.SIGKILL)
        first.wait()
    assert models.Message.objects.get().worker is not None
    with worker_process() as second:
        eventually(lambda: traces() == ["x begun", "x begun"])
        leave("go")
        eventually(lambda: models.Message.objects.count() == 0)
        second.terminate()
        assert second.wait(PATIENCE) == 0
    assert traces() == ["x begun", "x begun", "go", "x done"]


@pytest.mark.slow
def test_worker_asked_to_stop_finishes_its_work_and_gives_back_the_rest(traced: None) -> None:
    # So many that it cannot come to their end before it hears that it is to stop: "go" lets all of them go.
    many = 200
    for number in range(many):
        send("test.linger", str(number))
    with worker_process(threads=1) as process:
        eventually(lambda: len(traces()) == 1)
        process.terminate()
        leave("go")
        output, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, output
    begun, done = (sum(trace.endswith(end) for trace in traces()) for end in ("begun", "done"))
    assert begun == done < many
    assert list(models.Message.objects.values_list("worker", "attempts")) == [(None, 0)] * (many - done)


def test_claims_of_the_dead_are_given_back_and_those_of_the_living_are_not(traced: None) -> None:
    send("test.note", "of the dead")
    victim, heir = consumer(), None
    assert next(victim) is not None
    send("test.note", "of the living")
    living = consumer()
    held = next(living)
    assert held is not None
    assert held.args == ("of the living",)
    vanish(victim)
    heir = consumer()
    taken = next(heir)
    assert taken is not None
    assert taken.args == ("of the dead",)
    assert next(heir) is None
    assert models.Message.objects.get(pk=held.message_id).worker == living.worker
    living.close()
    heir.close()


def test_settling_a_claim_that_was_lost_changes_nothing(traced: None) -> None:
    send("test.note", "x")
    late, heir = consumer(), None
    held = next(late)
    assert held is not None
    stop_listening(late)
    heir = consumer()
    taken = next(heir)
    assert taken is not None
    assert taken.message_id == held.message_id
    late.ack(held)
    late.nack(held)
    late.requeue([held])
    assert models.Message.objects.get().worker == heir.worker
    assert not models.DeadLetter.objects.exists()
    heir.ack(taken)
    assert not models.Message.objects.exists()
    late._commands.close()
    heir.close()


def test_message_that_kills_its_workers_is_given_up(traced: None) -> None:
    send("test.note", "poison")
    for death in range(MAX_ATTEMPTS):
        assert not models.DeadLetter.objects.exists(), death
        victim = consumer()
        assert next(victim) is not None
        vanish(victim)
        witness = consumer()
        witness._release_dead()
        rush()
        witness.close()
    letter = models.DeadLetter.objects.get()
    assert (letter.actor, letter.error) == ("test.note", "WorkerLost")
    assert not models.Message.objects.exists()


def test_whoever_waits_for_a_message_that_kills_is_told_once(traced: None) -> None:
    send("test.doomed")
    for _ in range(MAX_ATTEMPTS):
        victim = consumer()
        assert next(victim) is not None
        vanish(victim)
        witnesses = consumer(), consumer()
        for witness in witnesses:
            witness._release_dead()
            witness.close()
        rush()
    assert models.DeadLetter.objects.get().error == "WorkerLost"
    told = models.Message.objects.get()
    assert (told.actor, told.schema, told.worker) == ("test.outcome", "public", None)
    assert drain() == 1
    assert traces() == ["outcome {'retries': 0, 'max_retries': 0}"]


def test_numbers_of_living_consumers_differ(traced: None) -> None:
    several = [consumer() for _ in range(3)]
    assert len({one.worker for one in several}) == 3
    for one in several:
        one.close()


def test_lost_connection_is_told_in_dramatiqs_terms(traced: None) -> None:
    send("test.note", "x")
    victim = consumer()
    held = next(victim)
    assert held is not None
    with pytest.raises(psycopg.OperationalError):
        victim._commands.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    for act in (victim.ack, victim.nack):
        with pytest.raises(BrokerConnectionError):
            act(held)
    victim.close()
