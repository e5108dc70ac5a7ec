"""What shared streams send for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import transaction

from analytics.journey import deliver as delivering
from analytics.journey.streams import services
from analytics.journey.summaries import ask_for_summary
from kernel import db
from kernel.queue import actor, periodic, send
from tenants.selectors import client_by_schema

_WHILE_BUSY = timedelta(seconds=5)


class Undelivered(Exception):
    """Some parcels could not be stored; they are tried again."""


@actor(services.DELIVER)
def deliver() -> None:
    """Store for a while what waits for this client, and have it understood; go on in a next message."""
    schema, now = db.current(), datetime.now(UTC)
    with db.public():
        client = client_by_schema(schema)
    try:
        done = delivering.deliver(client=client, now=now)
    except delivering.Busy:
        _again(schema, _WHILE_BUSY)
        return
    for stream_id in sorted(done.streams):
        send("journey.understand", stream_id)
    if done.stored:
        ask_for_summary(now)
    if done.failed:
        raise Undelivered
    if not done.finished:
        _again(schema, timedelta(0))


@periodic("journey.tidy_parcels", every=timedelta(minutes=10))
@actor("journey.tidy_parcels")
def tidy_parcels() -> None:
    """Send anew for what waits too long, and delete what waits for nobody."""
    services.tidy(now=datetime.now(UTC))


def _again(schema: str, delay: timedelta) -> None:
    with db.public(), transaction.atomic():
        services.send_for([schema], delay=delay)
