"""Streams and parcels: written in the public schema, in one transaction with the stream's cursor."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.crypto import salted_hmac

from analytics.journey.streams.models import Parcel, Stream
from kernel.logs import get_logger
from kernel.queue.actors import find
from kernel.queue.models import Message
from kernel.queue.tenancy import handing_over
from tenants.lifecycle.serving import schemas_at_work
from tenants.models import Client

log = get_logger(__name__)

DELIVER = "journey.deliver"
MOST_TRIES = 5
# What was tried so often is kept for somebody to look at.
GIVEN_UP_KEPT = timedelta(days=7)
_OVERDUE = timedelta(minutes=5)


class Overtaken(Exception):
    """Somebody else read the stream on from the same place; nothing was handed over."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A parcel ready to be kept: the client's schema, how many posts, and the sealed bytes."""

    schema: str
    posts: int
    sealed: bytes


def stream_named(name: str) -> Stream:
    """The stream of this name, made if it is new."""
    return Stream.objects.get_or_create(name=name)[0]


@transaction.atomic
def hand_over(
    *,
    stream: Stream,
    parcels: Sequence[Sealed],
    now: datetime,
    cursor: Mapping[str, object] | None = None,
    delay: timedelta = timedelta(0),
) -> None:
    """Keep parcels, send for their delivery after `delay`, and have the stream stand at `cursor` where one is given:
    all of it or nothing. Raises Overtaken where the stream stands elsewhere than when it was read."""
    if cursor is not None:
        held = Stream.objects.select_for_update().get(id=stream.id)
        if held.cursor != stream.cursor:
            raise Overtaken
        held.cursor, held.read_at = dict(cursor), now
        held.save(update_fields=["cursor", "read_at"])
    Parcel.objects.bulk_create(
        [
            Parcel(schema=each.schema, stream=stream, posts=each.posts, sealed=each.sealed, made_at=now)
            for each in parcels
        ],
        batch_size=1_000,
    )
    send_for({each.schema for each in parcels}, delay=delay)
    if cursor is not None:
        transaction.on_commit(lambda: setattr(stream, "cursor", held.cursor))


def send_for(schemas: Collection[str], *, delay: timedelta = timedelta(0)) -> None:
    """Have what waits for some clients delivered, in the caller's transaction. However often that is asked for, one
    message per client waits: its id is the client's. Where it is being processed, it will be once more."""
    declared = find(DELIVER)
    ids = {_message_id(schema): schema for schema in schemas}
    # Held until the commit, a message that waits cannot be begun before what it is to deliver is there to be seen.
    held = Message.objects.select_for_update().filter(id__in=ids, worker=None).order_by("id")
    for known in list(held.values_list("id", flat=True)):
        ids.pop(known, None)
    for message_id, schema in ids.items():
        with handing_over(schema):
            declared.broker.enqueue(
                declared.message().copy(message_id=str(message_id)), delay=int(delay.total_seconds() * 1000)
            )


def _message_id(schema: str) -> UUID:
    # Not to be guessed: a client that takes another's id first would keep its message out.
    digest = salted_hmac("analytics.journey.streams", f"{DELIVER} {schema}", algorithm="sha256").digest()
    return UUID(bytes=digest[:16])


def delivered(ids: Sequence[int]) -> None:
    """The client has them."""
    Parcel.objects.filter(id__in=ids).delete()


def tried(ids: Sequence[int]) -> None:
    """They could not be stored, for a reason of their own."""
    Parcel.objects.filter(id__in=ids).update(tries=F("tries") + 1)
    given_up = Parcel.objects.filter(id__in=ids, tries__gte=MOST_TRIES).count()
    if given_up:
        log.error("journey.parcels_given_up", count=given_up)


def tidy(*, now: datetime) -> None:
    """Send anew for what has waited too long, and delete what is of clients that are no more, and what was given up
    long ago."""
    gone = Client.objects.exclude(status=Client.Status.PURGING).values("schema_name")
    Parcel.objects.exclude(schema__in=gone).delete()
    given_up = Parcel.objects.filter(tries__gte=MOST_TRIES, made_at__lt=now - GIVEN_UP_KEPT).delete()[0]
    if given_up:
        log.warning("journey.parcels_forgotten", count=given_up)
    overdue = Parcel.objects.filter(made_at__lt=now - _OVERDUE, tries__lt=MOST_TRIES)
    waiting = set(overdue.values_list("schema", flat=True).distinct())
    with transaction.atomic():
        send_for(waiting.intersection(schemas_at_work()))
