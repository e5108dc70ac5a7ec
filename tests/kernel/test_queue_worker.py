"""Real workers on a real queue: order, retries, dead letters, callbacks, limits, and never the wrong client."""

from __future__ import annotations

import json
import time

import pytest
from django.db import connection
from dramatiq import Broker, Message, MessageProxy, pipeline
from dramatiq.middleware import Middleware

from kernel import db
from kernel.queue import models, send
from kernel.queue.middleware import default_middleware
from kernel.queue.postgres import PostgresBroker
from kernel.queue.setup import configure
from tests.kernel import queue_cast
from tests.kernel.queue_cast import places, traces
from tests.kernel.queue_fixtures import (
    COMMITTING,
    clients,
    committed,
    eventually,
    running,
    traced,
    with_test_actors,
    working,
)

__all__ = ["clients", "committed", "traced"]

pytestmark = COMMITTING


def dead() -> list[tuple[str, str]]:
    return [(letter.actor, letter.error) for letter in models.DeadLetter.objects.order_by("died_at")]


def test_every_message_is_processed_once(traced: None) -> None:
    for number in range(50):
        send("test.note", str(number))
    with working(threads=4):
        eventually(lambda: models.Message.objects.count() == 0)
    assert sorted(traces(), key=int) == [str(number) for number in range(50)]


def test_two_workers_share_without_overlap(traced: None) -> None:
    with working(), working():
        for number in range(50):
            send("test.note", str(number))
        eventually(lambda: models.Message.objects.count() == 0)
    assert sorted(traces(), key=int) == [str(number) for number in range(50)]


def test_lower_priority_number_goes_first(traced: None) -> None:
    for number in range(5):
        send("test.note", f"later {number}")
    send("test.urgent", "first")
    with working(threads=1):
        eventually(lambda: models.Message.objects.count() == 0)
    assert traces()[0] == "first"


def test_failure_is_tried_again_until_it_works(traced: None) -> None:
    send("test.recover", "x")
    with working():
        eventually(lambda: models.Message.objects.count() == 0)
    assert traces() == ["x", "x", "x"]
    assert dead() == []


def test_failure_ends_as_dead_letter_without_its_text(traced: None) -> None:
    send("test.fail", "x")
    with working():
        eventually(lambda: len(dead()) == 1)
    assert traces() == ["x", "x", "x"]
    assert dead() == [("test.fail", "ValueError")]
    assert models.Message.objects.count() == 0
    letter = models.DeadLetter.objects.get()
    assert queue_cast.PERSONAL not in json.dumps(letter.payload)
    assert letter.payload["args"] == ["x"]


def test_waiting_retry_does_not_keep_its_text_either(traced: None) -> None:
    queue_cast.fail.send_with_options(args=("x",), min_backoff=60_000, max_backoff=60_000)
    with working():
        eventually(lambda: models.Message.objects.filter(worker=None, payload__options__retries=1).exists())
    assert queue_cast.PERSONAL not in json.dumps(models.Message.objects.get().payload)


def test_expected_exception_is_not_tried_again(traced: None) -> None:
    send("test.never_again")
    with working():
        eventually(lambda: len(dead()) == 1)
    assert traces() == ["once"]
    assert dead() == [("test.never_again", "LookupError")]


def test_actor_nobody_declares_and_payload_nobody_reads(traced: None) -> None:
    send("test.note", "x")
    models.Message.objects.update(
        actor="test.gone", payload={**models.Message.objects.get().payload, "actor_name": "test.gone"}
    )
    send("test.note", "y")
    models.Message.objects.filter(actor="test.note").update(payload={"args": 5})
    with working():
        eventually(lambda: len(dead()) == 2)
    assert sorted(error for _, error in dead()) == ["ActorNotFound", "DecodeError"]


def test_broken_transaction_of_an_actor_harms_nobody_after_it(traced: None) -> None:
    send("test.break_transaction")
    send("test.note", "after")
    with working(threads=1):
        eventually(lambda: models.Message.objects.count() == 0)
    assert traces() == ["after"]
    assert len(dead()) == 1


def test_time_limit_stops_an_endless_actor(traced: None) -> None:
    send("test.endless")
    broker = with_test_actors(PostgresBroker())
    broker.emit_after("process_boot")
    with running(broker):
        eventually(lambda: len(dead()) == 1)
    assert traces() == ["stopped"]
    assert dead() == [("test.endless", "TimeLimitExceeded")]


def test_pipeline_and_callbacks_stay_in_the_client(traced: None, clients: tuple[str, str]) -> None:
    with db.enter(clients[0]):
        second: Message[None] = Message("default", "test.result", (), {}, {})
        pipeline([queue_cast.double.message(21), second], broker=configure()).run()  # type: ignore[no-untyped-call]
        queue_cast.note.send_with_options(args=("x",), on_success=queue_cast.outcome)
        queue_cast.never_again.send_with_options(on_failure=queue_cast.outcome)
    with working():
        eventually(lambda: len(traces()) == 5 and models.Message.objects.count() == 0)
    assert sorted(traces()) == ["once", "outcome None", "outcome {'type': 'LookupError'}", "result 42", "x"]
    assert {(schema, role) for _, schema, role in places()} == {(clients[0], clients[0])}


def test_each_message_runs_in_its_own_client_and_thread_returns_to_public(
    traced: None, clients: tuple[str, str]
) -> None:
    for client in (*clients, "public", *clients):
        with db.enter(client):
            send("test.note", client)
    with working(threads=1):
        eventually(lambda: models.Message.objects.count() == 0)
    assert len(places()) == 5
    for what, schema, role in places():
        assert schema == what
        assert role == what or what == "public"


def test_retry_of_an_actor_that_left_its_schema_comes_back_to_it(traced: None, clients: tuple[str, str]) -> None:
    with db.enter(clients[0]):
        queue_cast.wander.send_with_options(max_retries=1, min_backoff=10, max_backoff=10)
    send("test.note", "in public")
    with working(threads=1):
        eventually(lambda: len(dead()) == 1 and len(traces()) == 3)
    assert [what for what, _, _ in places()].count("wandered") == 2
    assert models.DeadLetter.objects.get().schema == clients[0]
    assert next(schema for what, schema, _ in places() if what == "in public") == "public"


def test_message_for_a_client_that_is_gone_never_runs(traced: None, clients: tuple[str, str]) -> None:
    with db.enter(clients[0]):
        queue_cast.note.send_with_options(args=("x",), max_retries=1, min_backoff=10, max_backoff=10)
    models.Message.objects.update(schema="test_queue_gone")
    with working():
        eventually(lambda: len(dead()) == 1)
    assert traces() == []
    assert dead()[0][1] in ("TenantNotEntered", "TenantUnavailable")


class Careless(Middleware):
    """A hook that fails after processing, as sending a callback would without a database."""

    def after_process_message(
        self, broker: Broker, message: MessageProxy, *, result: object = None, exception: BaseException | None = None
    ) -> None:
        raise OSError("cannot send")


def test_message_whose_follow_up_could_not_be_sent_is_kept(traced: None) -> None:
    begun = time.monotonic()
    send("test.note", "x")
    broker = with_test_actors(PostgresBroker(middleware=[*default_middleware(), Careless()]))
    with running(broker):
        eventually(lambda: traces() == ["x"] and models.Message.objects.get().worker is None)
    row = models.Message.objects.get()
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM available_at - now()) FROM public.queue_message")
        (wait,) = cursor.fetchone() or (0,)
    assert row.actor == "test.note"
    assert 30 - (time.monotonic() - begun) < wait <= 30, "half a minute from when it was given back"


def test_message_whose_end_could_not_be_told_is_not_buried(traced: None, monkeypatch: pytest.MonkeyPatch) -> None:
    send("test.doomed")
    monkeypatch.setitem(queue_cast.doomed.options, "on_retry_exhausted", "test.not_there")
    with working():
        eventually(lambda: traces() == ["doomed"] and models.Message.objects.get().worker is None)
    assert dead() == []


@pytest.mark.parametrize("prefetch", [1, 2, 8])
def test_consumer_holds_no_more_than_it_has_threads_for(traced: None, prefetch: int) -> None:
    for number in range(20):
        send("test.note", str(number))
    consumer = with_test_actors(PostgresBroker()).consume("default", prefetch=prefetch, timeout=50)
    held = []
    while (message := next(consumer)) is not None:
        held.append(message)
    assert len(held) == max(1, prefetch // 2) == models.Message.objects.exclude(worker=None).count()
    consumer.requeue(held)
    consumer.close()
    assert not models.Message.objects.exclude(worker=None, attempts=0).exists()
