"""The default broker: messages wait in PostgreSQL and are claimed with SKIP LOCKED, woken by NOTIFY.

Each consumer has two connections. One holds the consumer's advisory lock and listens; the other claims and settles.
The lock is the sign of life: PostgreSQL drops it the moment the process is gone, however it went, and any other
consumer then gives its claims back within RELEASE_EVERY seconds.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection
from dramatiq import Consumer, MessageProxy
from dramatiq.common import q_name
from dramatiq.errors import ActorNotFound
from psycopg import sql

from kernel.errors import TenantUnavailable
from kernel.logs import get_logger
from kernel.queue import statements
from kernel.queue.broker import OutboxWriter, decode, encode
from kernel.queue.errors import DatabaseLost, StillBusy, UnknownQueue, UnreadableMessage
from kernel.queue.tenancy import FIRST

log = get_logger(__name__)

Connection = psycopg.Connection[tuple[Any, ...]]

MAX_ATTEMPTS = 5
RELEASE_EVERY = 2.0
# How long a message waits whose retry or callback could not be sent.
UNSETTLED_DELAY_MS = 30_000


def connect(name: str, cluster: str = FIRST) -> Connection:
    """A connection of our own to the database of a cluster: autocommit, as the application, never in a client's role.

    Raises DatabaseLost, which makes dramatiq's worker try again.
    """
    try:
        wrapper: Any = connection.copy()
        parameters = wrapper.parameters_of(cluster)
        for key in ("cursor_factory", "context", "assume_role", "isolation_level", "server_side_binding", "pool"):
            parameters.pop(key, None)
        # A peer that vanished without a word is noticed within a minute.
        alive = {"keepalives_idle": 20, "keepalives_interval": 10, "keepalives_count": 3}
        opened: Connection = psycopg.connect(**{**alive, **parameters, "autocommit": True, "application_name": name})
    except (psycopg.Error, TenantUnavailable) as error:
        raise DatabaseLost(error) from None
    return opened


class PostgresBroker(OutboxWriter):
    """See the module. Options are those of OutboxWriter."""

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 30_000) -> PostgresConsumer:
        """A consumer of one queue. dramatiq asks for twice as many messages as it has threads; we hold one for each,
        since a message that waits here behind a long one could run in another process."""
        if q_name(queue_name) not in self.queues:
            raise UnknownQueue(queue_name)
        return PostgresConsumer(self, queue_name, limit=max(1, prefetch // 2), timeout=timeout / 1000)

    def join(self, queue_name: str, *, timeout: int | None = None) -> None:
        """Wait, at most `timeout` ms, until nothing of the queue is due or in work. For tests."""
        deadline = None if timeout is None else time.monotonic() + timeout / 1000
        with connect("earshot-join", self.cluster) as watcher:
            while True:
                row = watcher.execute(statements.PENDING, (queue_name,)).fetchone()
                if row is not None and row[0] == 0:
                    return
                if deadline is not None and time.monotonic() > deadline:
                    raise StillBusy
                time.sleep(0.02)


class PostgresMessage(MessageProxy):
    """A claimed message; `worker` is the number it was claimed under."""

    def __init__(self, message: Any, *, worker: int) -> None:
        super().__init__(message)
        self.worker = worker
        self._unsettled = False

    @property
    def key(self) -> dict[str, object]:
        return {"id": UUID(self._message.message_id), "worker": self.worker}


class PostgresConsumer(Consumer):
    """Claims messages of one queue, at most `limit` at a time. `timeout` (s) is how long to wait for one.

    `ack` and `nack` may be called from any thread.
    """

    def __init__(self, broker: PostgresBroker, queue_name: str, *, limit: int, timeout: float) -> None:
        self.broker = broker
        self.queue_name = queue_name
        self.limit = limit
        self.timeout = timeout
        self._buffer: deque[PostgresMessage] = deque()
        self._held = 0
        self._settled = threading.Condition()
        self._next_release = 0.0
        self._listening = connect("earshot-listener", broker.cluster)
        try:
            self.worker = self._sign_on()
            self._commands = connect("earshot-consumer", broker.cluster)
        except psycopg.Error as error:
            self._listening.close()
            raise DatabaseLost(error) from None
        except BaseException:
            self._listening.close()
            raise

    def __next__(self) -> PostgresMessage | None:
        try:
            return self._next()
        except psycopg.Error as error:
            raise DatabaseLost(error) from None

    def ack(self, message: MessageProxy) -> None:
        """Delete the row, or give it back when a hook could not send what follows from it."""
        assert isinstance(message, PostgresMessage)
        if message._unsettled:
            self._give_back([message], delay_ms=UNSETTLED_DELAY_MS, worker=message.worker)
            self._done()
        else:
            self._settle(statements.ACK, message.key)

    def nack(self, message: MessageProxy) -> None:
        """Move the row to the dead letters, with the type of what went wrong."""
        assert isinstance(message, PostgresMessage)
        error = type(message._exception).__name__ if message._exception is not None else "Rejected"
        log.warning("queue.dead_letter", message_id=message.message_id, actor=message.actor_name, error_type=error)
        self._settle(statements.BURY, {**message.key, "error": error[:200]})

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        """Give back messages that were not begun."""
        mine = [message for message in messages if isinstance(message, PostgresMessage)]
        for worker in {message.worker for message in mine}:
            self._give_back([message for message in mine if message.worker == worker], delay_ms=0, worker=worker)

    def close(self) -> None:
        """Give back what was claimed and not handed out, then sign off."""
        with suppress(DatabaseLost):
            self._give_back(list(self._buffer), delay_ms=0, worker=self.worker)
        self._buffer.clear()
        self._commands.close()
        self._listening.close()

    def _sign_on(self) -> int:
        self._listening.execute(sql.SQL("LISTEN {}").format(sql.Identifier(statements.CHANNEL)))
        while True:
            row = self._listening.execute(statements.NEXT_WORKER).fetchone()
            assert row is not None
            number = int(row[0])
            locked = self._listening.execute(statements.LOCK_WORKER, (statements.LOCK_CLASS, number)).fetchone()
            if locked is not None and locked[0]:
                return number

    def _next(self) -> PostgresMessage | None:
        if not self._buffer:
            self._release_dead()
            if not self._has_room():
                return None
            self._claim()
            if not self._buffer:
                self._wait()
                self._claim()
        if not self._buffer:
            return None
        with self._settled:
            self._held += 1
        return self._buffer.popleft()

    def _has_room(self) -> bool:
        with self._settled:
            return self._settled.wait_for(lambda: self._held < self.limit, timeout=self.timeout)

    def _claim(self) -> None:
        with self._settled:
            limit = self.limit - self._held
        wanted = {"queue": self.queue_name, "worker": self.worker, "limit": limit}
        for identity, schema, payload in self._commands.execute(statements.CLAIM, wanted).fetchall():
            try:
                message = decode(payload, identity=identity, queue=self.queue_name, schema=schema)
            except UnreadableMessage:
                log.error("queue.unreadable_message", message_id=str(identity))
                key = {"id": identity, "worker": self.worker, "error": "DecodeError"}
                self._commands.execute(statements.BURY, key)
                continue
            self._buffer.append(PostgresMessage(message, worker=self.worker))

    def _wait(self) -> None:
        deadline = time.monotonic() + self.timeout
        while (remaining := deadline - time.monotonic()) > 0:
            for notice in self._listening.notifies(timeout=remaining, stop_after=1):
                if notice.payload == self.queue_name:
                    return

    def _release_dead(self) -> None:
        if time.monotonic() < self._next_release:
            return
        self._next_release = time.monotonic() + RELEASE_EVERY
        limits = {"lock_class": statements.LOCK_CLASS, "max_attempts": MAX_ATTEMPTS}
        for identity, queue, actor, schema, payload, worker in self._commands.execute(
            statements.LOST, limits
        ).fetchall():
            log.warning("queue.dead_letter", message_id=str(identity), actor=actor, error_type="WorkerLost")
            told = self._whom_to_tell(identity, queue, schema, payload)
            key = {"id": identity, "worker": worker, "error": "WorkerLost", **told}
            self._commands.execute(statements.BURY_AND_SEND if told else statements.BURY, key)
        released = self._commands.execute(statements.RELEASE_DEAD, limits).rowcount
        if released > 0:
            log.warning("queue.released_dead_claims", count=released)

    def _whom_to_tell(self, identity: UUID, queue: str, schema: str, payload: Any) -> dict[str, object]:
        """The row of the message that `on_retry_exhausted` asks for, as after too many failures; {} for none."""
        try:
            lost = decode(payload, identity=identity, queue=queue, schema=schema)
            options = self.broker.get_actor(lost.actor_name).options
            name = lost.options.get("on_retry_exhausted") or options.get("on_retry_exhausted")
            if not name:
                return {}
            target = self.broker.get_actor(name)
        except (UnreadableMessage, ActorNotFound):
            return {}
        retries = {"retries": lost.options.get("retries", 0), "max_retries": options.get("max_retries")}
        told = target.message(lost.asdict(), retries)
        told.options["schema"] = schema
        return {
            "next_id": told.message_id,
            "next_queue": q_name(told.queue_name),
            "next_actor": told.actor_name,
            "next_payload": encode(told),
            "next_priority": target.priority,
        }

    def _settle(self, statement: str, parameters: dict[str, object]) -> None:
        try:
            self._commands.execute(statement, parameters)
        except psycopg.Error as error:
            raise DatabaseLost(error) from None
        self._done()

    def _done(self) -> None:
        with self._settled:
            self._held = max(0, self._held - 1)
            self._settled.notify_all()

    def _give_back(self, messages: list[PostgresMessage], *, delay_ms: int, worker: int) -> None:
        if not messages:
            return
        ids = [UUID(message.message_id) for message in messages]
        try:
            self._commands.execute(statements.REQUEUE, {"ids": ids, "worker": worker, "delay_ms": delay_ms})
            self._commands.execute(statements.NOTIFY, (self.queue_name,))
        except psycopg.Error as error:
            raise DatabaseLost(error) from None
