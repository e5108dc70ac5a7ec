"""Many requests, few messages: for work that one run does for all who asked."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import dramatiq
from django.utils.crypto import salted_hmac

from kernel.queue.actors import find
from kernel.queue.models import Message
from kernel.queue.tenancy import active_schema


def send_once(name: str, *, within: timedelta, now: datetime) -> dramatiq.Message[Any]:
    """Have the actor `name`, which takes no arguments, run once for the present client at the end of the span of
    `within` that `now` lies in, however often it is asked for meanwhile.

    Those who ask in one span write the same row, for which they wait: outside a transaction that is a moment.
    Raises ActorNotFound as `send` does, ValueError for a span that is not positive.
    """
    if within <= timedelta(0):
        raise ValueError("the span must be positive")
    span, gone = span_of(now, within)
    declared = find(name)
    # Not to be guessed: a client that takes another's id first would keep its message out.
    digest = salted_hmac("kernel.queue.coalescing", f"{name} {active_schema()} {span}", algorithm="sha256").digest()
    message = declared.message().copy(message_id=str(uuid.UUID(bytes=digest[:16])))
    return declared.broker.enqueue(message, delay=int((within - gone).total_seconds() * 1000))


def span_of(now: datetime, within: timedelta) -> tuple[int, timedelta]:
    """Which span of `within` since 1970 `now` lies in, and how much of it is gone by."""
    return divmod(now.astimezone(UTC) - datetime.fromtimestamp(0, UTC), within)


def under_way(name: str, *, schema: str) -> list[tuple[Any, ...]]:
    """The arguments of each message of the actor `name` for one client that waits or is being processed.

    Call it outside every client: their roles may not look. What was handed over to another broker is not seen.
    """
    rows = Message.objects.filter(actor=name, schema=schema).values_list("payload__args", flat=True)
    return [tuple(args) for args in rows]


def schemas_under_way(name: str) -> set[str]:
    """The clients for which a message of the actor `name` waits or is being processed. As `under_way`."""
    return set(Message.objects.filter(actor=name).values_list("schema", flat=True))
