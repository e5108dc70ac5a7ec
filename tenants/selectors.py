"""Reads of the public schema. Everything is asked for within an agency, so that another's id is never found."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from kernel.errors import NotFound
from kernel.lookups import one
from tenants import keys
from tenants.access import Caller
from tenants.lifecycle.suspension import require_running
from tenants.models import ApiKey, AuditEvent, Branding, Client, Domain

# Writing "last used" on every request would make each read a write.
_USED_RESOLUTION = timedelta(minutes=5)


def caller_of(text: str, *, now: datetime | None = None) -> Caller | None:
    """The caller behind an API key's text; None for one that is unknown, wrong, revoked or expired. Raises
    AgencySuspended."""
    parts = keys.split(text)
    if parts is None:
        return None
    prefix, secret = parts
    key = ApiKey.objects.filter(prefix=prefix).select_related("agency").prefetch_related("clients").first()
    if key is None or not keys.same(secret, key.digest):
        return None
    now = now or timezone.now()
    if key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now):
        return None
    require_running(key.agency)
    if key.last_used_at is None or now - key.last_used_at > _USED_RESOLUTION:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
    bound = frozenset(client.id for client in key.clients.all())
    scopes = frozenset(key.scopes)
    return Caller(id=key.id, agency_id=key.agency_id, role=key.role, client_ids=bound or None, scopes=scopes or None)


def clients_of(caller: Caller) -> QuerySet[Client]:
    """The clients that a caller reaches, newest first, each with the name of its `host`; those that are being removed
    are gone already."""
    host = Domain.objects.filter(tenant=OuterRef("pk"), is_primary=True).values("domain")[:1]
    clients: QuerySet[Client] = (
        Client.objects.filter(agency_id=caller.agency_id)
        .exclude(status=Client.Status.PURGING)
        .annotate(host=Subquery(host))
    )
    return clients if caller.reach is None else clients.filter(id__in=caller.reach)


def client_of(caller: Caller, client_id: str) -> Client:
    """One client. Raises NotFound alike for an unknown id, another agency's, and one the key is not bound to."""
    return one(clients_of(caller), client_id)


def client_by_schema(schema: str) -> Client:
    """The client whose schema this is. Raises NotFound."""
    client: Client | None = Client.objects.filter(schema_name=schema).first()
    if client is None:
        raise NotFound()
    return client


def client_of_host(host: str) -> Client | None:
    """The client that a host name belongs to, if any."""
    domain = Domain.objects.select_related("tenant").filter(domain=host).first()
    return domain.tenant if domain else None


def keys_of(caller: Caller) -> QuerySet[ApiKey]:
    """The agency's keys, newest first."""
    return ApiKey.objects.filter(agency_id=caller.agency_id).prefetch_related("clients")


def key_of(caller: Caller, key_id: str) -> ApiKey:
    """One of the agency's keys. Raises NotFound."""
    return one(keys_of(caller), key_id)


def brand_for(*, agency_id: str, client: Client | None = None) -> Branding:
    """The client's own brand, or else the agency's. Raises NotFound where the agency has none."""
    place = Q(client=None) if client is None else Q(client=client) | Q(client=None)
    brands = sorted(Branding.objects.filter(place, agency_id=agency_id), key=lambda brand: brand.client_id is None)
    if not brands:
        raise NotFound()
    return brands[0]


def audit_of(caller: Caller) -> QuerySet[AuditEvent]:
    """The agency's audit log, newest first."""
    return AuditEvent.objects.filter(agency_id=caller.agency_id)
