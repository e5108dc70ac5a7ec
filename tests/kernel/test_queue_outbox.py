"""An outside broker behind the table: relayed when committed, never lost when the broker is away."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from dramatiq import Message
from dramatiq.brokers.stub import StubBroker
from dramatiq.errors import ConnectionClosed

from kernel import db
from kernel.queue import models, outbox, send
from kernel.queue.outbox import OutboxBroker, Relay
from kernel.queue.postgres import PostgresBroker, connect
from kernel.queue.setup import make
from tests.kernel import queue_cast
from tests.kernel.queue_cast import places, traces
from tests.kernel.queue_fixtures import COMMITTING, clients, committed, eventually, running, traced, with_test_actors

__all__ = ["clients", "committed", "traced"]

pytestmark = COMMITTING


class Flaky(StubBroker):
    """A real broker in memory whose line fails on the n-th message, once."""

    def __init__(self, *, fails_at: int = -1) -> None:
        super().__init__(middleware=[])
        self.fails_at = fails_at
        self.taken = 0

    def enqueue(self, message: Message[Any], *, delay: int | None = None) -> Message[Any]:
        self.taken += 1
        if self.taken == self.fails_at:
            raise ConnectionClosed("the line is down")  # type: ignore[no-untyped-call]
        return super().enqueue(message, delay=delay)


def waiting_in(target: StubBroker) -> int:
    return sum(queue.qsize() for queue in target.queues.values())


def test_rows_are_handed_over_once_they_are_committed(traced: None) -> None:
    target = Flaky()
    with connect("test") as rows:
        with transaction.atomic():
            send("test.note", "x")
            assert outbox.relay(rows, target) == 0
        assert outbox.relay(rows, target) == 1
        assert outbox.relay(rows, target) == 0
    assert waiting_in(target) == 1
    assert not models.Message.objects.exists()


def test_nothing_is_deleted_when_the_target_fails(traced: None) -> None:
    target = Flaky(fails_at=2)
    for number in range(3):
        send("test.note", str(number))
    with connect("test") as rows:
        with pytest.raises(ConnectionClosed):
            outbox.relay(rows, target)
        assert models.Message.objects.count() == 3
        assert outbox.relay(rows, target) == 3
    # At least once: the first was confirmed before the second failed.
    assert waiting_in(target) == 4


@pytest.mark.parametrize(
    "change",
    [
        {"payload": {"args": 5}},
        {"payload": []},
        {"payload__message_id": 5},
        {"payload__message_id": "0" * 32},
        {"payload__queue_name": "another"},
        {"queue": "no name", "payload__queue_name": "no name"},
    ],
    ids=str,
)
def test_a_row_that_is_no_message_holds_up_no_other(traced: None, change: dict[str, Any]) -> None:
    send("test.note", "spoilt")
    row = models.Message.objects.get()
    for key, value in change.items():
        if key.startswith("payload__"):
            row.payload[key.removeprefix("payload__")] = value
        else:
            setattr(row, key, value)
    row.save()
    send("test.note", "sound")
    target = Flaky()
    with connect("test") as rows:
        assert outbox.relay(rows, target) == 2
    assert waiting_in(target) == 1
    assert not models.Message.objects.exists()
    letter = models.DeadLetter.objects.get()
    assert (letter.pk, letter.error) == (row.pk, "DecodeError")


def test_delayed_messages_wait_in_the_table(traced: None) -> None:
    queue_cast.note.send_with_options(args=("x",), delay=60_000)
    with connect("test") as rows:
        assert outbox.relay(rows, Flaky()) == 0
    assert models.Message.objects.count() == 1


def test_worker_on_a_target_retries_buries_and_stays_in_the_client(traced: None, clients: tuple[str, str]) -> None:
    target = Flaky(fails_at=1)
    broker = with_test_actors(OutboxBroker(target))
    relay = Relay(target)
    relay.start()
    with running(broker):
        with db.enter(clients[0]):
            send("test.note", "inside")
        send("test.recover", "again")
        send("test.fail", "x")
        eventually(lambda: models.DeadLetter.objects.count() == 1 and traces().count("again") == 3)
        eventually(lambda: "inside" in traces())
    relay.stop()
    assert ("inside", clients[0], clients[0]) in places()
    letter = models.DeadLetter.objects.get()
    assert (letter.actor, letter.error, letter.schema) == ("test.fail", "ValueError", "public")
    assert not models.Message.objects.exists()
    assert target.dead_letters == []


def test_stamp_is_the_rows_and_not_the_payloads(traced: None, clients: tuple[str, str]) -> None:
    with db.enter(clients[0]):
        send("test.note", "x")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE public.queue_message SET payload = jsonb_set(payload, '{options,schema}', '\"public\"')")
    target = Flaky()
    with connect("test") as rows:
        outbox.relay(rows, target)
    data = target.queues["default"].get()
    assert Message.decode(data).options["schema"] == clients[0]


def test_which_broker_a_url_makes() -> None:
    assert isinstance(make(""), PostgresBroker)
    rabbit = make("amqp://guest:guest@127.0.0.1:5672/")
    assert isinstance(rabbit, OutboxBroker)
    assert rabbit.target.confirm_delivery  # type: ignore[attr-defined]
    with pytest.raises(ImproperlyConfigured, match="BROKER_URL"):
        make("kafka://user:word@localhost")


@pytest.mark.skipif(importlib.util.find_spec("redis") is not None, reason="the redis client is installed")
def test_missing_client_library_is_named_and_the_url_is_not() -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        make("redis://:word@localhost/0")
    assert "dramatiq[redis]" in str(caught.value)
    assert "word" not in str(caught.value)
