"""The dead letters: what is there, and sending it again once the reason has been mended."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet
from dramatiq.errors import ActorNotFound

from kernel.queue import statements
from kernel.queue.actors import find
from kernel.queue.broker import decode, encode
from kernel.queue.errors import UnreadableMessage
from kernel.queue.models import DeadLetter

# Who has not mended the reason by then never will; what letters carry names work of long ago.
KEPT_FOR = timedelta(days=90)
# What a message gathers while it fails.
_HISTORY = ("retries", "requeue_timestamp")


def dead_letters(*, actor: str = "", ids: Collection[UUID] = ()) -> QuerySet[DeadLetter]:
    """Those of one actor, or of these ids, or all of them; the newest first."""
    found = DeadLetter.objects.order_by("-died_at", "id")
    if ids:
        found = found.filter(id__in=ids)
    return found.filter(actor=actor) if actor else found


@transaction.atomic
def resend(letters: QuerySet[DeadLetter]) -> int:
    """Put messages back into the queue as if they had never been tried, and forget that they died; returns how many.

    Each keeps its id and client. Those that are no messages, or whose actor is gone, stay where they are. Call it
    outside every client.
    """
    sent = []
    for letter in letters.select_for_update():
        try:
            message = decode(letter.payload, identity=letter.id, queue=letter.queue, schema=letter.schema)
            priority = find(message.actor_name).priority
        except (UnreadableMessage, ActorNotFound):
            continue
        for name in _HISTORY:
            message.options.pop(name, None)
        row = (letter.id, letter.queue, letter.actor, letter.schema, encode(message), priority, 0)
        with connection.cursor() as cursor:
            cursor.execute(statements.ENQUEUE, row)
        sent.append(letter.id)
    DeadLetter.objects.filter(id__in=sent).delete()
    return len(sent)


def forget(*, before: datetime) -> int:
    """Delete the letters of messages that died before a time; returns how many. Call it outside every client."""
    count, _ = DeadLetter.objects.filter(died_at__lt=before).delete()
    return count
