"""Suspending clients and agencies: nothing is lost, nothing is done, until they are resumed."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models.functions import Now

from kernel.errors import Conflict, NotAllowed
from kernel.queue.models import Message
from tenants.audit import record
from tenants.lifecycle.rows import lock
from tenants.models import Agency, Client


class ClientSuspended(Conflict):
    code = "client_suspended"
    title = "This client is suspended; it can be read, and resumed"


class AgencySuspended(NotAllowed):
    code = "agency_suspended"
    title = "This agency is suspended; ask the operator of this service"


def require_running(agency: Agency) -> None:
    """Raises AgencySuspended."""
    if agency.suspended_at is not None:
        raise AgencySuspended()


@transaction.atomic
def suspend_client(*, client: Client, actor: str, now: datetime) -> Client:
    """Make a client read-only and let its work wait. Suspending twice changes nothing.

    Raises Conflict for a client whose deletion was asked for, or that is being set up.
    """
    lock(client)
    if client.status == Client.Status.SUSPENDED:
        return client
    if client.status != Client.Status.ACTIVE:
        raise Conflict("Only an active client can be suspended.")
    client.status = Client.Status.SUSPENDED
    client.suspended_at = now
    client.save(update_fields=["status", "suspended_at", "updated_at"])
    record(agency_id=client.agency_id, actor=actor, action="client.suspended", client_id=client.id)
    return client


@transaction.atomic
def resume_client(*, client: Client, actor: str) -> Client:
    """Take a suspension back; work that waited goes on at once. Raises Conflict where there is none."""
    lock(client)
    if client.status != Client.Status.SUSPENDED:
        raise Conflict("This client is not suspended.")
    client.status = Client.Status.ACTIVE
    client.suspended_at = None
    client.save(update_fields=["status", "suspended_at", "updated_at"])
    hurry([client.schema_name])
    record(agency_id=client.agency_id, actor=actor, action="client.resumed", client_id=client.id)
    return client


@transaction.atomic
def suspend_agency(*, agency: Agency, actor: str, now: datetime) -> Agency:
    """The operator's: let none of the agency's keys and people in, and its clients' work wait. Twice is as once."""
    agency.refresh_from_db(from_queryset=Agency.objects.select_for_update())
    if agency.suspended_at is None:
        agency.suspended_at = now
        agency.save(update_fields=["suspended_at"])
        record(agency_id=agency.id, actor=actor, action="agency.suspended")
    return agency


@transaction.atomic
def resume_agency(*, agency: Agency, actor: str) -> Agency:
    """Take an agency's suspension back. Raises Conflict where there is none."""
    agency.refresh_from_db(from_queryset=Agency.objects.select_for_update())
    if agency.suspended_at is None:
        raise Conflict("This agency is not suspended.")
    agency.suspended_at = None
    agency.save(update_fields=["suspended_at"])
    hurry(list(Client.objects.filter(agency=agency).values_list("schema_name", flat=True)))
    record(agency_id=agency.id, actor=actor, action="agency.resumed")
    return agency


def hurry(schemas: list[str]) -> None:
    """Make messages due that wait for these clients."""
    Message.objects.filter(schema__in=schemas, worker=None, available_at__gt=Now()).update(available_at=Now())
