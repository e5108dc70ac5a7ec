"""Opening an account for a client, and changing it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from django.db import transaction

from kernel.errors import FieldProblem, ValidationFailed
from tenants import schema
from tenants.audit import record
from tenants.brands import set_branding
from tenants.datakeys import new_wrapped_key
from tenants.lifecycle import domains, sweeping
from tenants.lifecycle.places import check_locale, check_time_zone
from tenants.models import Client
from tenants.plans.limits import check_room_for_client


@transaction.atomic
def create_client(
    *,
    agency_id: str,
    name: str,
    locale: str,
    time_zone: str,
    actor: str,
    domain: str | None = None,
    branding: Mapping[str, str] | None = None,
    cluster: str = "default",
) -> Client:
    """Open an account for a client: its row, data key, schema, role, tables and host name, and its brand where it
    differs from the agency's; all or nothing. `domain` is a host name of its own, which serves it once it is proved.
    In another `cluster` than the first, a crash may leave a schema without a client, for the sweeper.

    Raises ValidationFailed for a locale, time zone, host name or colour that cannot be, and PlanLimit where the
    agency's plan has no room for another client.
    """
    check_locale(locale)
    check_time_zone(time_zone)
    check_room_for_client(agency_id=agency_id)
    client = Client(agency_id=agency_id, name=name, locale=locale, time_zone=time_zone, cluster=cluster)
    if domain is not None:
        client.pending_domain = domains.checked(domain)
    client.schema_name = f"c_{uuid.uuid4().hex}"
    client.wrapped_key = new_wrapped_key(client.id)
    client.save()
    domains.give_host_name(client)
    if branding:
        _brand(client, branding, actor)
    if cluster != "default":
        # Its schema is there before its row is seen; the sweeper waits for the lock, and takes what a crash leaves.
        sweeping.keep_off(client.schema_name)
    schema.create(client.schema_name, cluster=cluster)
    client.status = Client.Status.ACTIVE
    client.save(update_fields=["status"])
    record(agency_id=agency_id, actor=actor, action="client.created", client_id=client.id)
    return client


@transaction.atomic
def update_client(*, client: Client, actor: str, **changes: str | None) -> Client:
    """Change a client's name, locale or time zone, or claim a host name for it (`domain`; None gives up its own).
    Raises ValidationFailed as `create_client` does."""
    if (locale := changes.get("locale")) is not None:
        check_locale(locale)
    if (time_zone := changes.get("time_zone")) is not None:
        check_time_zone(time_zone)
    fields = [field for field in changes if field != "domain"]
    for field in fields:
        setattr(client, field, changes[field])
    if "domain" in changes:
        domains.claim(client, changes["domain"])
        fields.append("pending_domain")
    client.save(update_fields=[*fields, "updated_at"])
    record(
        agency_id=client.agency_id,
        actor=actor,
        action="client.updated",
        client_id=client.id,
        detail={"fields": sorted(changes)},
    )
    return client


def _brand(client: Client, branding: Mapping[str, str], actor: str) -> None:
    try:
        set_branding(
            agency_id=client.agency_id,
            actor=actor,
            client=client,
            name=branding.get("name"),
            primary=branding.get("primary"),
            accent=branding.get("accent"),
        )
    except ValidationFailed as problem:
        fields = tuple(FieldProblem(f"/branding{one.pointer}", one.code, one.detail) for one in problem.fields)
        raise ValidationFailed(problem.detail, fields=fields) from None
