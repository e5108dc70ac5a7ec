"""The catalogue's actors."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import transaction

from analytics.listening.catalogue import services
from kernel.queue import actor, periodic, send
from kernel.queue.tenancy import handing_over
from tenants.lifecycle.serving import schemas_at_work


@actor("catalogue.tell")
def tell() -> None:
    """Have the catalogue know this client's queries as they are now."""
    services.tell()


@periodic("catalogue.reconcile", every=timedelta(hours=1))
@actor("catalogue.reconcile")
def reconcile() -> None:
    """Once an hour, have each active client tell anew, whatever was lost, and forget what is long gone."""
    services.forget(now=datetime.now(UTC))
    schemas = schemas_at_work()
    with transaction.atomic():
        for schema in schemas:
            with handing_over(schema):
                send("catalogue.tell")
