"""Processing the queue inside a test: in the calling thread, in the caller's transaction, on Django's connection."""

from __future__ import annotations

import json
from typing import Any

from django.db import Error, connection, transaction
from dramatiq import MessageProxy
from dramatiq.middleware import SkipMessage

from kernel import db
from kernel.queue import statements
from kernel.queue.actors import discover
from kernel.queue.broker import OutboxWriter, decode
from kernel.queue.setup import of_cluster
from kernel.queue.tenancy import FIRST, PUBLIC, active_schema, enter

# No consumer ever has this number: the sequence starts at 1.
TEST_WORKER = -1

_TAKE = """
UPDATE public.queue_message SET worker = %(worker)s, claimed_at = clock_timestamp(), attempts = attempts + 1
WHERE id = (
    SELECT id FROM public.queue_message
    WHERE worker IS NULL AND (%(delayed)s OR available_at <= clock_timestamp())
    ORDER BY priority, available_at LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING id, queue, schema, payload
"""


def drain(limit: int = 1000, *, delayed: bool = False, reraise: bool = True, cluster: str = FIRST) -> int:
    """Process what is queued, and what that queues in turn, until nothing is due; returns how many were processed.

    `delayed=True` takes delayed messages (retries among them) too, without waiting. The first exception of an actor
    is raised after its message has been settled as a worker would, unless `reraise=False`. Each actor runs in a
    savepoint when the caller is in a transaction, rolled back only if the actor broke the transaction.
    Raises RuntimeError when more than `limit` messages were processed.
    """
    discover()
    broker = of_cluster(cluster)
    processed = 0
    while (message := _take(broker, delayed)) is not None:
        if processed >= limit:
            raise RuntimeError(f"more than {limit} messages: does an actor send itself?")
        processed += 1
        error = _process(broker, message)
        if error is not None and reraise:
            raise error
    return processed


def _take(broker: OutboxWriter, delayed: bool) -> MessageProxy | None:
    row = _execute(broker.cluster, _TAKE, {"worker": TEST_WORKER, "delayed": delayed})
    if row is None:
        return None
    identity, queue, schema, payload = row
    payload = json.loads(payload) if isinstance(payload, str) else payload
    return MessageProxy(decode(payload, identity=identity, queue=queue, schema=schema))


def _process(broker: OutboxWriter, message: MessageProxy) -> BaseException | None:
    error: BaseException | None = None
    savepoint = transaction.savepoint() if connection.in_atomic_block else None
    try:
        broker.emit_before("process_message", message)
        result = None
        if not message.failed:
            result = broker.get_actor(message.actor_name)(*message.args, **message.kwargs)
        broker.emit_after("process_message", message, result=result)
    except SkipMessage:
        broker.emit_after("skip_message", message)
    except Exception as raised:
        error = raised
        message.stuff_exception(raised)
        if savepoint is not None and isinstance(raised, Error):
            transaction.savepoint_rollback(savepoint)
        broker.emit_after("process_message", message, exception=raised)
    key: dict[str, Any] = {"id": message.message_id, "worker": TEST_WORKER}
    if message.failed:
        _execute(broker.cluster, statements.BURY, {**key, "error": type(error).__name__ if error else "Rejected"})
    else:
        _execute(broker.cluster, statements.ACK, key)
    return error


def _execute(cluster: str, statement: str, parameters: dict[str, Any]) -> tuple[Any, ...] | None:
    def run() -> tuple[Any, ...] | None:
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchone() if cursor.description else None

    if cluster != FIRST:
        with db.on_cluster(cluster):
            return run()
    if active_schema() == PUBLIC:
        return run()
    with enter(PUBLIC):
        return run()
