"""What the API does by itself: exports, and tidying up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from analytics.journey import exports
from analytics.journey.models import Export
from api.exports.making import make
from api.idempotency import KEPT_FOR
from api.models import IdempotencyRecord
from kernel import db
from kernel.errors import TenantUnavailable
from kernel.jobs import services as jobs
from kernel.queue import actor, periodic
from tenants.models import Client
from tenants.schema.versions import require_current


@periodic("api.forget_answers", every=timedelta(hours=1))
@actor("api.forget_answers")
def forget_answers() -> None:
    """Delete kept answers whose Idempotency-Key has lapsed."""
    IdempotencyRecord.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()


@actor("api.make_export", max_retries=3, time_limit=timedelta(hours=2), on_retry_exhausted="api.give_up_export")
def make_export(client_id: str, export_id: str) -> None:
    """Make an export that was asked for; one that was forgotten meanwhile, or whose client is gone, is left alone. Sent
    without a client, since a suspended client's messages wait."""
    client = Client.objects.filter(id=client_id).exclude(status=Client.Status.PURGING).first()
    if client is None:
        return
    require_current(client.schema_name)
    with db.enter(client.schema_name):
        export = Export.objects.filter(id=export_id).first()
        if export is not None:
            make(client=client, export=export)


@actor("api.give_up_export")
def give_up_export(message: dict[str, Any], retry: dict[str, Any]) -> None:
    """End the job of an export that could not be made."""
    client_id, export_id = (str(argument) for argument in message["args"])
    client = Client.objects.filter(id=client_id).first()
    if client is None:
        return
    with db.enter(client.schema_name):
        export = Export.objects.filter(id=export_id).first()
        if export is not None:
            jobs.fail(
                job_id=export.job_id, code="export_failed", detail="The export could not be made. Ask for it again."
            )


@periodic("api.expire_exports", every=timedelta(hours=1))
@actor("api.expire_exports")
def expire_exports() -> None:
    """Delete the files of exports that were kept long enough, of every client whatever its status, and send again for
    what was asked for and never begun."""
    failure: Exception | None = None
    waiting = Client.objects.exclude(status__in=[Client.Status.CREATING, Client.Status.PURGING])
    for client_id, schema in list(waiting.values_list("id", "schema_name")):
        try:
            require_current(schema)
            with db.enter(schema):
                exports.expire(now=timezone.now())
                exports.send_again(client_id=client_id, now=timezone.now())
        except TenantUnavailable:
            continue  # it is being migrated; there is a next hour
        except Exception as error:
            failure = error  # one client's trouble is not the others'; doing theirs again does no harm
    if failure is not None:
        raise failure
