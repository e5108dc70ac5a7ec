"""Whether a client's schema may be worked in now. The API asks before it enters one; the queue enters through here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from kernel import db
from kernel.errors import TenantUnavailable
from kernel.queue.waiting import Forsaken, Postponed
from tenants.models import Client
from tenants.schema.versions import ClientBehind, require_current

# A suspension lasts for days; migrating takes minutes. Whoever resumes a client makes its messages due at once.
_WHILE_IDLE = timedelta(minutes=15)
_WHILE_BEHIND = timedelta(seconds=30)


@contextmanager
def enter_for_work(schema: str) -> Iterator[None]:
    """Enter a client's schema to process a message of it; see `kernel.db.enter`.

    Raises Postponed where the client or its agency is suspended, its deletion was asked for, or its schema is behind
    the code; Forsaken where it is being removed.
    """
    if schema != db.PUBLIC:
        _check(schema)
    with db.enter(schema):
        yield


def schemas_at_work() -> list[str]:
    """The schemas of all clients that work may be done for now, for actors that go through all of them. One that the
    code is ahead of is left out, so that it keeps nobody else from work."""
    with db.public():
        found = Client.objects.filter(status=Client.Status.ACTIVE, agency__suspended_at=None).order_by("id")
        return [schema for schema in found.values_list("schema_name", flat=True) if _is_current(schema)]


def _check(schema: str) -> None:
    with db.public():
        row = Client.objects.filter(schema_name=schema).values_list("status", "agency__suspended_at").first()
        if row is None:
            return  # entering fails closed where there is no schema either
        status, agency_suspended_at = row
        if status == Client.Status.PURGING:
            raise Forsaken("the client is being removed")
        if status in (Client.Status.SUSPENDED, Client.Status.DELETING) or agency_suspended_at is not None:
            raise Postponed("the client is suspended or about to be deleted", delay=_WHILE_IDLE)
    try:
        require_current(schema)
    except ClientBehind:
        raise Postponed("the code is ahead of the client's schema", delay=_WHILE_BEHIND) from None


def _is_current(schema: str) -> bool:
    try:
        require_current(schema)
    except TenantUnavailable:
        return False
    return True
