"""The verbs of the public schema: sign up, clients, keys, brands. Keyword-only, in a transaction, audited."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import shutil
import uuid
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from babel import Locale, UnknownLocaleError
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from kernel.errors import Conflict, NotFound, ValidationFailed
from kernel.zones import is_zone
from tenants import keys, schema
from tenants.audit import record
from tenants.datakeys import new_wrapped_key
from tenants.models import Agency, ApiKey, Branding, Client, Membership, Role, User


@transaction.atomic
def sign_up(*, agency_name: str, email: str, password: str) -> tuple[Agency, User, keys.FreshKey]:
    """Make an agency with its owner, its brand and a first owner's key, whose text is shown this once.

    Raises ValidationFailed for a weak password or an address already in use.
    """
    try:
        validate_password(password, User(email=email))
    except ValidationError as error:
        raise ValidationFailed.of("/password", " ".join(error.messages), code="weak_password") from None
    if User.objects.filter(email=email.lower()).exists():
        raise ValidationFailed.of("/email", "This address is already in use.", code="taken")
    agency = Agency.objects.create(name=agency_name)
    user = User.objects.create_user(email, password)
    Membership.objects.create(user=user, agency=agency, role=Role.OWNER)
    Branding.objects.create(agency=agency, name=agency_name)
    _, fresh = issue_key(agency_id=agency.id, name="First key", role=Role.OWNER, actor=user.id)
    record(agency_id=agency.id, actor=user.id, action="agency.signed_up")
    return agency, user, fresh


@transaction.atomic
def create_client(*, agency_id: str, name: str, locale: str, time_zone: str, actor: str) -> Client:
    """Open an account for a client: its row, data key, schema, role and tables, all or nothing.

    Raises ValidationFailed for a locale or time zone that does not exist.
    """
    check_locale(locale)
    check_time_zone(time_zone)
    client = Client(agency_id=agency_id, name=name, locale=locale, time_zone=time_zone)
    client.schema_name = f"c_{uuid.uuid4().hex}"
    client.wrapped_key = new_wrapped_key(client.id)
    client.save()
    schema.create(client.schema_name)
    client.status = Client.Status.ACTIVE
    client.save(update_fields=["status"])
    record(agency_id=agency_id, actor=actor, action="client.created", client_id=client.id)
    return client


@transaction.atomic
def update_client(*, client: Client, actor: str, **changes: str) -> Client:
    """Change a client's name, locale or time zone. Raises ValidationFailed as `create_client` does."""
    if "locale" in changes:
        check_locale(changes["locale"])
    if "time_zone" in changes:
        check_time_zone(changes["time_zone"])
    for field, value in changes.items():
        setattr(client, field, value)
    client.save(update_fields=[*changes, "updated_at"])
    record(
        agency_id=client.agency_id,
        actor=actor,
        action="client.updated",
        client_id=client.id,
        detail={"fields": sorted(changes)},
    )
    return client


@transaction.atomic
def request_deletion(*, client: Client, actor: str, now: datetime | None = None) -> str:
    """First step of deleting: returns a token, shown once, that `confirm_deletion` asks for. Nothing is lost yet."""
    token = secrets.token_urlsafe(24)
    client.status = Client.Status.DELETING
    client.deletion_requested_at = now or timezone.now()
    client.deletion_token_digest = hashlib.sha256(token.encode()).hexdigest()
    client.save(update_fields=["status", "deletion_requested_at", "deletion_token_digest", "updated_at"])
    record(agency_id=client.agency_id, actor=actor, action="client.deletion_requested", client_id=client.id)
    return token


@transaction.atomic
def cancel_deletion(*, client: Client, actor: str) -> None:
    """Take the first step back. Raises Conflict where no deletion was asked for."""
    _lock(client)
    if client.status != Client.Status.DELETING:
        raise Conflict("No deletion was requested for this client.")
    client.status = Client.Status.ACTIVE
    client.deletion_requested_at = None
    client.deletion_token_digest = ""
    client.save(update_fields=["status", "deletion_requested_at", "deletion_token_digest", "updated_at"])
    record(agency_id=client.agency_id, actor=actor, action="client.deletion_cancelled", client_id=client.id)


@transaction.atomic
def confirm_deletion(*, client: Client, token: str, actor: str) -> None:
    """Second step: drop the schema, the role, the key, the files and the row. There is no way back. API keys that
    were good for this client alone are revoked.

    Raises Conflict without a first step, ValidationFailed for a token that is not the one given out, and NotFound
    where somebody else's second step came first.
    """
    _lock(client)
    if client.status != Client.Status.DELETING or not client.deletion_token_digest:
        raise Conflict("Ask for the deletion first; it answers with a token to confirm with.")
    if not hmac.compare_digest(hashlib.sha256(token.encode()).hexdigest(), client.deletion_token_digest):
        raise ValidationFailed.of("/token", "This is not the token of the last deletion request.", code="wrong_token")
    name, agency_id, client_id = client.schema_name, client.agency_id, client.id
    # A key that is bound to nobody any more would be good for every client.
    for key in ApiKey.objects.filter(clients=client).prefetch_related("clients"):
        if len(key.clients.all()) == 1:
            revoke_key(key=key, actor=actor)
    transaction.on_commit(lambda: shutil.rmtree(Path(settings.FILES_ROOT) / name, ignore_errors=True))
    client.delete()
    schema.drop(name)
    record(agency_id=agency_id, actor=actor, action="client.deleted", client_id=client_id)


def _lock(client: Client) -> None:
    """Hold the client's row until the transaction ends, as it stands now: the caller may have read it long ago."""
    try:
        client.refresh_from_db(from_queryset=Client.objects.select_for_update())
    except Client.DoesNotExist:
        raise NotFound() from None


@transaction.atomic
def issue_key(
    *,
    agency_id: str,
    name: str,
    role: str,
    actor: str,
    clients: Iterable[Client] = (),
    expires_at: datetime | None = None,
) -> tuple[ApiKey, keys.FreshKey]:
    """Make an API key. Its text is in the answer and nowhere else."""
    fresh = keys.make()
    key = ApiKey.objects.create(
        agency_id=agency_id, name=name, role=role, prefix=fresh.prefix, digest=fresh.digest, expires_at=expires_at
    )
    key.clients.set(clients)
    record(agency_id=agency_id, actor=actor, action="api_key.issued", detail={"key": key.id, "role": role})
    return key, fresh


@transaction.atomic
def revoke_key(*, key: ApiKey, actor: str) -> ApiKey:
    """Make a key useless at once. Revoking twice changes nothing."""
    if key.revoked_at is None:
        key.revoked_at = timezone.now()
        key.save(update_fields=["revoked_at"])
        record(agency_id=key.agency_id, actor=actor, action="api_key.revoked", detail={"key": key.id})
    return key


@transaction.atomic
def set_branding(
    *,
    agency_id: str,
    actor: str,
    client: Client | None = None,
    name: str | None = None,
    primary: str | None = None,
    accent: str | None = None,
    logo: bytes | None = None,
    remove_logo: bool = False,
) -> Branding:
    """Change the agency's brand, or the brand used for one client, which starts as the agency's. `logo` is a PNG that
    was cleaned before."""
    agency = Agency.objects.filter(id=agency_id).first()
    if agency is None:
        raise NotFound()
    own = Branding.objects.filter(agency=agency, client=None).values("name", "primary", "accent", "logo").first()
    brand, _ = Branding.objects.get_or_create(agency=agency, client=client, defaults=own or {"name": agency.name})
    for field, value in (("name", name), ("primary", primary), ("accent", accent), ("logo", logo)):
        if value is not None:
            setattr(brand, field, value)
    if remove_logo:
        brand.logo = None
    try:
        brand.full_clean(exclude=["agency", "client"])
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise ValidationFailed.of(f"/{field}", messages[0]) from None
    brand.save()
    record(
        agency_id=agency_id, actor=actor, action="branding.updated", client_id=client.id if client else "", detail={}
    )
    return brand


def check_locale(locale: str) -> None:
    """Raises ValidationFailed unless `locale` is a language tag that CLDR knows, such as de-DE."""
    try:
        Locale.parse(locale, sep="-")
    except (UnknownLocaleError, ValueError):
        raise ValidationFailed.of(
            "/locale", "Not a known locale; write it like en-GB.", code="unknown_locale"
        ) from None


def check_time_zone(time_zone: str) -> None:
    """Raises ValidationFailed unless `time_zone` is in the IANA database."""
    if not is_zone(time_zone):
        raise ValidationFailed.of(
            "/time_zone", "Not a known time zone; write it like Europe/Berlin.", code="unknown_time_zone"
        )
