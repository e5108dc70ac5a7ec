"""Carrying a deletion out: first the data key, in a transaction of its own, then all the rest."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from kernel import db
from kernel.queue import send
from kernel.queue.models import DeadLetter, Message
from tenants import schema
from tenants.audit import record
from tenants.models import ApiKey, Client, Domain

ACTOR = "system"


def due(now: datetime) -> QuerySet[Client]:
    """Clients whose time has come, and those that an earlier attempt has not got rid of."""
    found: QuerySet[Client] = Client.objects.filter(
        Q(status=Client.Status.PURGING) | Q(status=Client.Status.DELETING, purge_at__lte=now)
    ).order_by("purge_at")
    return found


def send_purge(client: Client) -> None:
    """Have a worker purge the client, once the caller's transaction is committed."""
    send("tenants.purge_client", client.id)


def destroy_key(client: Client, *, actor: str) -> None:
    """Within the caller's transaction, which holds the row: overwrite the wrapped data key, so that no envelope and no
    pseudonym of this client can ever be opened or made again, and take it from everybody's sight: host names go, and
    API keys that were good for this client alone are revoked."""
    client.wrapped_key = b""
    client.status = Client.Status.PURGING
    client.save(update_fields=["wrapped_key", "status", "updated_at"])
    Domain.objects.filter(tenant=client).delete()
    _revoke_keys(client, actor=actor)
    record(agency_id=client.agency_id, actor=actor, action="client.key_destroyed", client_id=client.id)


def purge(*, client_id: str, now: datetime) -> bool:
    """Purge a client that is due: destroy its key, commit, delete its files, and drop schema, role, messages and row
    together. Killed at any point, the next call goes on from there. Returns whether there was anything to do; a
    client whose deletion was taken back is left alone.

    Raises Conflict where workers do not let go of the tables for too long.
    """
    with transaction.atomic():
        client = due(now).select_for_update().filter(id=client_id).first()
        if client is None:
            return False
        if client.status == Client.Status.DELETING:
            destroy_key(client, actor=ACTOR)
    name, agency_id = client.schema_name, client.agency_id
    remove_files(name)
    with transaction.atomic():
        held = Client.objects.select_for_update().filter(id=client_id).first()
        if held is None:
            return True  # somebody else's purge was faster
        schema.drop(name, cluster=held.cluster)
        for cluster in {"default", held.cluster}:
            with db.on_cluster(cluster):
                Message.objects.filter(schema=name).delete()
                DeadLetter.objects.filter(schema=name).delete()
        held.delete()
        record(agency_id=agency_id, actor=ACTOR, action="client.deleted", client_id=client_id)
    remove_files(name)  # what work that was under way has written since
    return True


def remove_files(name: str) -> None:
    """Delete the folder of uploads and reports of the client whose schema is called so."""
    shutil.rmtree(Path(settings.FILES_ROOT) / name, ignore_errors=True)


def _revoke_keys(client: Client, *, actor: str) -> None:
    # A key that is bound to nobody any more would be good for every client.
    for key in ApiKey.objects.filter(clients=client, revoked_at=None).prefetch_related("clients"):
        if len(key.clients.all()) == 1:
            key.revoked_at = client.updated_at
            key.save(update_fields=["revoked_at"])
            record(agency_id=client.agency_id, actor=actor, action="api_key.revoked", detail={"key": key.id})
