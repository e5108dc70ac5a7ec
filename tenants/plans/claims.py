"""Queries and uploads are claimed before they are made, so that two at once cannot both be the last that fits.

They live in clients' schemas, which one transaction never spans together with the public one: so a claim is committed
first, then the thing is made, and where that failed the claim is given back. A process killed in between leaves a
claim too many, never one too few, until `settle_queries` or `settle_storage` counts anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Sum
from django.db.models.functions import Greatest

from kernel import db
from tenants.models import Client, ClientMeter, Plan
from tenants.plans.limits import PlanLimit, locked_agency, plan_of

# Longer than any request runs: what was claimed before has been made, or never will be.
SETTLED_AFTER = timedelta(minutes=10)


@contextmanager
def query_claimed(client: Client, *, now: datetime) -> Iterator[None]:
    """Make one query in this block, in a transaction that ends with it. Raises PlanLimit before anything is made."""
    _claim_query(client, now)
    try:
        yield
    except BaseException:
        give_query_back(client, now=now)
        raise


def give_query_back(client: Client, *, now: datetime) -> None:
    """A query was deleted, for good, or was not made after all."""
    with db.public():
        ClientMeter.objects.filter(client_id=client.id).update(
            queries=Greatest(F("queries") - 1, 0), queries_changed_at=now
        )


@contextmanager
def storage_claimed(client: Client, *, size: int, now: datetime) -> Iterator[None]:
    """Keep `size` bytes in this block. Raises PlanLimit before anything is kept."""
    with db.public(), transaction.atomic():
        plan = _plan_locked(client, "storage_bytes")
        if plan is not None:
            _check_storage(client, plan, size)
        _meter_of(client, now)
        ClientMeter.objects.filter(client_id=client.id).update(storage_bytes=F("storage_bytes") + size)
    try:
        yield
    except BaseException:
        with db.public():
            ClientMeter.objects.filter(client_id=client.id).update(storage_bytes=Greatest(F("storage_bytes") - size, 0))
        raise


def check_storage(client: Client, *, size: int) -> None:
    """Raises PlanLimit where `size` bytes more would not fit, claiming nothing: for a look before a body is read."""
    with db.public():
        plan = plan_of(client.agency_id)
        if plan is not None and plan.storage_bytes is not None:
            _check_storage(client, plan, size)


def settle_queries(client: Client, *, queries: int, counted_at: datetime) -> bool:
    """Write down how many queries a client really has, counted at a moment. Returns False, and leaves the meter, where
    one was claimed or given back shortly before that or after it: it may not have been counted, and is in the meter."""
    with db.public():
        _meter_of(client, counted_at - 2 * SETTLED_AFTER)
        quiet = ClientMeter.objects.filter(client_id=client.id, queries_changed_at__lte=counted_at - SETTLED_AFTER)
        return quiet.update(queries=queries) == 1


def settle_storage(client: Client, *, size: int, measured_at: datetime) -> None:
    """Write down the bytes that were measured."""
    with db.public():
        _meter_of(client, measured_at)
        ClientMeter.objects.filter(client_id=client.id).update(storage_bytes=size, storage_measured_at=measured_at)


def _claim_query(client: Client, now: datetime) -> None:
    with db.public(), transaction.atomic():
        plan = _plan_locked(client, "queries")
        _meter_of(client, now)
        if plan is not None:
            allowed = plan.queries or 0
            used = ClientMeter.objects.filter(client__agency_id=client.agency_id).aggregate(n=Sum("queries"))["n"] or 0
            if used >= allowed:
                raise PlanLimit(plan=plan.name, limit="queries", used=used, allowed=allowed)
        ClientMeter.objects.filter(client_id=client.id).update(queries=F("queries") + 1, queries_changed_at=now)


def _plan_locked(client: Client, limit: str) -> Plan | None:
    """The plan, with the agency locked, where it sets this limit."""
    plan = plan_of(client.agency_id)
    if plan is None or getattr(plan, limit) is None:
        return None
    plan = locked_agency(client.agency_id).plan
    return plan if plan is not None and getattr(plan, limit) is not None else None


def _check_storage(client: Client, plan: Plan, size: int) -> None:
    meters = ClientMeter.objects.filter(client__agency_id=client.agency_id)
    used = meters.aggregate(n=Sum("storage_bytes"))["n"] or 0
    if used + size > (plan.storage_bytes or 0):
        raise PlanLimit(plan=plan.name, limit="storage_bytes", used=used, allowed=plan.storage_bytes or 0)


def _meter_of(client: Client, now: datetime) -> None:
    ClientMeter.objects.get_or_create(client_id=client.id, defaults={"queries_changed_at": now})
