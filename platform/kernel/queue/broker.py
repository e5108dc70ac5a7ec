"""What our brokers share: messages are rows first, written on Django's connection in the caller's transaction."""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import UUID

import dramatiq
from django.db import InterfaceError, OperationalError, connection
from dramatiq import Message, MessageProxy
from dramatiq.common import q_name
from dramatiq.middleware import Middleware

from kernel import db
from kernel.logs import get_logger
from kernel.queue import statements
from kernel.queue.errors import UnknownQueue, UnreadableMessage
from kernel.queue.middleware import default_middleware
from kernel.queue.tenancy import FIRST, PUBLIC, active_schema, handed_cluster, handing_over

log = get_logger(__name__)

# What dramatiq takes as a queue's name. Another broker may fail on anything else.
_QUEUE_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9._-]*")


class OutboxWriter(dramatiq.Broker):
    """The half of a broker that faces the senders.

    Parameters:
      middleware: replaces `kernel.queue.middleware.default_middleware` as a whole; None means that.
    """

    # The cluster whose queue this broker's messages come from, and where retries of theirs go back to.
    cluster = FIRST

    def __init__(self, middleware: list[Middleware] | None = None) -> None:
        super().__init__(default_middleware() if middleware is None else middleware)
        self.queues: dict[str, None] = {}

    def declare_queue(self, queue_name: str) -> None:
        """Delays are a column here, so no queue has a second one for delayed messages."""
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues[queue_name] = None
            self.emit_after("declare_queue", queue_name)

    def enqueue(self, message: Message[Any], *, delay: int | None = None) -> Message[Any]:
        """Write the message on Django's connection, whatever schema and role are active; `delay` is in milliseconds.

        Raises UnknownQueue for an undeclared queue, TypeError for arguments that are not JSON.
        """
        if q_name(message.queue_name) not in self.queues:
            raise UnknownQueue(message.queue_name)
        self.emit_before("enqueue", message, delay)
        priority = self.actors[message.actor_name].priority if message.actor_name in self.actors else 0
        row = (
            message.message_id,
            q_name(message.queue_name),
            message.actor_name,
            message.options["schema"],
            encode(message),
            priority,
            max(delay or 0, 0),
        )
        cluster = handed_cluster()
        if cluster == FIRST or active_schema() != PUBLIC:
            _write(row)
        else:
            with db.on_cluster(cluster):
                _write(row)
        self.emit_after("enqueue", message, delay)
        return message

    def emit_after(self, signal: str, *args: Any, **kwargs: Any) -> None:
        """As dramatiq does it, but a hook that fails after processing is not just logged: retries and callbacks are
        sent by such hooks, and acknowledging the message then would lose them. It is marked instead and goes back
        to the queue."""
        if signal != "process_message":
            super().emit_after(signal, *args, **kwargs)
            return
        message: MessageProxy = args[0]
        with handing_over(message.options.get("schema"), self.cluster):
            for middleware in reversed(self.middleware):
                try:
                    middleware.after_process_message(self, message, **kwargs)
                except Exception:
                    message._unsettled = True  # type: ignore[attr-defined]
                    log.exception("queue.hook_failed", hook=type(middleware).__name__, message_id=message.message_id)

    def flush(self, queue_name: str) -> None:
        """Delete the queue's messages, claimed ones too."""
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM public.queue_message WHERE queue = %s", [queue_name])

    def flush_all(self) -> None:
        for queue_name in self.queues:
            self.flush(queue_name)


def encode(message: Message[Any]) -> str:
    """The message as JSON, without what may hold personal data: tracebacks quote exceptions' messages."""
    fields = message.asdict()
    fields["options"] = {key: value for key, value in message.options.items() if key != "traceback"}
    return json.dumps(fields, separators=(",", ":"))


def decode(payload: dict[str, Any], *, identity: UUID, queue: str, schema: str) -> Message[Any]:
    """The message of a row. The schema is the row's: the database has checked that one against the sender's role.

    Raises UnreadableMessage for a payload that is no message or is another row's.
    """
    try:
        fields = {**payload, "args": tuple(payload["args"]), "options": {**payload["options"], "schema": schema}}
        message = Message[Any](**fields)
        told = UUID(message.message_id), q_name(message.queue_name)
    except (TypeError, KeyError, ValueError, AttributeError):
        raise UnreadableMessage("the payload is no message") from None
    if told != (identity, queue) or not _QUEUE_NAME.fullmatch(queue):
        raise UnreadableMessage("the payload is of another message")
    return message


def _write(row: tuple[str | int, ...]) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(statements.ENQUEUE, row)
    except (OperationalError, InterfaceError):
        # Outside a transaction a broken connection costs one more try: this may be the retry of an actor that
        # failed just because its connection broke.
        if connection.in_atomic_block:
            raise
        connection.close()
        with connection.cursor() as cursor:
            cursor.execute(statements.ENQUEUE, row)
