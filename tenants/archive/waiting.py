"""Work that waits in the queue for a client: it goes along, and goes on where the client comes back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from dramatiq.errors import ActorNotFound

from kernel import db
from kernel.jobs import services as jobs
from kernel.jobs.models import Job
from kernel.queue import statements
from kernel.queue.actors import find
from kernel.queue.models import Message
from tenants.archive.refusal import DAMAGED, ArchiveRefused

_FIELDS = ("id", "queue", "actor", "payload", "priority", "available_at")
_LONGEST_MS = 7 * 24 * 3600 * 1000


def messages_of(schema: str, *, now: datetime) -> Iterator[dict[str, Any]]:
    """The client's messages, those being processed too: actors may run twice. `delay_ms` is how long they wait yet."""
    for row in Message.objects.filter(schema=schema).order_by("enqueued_at", "id").values(*_FIELDS):
        wait = row.pop("available_at") - now
        yield {**row, "id": str(row["id"]), "delay_ms": max(0, int(wait.total_seconds() * 1000))}


def read_messages(pieces: Iterable[bytes], *, schema: str, count: int) -> list[dict[str, Any]]:
    """Messages as they were written. Raises ArchiveRefused for one that is not for an actor known here."""
    try:
        found = [json.loads(line) for line in b"".join(pieces).splitlines()]
        for row in found:
            declared = find(row["actor"])
            options = row["payload"]["options"]
            fits = row["payload"]["actor_name"] == row["actor"] and row["queue"] == declared.queue_name
            if not fits or options.get("schema", schema) != schema or not isinstance(row["priority"], int):
                raise ValueError
            if not 0 <= row["delay_ms"] <= _LONGEST_MS:
                raise ValueError
            UUID(row["id"])
    except ActorNotFound:
        raise ArchiveRefused("Work that waits in the archive is of a kind that is not known here.") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ArchiveRefused(f"{DAMAGED}: the messages cannot be read.") from None
    if len(found) != count:
        raise ArchiveRefused(f"{DAMAGED}: there are messages too few or too many.")
    return found


def go_on(messages: list[dict[str, Any]], *, schema: str, least_delay: timedelta) -> int:
    """Enqueue the messages for the client, and end the jobs that none of them will end: their messages were with
    another broker. Returns how many jobs that were."""
    with db.public(), connection.cursor() as cursor:
        for row in messages:
            delay = max(int(least_delay.total_seconds() * 1000), row["delay_ms"])
            values = (row["id"], row["queue"], row["actor"], schema, json.dumps(row["payload"]), row["priority"], delay)
            cursor.execute(statements.ENQUEUE, values)
    named = {argument for row in messages for argument in row["payload"].get("args", []) if isinstance(argument, str)}
    ended = 0
    # As the owner: the client's own login, where it has one, sees nothing of what is not committed.
    with db.enter(schema), db.as_owner():
        for job in Job.objects.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING]).only("id", "result"):
            if job.id not in named and job.result not in named:
                jobs.fail(job_id=job.id, code="moved", detail="The client was moved while this ran. Ask for it again.")
                ended += 1
    return ended
