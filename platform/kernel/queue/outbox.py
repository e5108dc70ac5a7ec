"""RabbitMQ or Redis behind the same table: senders write rows, a relay hands the due ones over, workers consume there.

A row is deleted after the target has confirmed it, so a crash in between delivers twice and never loses. Delays and
retries wait in the table, dead letters end in our own, whatever the target calls its own.
"""

from __future__ import annotations

import importlib
import logging
import threading
from collections.abc import Iterable

import dramatiq
import psycopg
from django.core.exceptions import ImproperlyConfigured
from dramatiq import Consumer, MessageProxy
from dramatiq.common import q_name
from dramatiq.errors import BrokerConnectionError
from dramatiq.middleware import Middleware
from psycopg import sql

from kernel.logs import get_logger
from kernel.queue import statements
from kernel.queue.broker import OutboxWriter, decode, encode
from kernel.queue.errors import DatabaseLost, UnreadableMessage
from kernel.queue.postgres import UNSETTLED_DELAY_MS, Connection, connect
from kernel.queue.tenancy import FIRST

log = get_logger(__name__)

BATCH = 100
POLL_SECONDS = 1.0
LONGEST_PAUSE = 30.0


def target_for(url: str) -> dramatiq.Broker:
    """The broker `url` (amqp://, redis://) names, as a mere transport: the middleware runs on our side.

    Raises ImproperlyConfigured, without the URL, when its client library is not installed.
    """
    kind = "redis" if url.startswith("redis") else "rabbitmq"
    try:
        module = importlib.import_module(f"dramatiq.brokers.{kind}")
    except ImportError:
        raise ImproperlyConfigured(f"BROKER_URL needs the {kind} client: pip install 'dramatiq[{kind}]'.") from None
    if kind == "redis":
        # By default a crashed worker's messages may wait very long before Redis gives them to another.
        redis: dramatiq.Broker = module.RedisBroker(
            url=url, middleware=[], heartbeat_timeout=15_000, maintenance_chance=200_000
        )
        return redis
    # pika tells the story of every connection, several lines each.
    logging.getLogger("pika").setLevel(logging.CRITICAL)
    rabbit: dramatiq.Broker = module.RabbitmqBroker(url=url, middleware=[], confirm_delivery=True)
    return rabbit


class OutboxBroker(OutboxWriter):
    """Writes rows, consumes from `target`. Someone has to relay: every worker process runs a Relay."""

    def __init__(self, target: dramatiq.Broker, middleware: list[Middleware] | None = None) -> None:
        super().__init__(middleware)
        self.target = target

    def declare_queue(self, queue_name: str) -> None:
        super().declare_queue(queue_name)
        self.target.declare_queue(queue_name)

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 30_000) -> Consumer:
        return OutboxConsumer(self.target.consume(queue_name, prefetch=max(1, prefetch // 2), timeout=timeout))

    def close(self) -> None:
        self.target.close()


class OutboxConsumer(Consumer):
    """The target's consumer, with our dead letters and our second chance for what a hook could not settle."""

    def __init__(self, inner: Consumer) -> None:
        self.inner = inner

    def __next__(self) -> MessageProxy | None:
        return next(self.inner)

    def ack(self, message: MessageProxy) -> None:
        if getattr(message, "_unsettled", False):
            schema, delay = message.options.get("schema", "public"), UNSETTLED_DELAY_MS
            row = (message.message_id, q_name(message.queue_name), message.actor_name, schema)
            _write(statements.ENQUEUE, (*row, encode(message._message), 0, delay))
        self.inner.ack(message)

    def nack(self, message: MessageProxy) -> None:
        error = type(message._exception).__name__ if message._exception is not None else "Rejected"
        log.warning("queue.dead_letter", message_id=message.message_id, actor=message.actor_name, error_type=error)
        schema = message.options.get("schema", "public")
        row = (message.message_id, q_name(message.queue_name), message.actor_name, schema)
        _write(statements.INSERT_DEAD, (*row, encode(message._message), error[:200], message.message_timestamp))
        self.inner.ack(message)

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        self.inner.requeue(messages)

    def close(self) -> None:
        self.inner.close()


class Relay(threading.Thread):
    """Hands due rows over to the target until stopped; while the target or the database is away it waits and tries
    again, at most LONGEST_PAUSE seconds apart."""

    def __init__(self, target: dramatiq.Broker, cluster: str = FIRST) -> None:
        super().__init__(name="relay", daemon=True)
        self.cluster = cluster
        self.target = target
        self._stopped = threading.Event()

    def run(self) -> None:
        pause = POLL_SECONDS
        while not self._stopped.is_set():
            try:
                with (
                    connect("earshot-relay", self.cluster) as rows,
                    connect("earshot-relay-listener", self.cluster) as listening,
                ):
                    listening.execute(sql.SQL("LISTEN {}").format(sql.Identifier(statements.CHANNEL)))
                    while not self._stopped.is_set():
                        if relay(rows, self.target) == 0:
                            list(listening.notifies(timeout=POLL_SECONDS, stop_after=1))
                        pause = POLL_SECONDS
            except (BrokerConnectionError, psycopg.Error, OSError) as error:
                log.warning("queue.relay_waits", error_type=type(error).__name__, seconds=pause)
                self._stopped.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            except Exception:
                log.exception("queue.relay_failed")
                self._stopped.wait(LONGEST_PAUSE)

    def stop(self) -> None:
        """End the thread and wait for it."""
        self._stopped.set()
        if self.is_alive():
            self.join()


def relay(rows: Connection, target: dramatiq.Broker, *, limit: int = BATCH) -> int:
    """Hand over at most `limit` due rows, then delete them; returns how many. If the target fails, none is deleted.

    A row that is no message is buried: it must not hold up those behind it.
    """
    with rows.transaction():
        due = rows.execute(statements.RELAY, (limit,)).fetchall()
        for identity, queue, schema, payload in due:
            try:
                message = decode(payload, identity=identity, queue=queue, schema=schema)
            except UnreadableMessage:
                log.error("queue.unreadable_message", message_id=str(identity))
                rows.execute(statements.BURY, {"id": identity, "worker": None, "error": "DecodeError"})
                continue
            target.declare_queue(message.queue_name)
            target.enqueue(message)
        rows.execute(statements.RELAYED, ([row[0] for row in due],))
    return len(due)


def _write(statement: str, row: tuple[object, ...]) -> None:
    try:
        with connect("earshot-outbox") as opened:
            opened.execute(statement, row)
    except psycopg.Error as error:
        raise DatabaseLost(error) from None
