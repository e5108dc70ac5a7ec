"""Sending: in the sender's transaction, by name, from inside any client's role, and only for that client."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import ProgrammingError, connection, transaction
from dramatiq import Message
from dramatiq.errors import ActorNotFound, QueueNotFound

from kernel import db
from kernel.queue import actor, models, send, statements
from kernel.queue.setup import configure
from tests.kernel import queue_cast
from tests.kernel.queue_fixtures import COMMITTING, clients, committed, traced

__all__ = ["clients", "committed", "traced"]

pytestmark = COMMITTING


def waiting() -> int:
    return models.Message.objects.count()


def test_message_is_written_with_what_it_needs(traced: None) -> None:
    sent = send("test.urgent", "x", delay=timedelta(minutes=1))
    row = models.Message.objects.get()
    assert (row.actor, row.queue, row.schema, row.priority) == ("test.urgent", "default", "public", -10)
    assert row.payload["args"] == ["x"]
    assert str(row.id) == sent.message_id
    assert timedelta(seconds=59) < row.available_at - row.enqueued_at < timedelta(seconds=61)
    assert row.worker is None
    assert row.attempts == 0


def test_rolled_back_with_its_transaction(traced: None) -> None:
    with transaction.atomic():
        send("test.note", "x")
        assert waiting() == 1
        transaction.set_rollback(True)
    assert waiting() == 0


def test_rolled_back_with_its_savepoint(traced: None) -> None:
    with transaction.atomic():
        send("test.note", "kept")
        with transaction.atomic():
            send("test.note", "gone")
            transaction.set_rollback(True)
    assert models.Message.objects.get().payload["args"] == ["kept"]


def test_unknown_name_is_refused_at_once(traced: None) -> None:
    with pytest.raises(ActorNotFound):
        send("test.nobody")


def test_undeclared_queue_is_refused(traced: None) -> None:
    message: Message[None] = Message("elsewhere", "test.note", (), {}, {})
    with pytest.raises(QueueNotFound):
        configure().enqueue(message)


def test_arguments_that_are_not_json_are_refused(traced: None) -> None:
    with pytest.raises(TypeError):
        send("test.note", object())
    assert waiting() == 0


def test_name_taken_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="already registered"):
        actor("test.note")(lambda: None)


def test_sent_from_inside_a_client_under_its_role(traced: None, clients: tuple[str, str]) -> None:
    with db.enter(clients[0]), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO own VALUES (1)")
            cursor.execute("SELECT current_user")
            assert cursor.fetchone() == (clients[0],)
        send("test.note", "x")
    assert models.Message.objects.get().schema == clients[0]


def test_client_role_has_no_way_to_the_table_itself(traced: None, clients: tuple[str, str]) -> None:
    for statement in ("SELECT * FROM public.queue_message", "DELETE FROM public.queue_message"):
        with db.enter(clients[0]), connection.cursor() as cursor, pytest.raises(ProgrammingError, match="denied"):
            cursor.execute(statement)


def test_client_role_cannot_enqueue_for_another_client_or_replace_its_message(
    traced: None, clients: tuple[str, str]
) -> None:
    first, second = clients
    with db.enter(second):
        theirs = send("test.note", "theirs")
    for schema in (second, "public"):
        row = (uuid4(), "default", "test.note", schema, "{}", 0, 0)
        with db.enter(first), connection.cursor() as cursor, pytest.raises(ProgrammingError, match="itself only"):
            cursor.execute(statements.ENQUEUE, row)
    with db.enter(first), connection.cursor() as cursor:
        cursor.execute(statements.ENQUEUE, (theirs.message_id, "default", "test.note", first, "{}", 0, 0))
    assert models.Message.objects.get().payload["args"] == ["theirs"]


def test_a_message_keeps_its_first_stamp(traced: None, clients: tuple[str, str]) -> None:
    message = queue_cast.note.message("x")
    with db.enter(clients[0]):
        configure().enqueue(message)
    configure().enqueue(message, delay=1000)
    assert models.Message.objects.get().schema == clients[0]
