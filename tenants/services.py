"""The verbs of the public schema: sign up, clients, keys, brands. Keyword-only, in a transaction, audited."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from kernel.errors import ValidationFailed
from tenants import keys
from tenants.audit import record
from tenants.brands import set_branding
from tenants.lifecycle import cancel_deletion, confirm_deletion, create_client, request_deletion, update_client
from tenants.lifecycle.places import check_locale, check_time_zone
from tenants.models import Agency, ApiKey, Branding, Client, Membership, Role, User
from tenants.people.withdrawal import withdraw_invitations
from tenants.plans.services import default_plan
from tenants.scopes import in_order

__all__ = [
    "cancel_deletion",
    "check_locale",
    "check_time_zone",
    "confirm_deletion",
    "create_client",
    "issue_key",
    "request_deletion",
    "revoke_key",
    "set_branding",
    "sign_up",
    "update_client",
]


@transaction.atomic
def sign_up(*, agency_name: str, email: str, password: str) -> tuple[Agency, User, keys.FreshKey]:
    """Make an agency with its owner, brand, default plan and a first owner's key, whose text is shown this once.

    Raises ValidationFailed for a weak password or an address already in use.
    """
    try:
        validate_password(password, User(email=email))
    except ValidationError as error:
        raise ValidationFailed.of("/password", " ".join(error.messages), code="weak_password") from None
    if User.objects.filter(email=email.lower()).exists():
        raise ValidationFailed.of("/email", "This address is already in use.", code="taken")
    agency = Agency.objects.create(name=agency_name, plan=default_plan())
    user = User.objects.create_user(email, password)
    Membership.objects.create(user=user, agency=agency, role=Role.OWNER)
    Branding.objects.create(agency=agency, name=agency_name)
    _, fresh = issue_key(agency_id=agency.id, name="First key", role=Role.OWNER, actor=user.id)
    record(agency_id=agency.id, actor=user.id, action="agency.signed_up")
    return agency, user, fresh


@transaction.atomic
def issue_key(
    *,
    agency_id: str,
    name: str,
    role: str,
    actor: str,
    clients: Iterable[Client] = (),
    scopes: Iterable[str] = (),
    expires_at: datetime | None = None,
) -> tuple[ApiKey, keys.FreshKey]:
    """Make an API key, narrowed to `scopes` where there are any. Its text is in the answer and nowhere else."""
    fresh = keys.make()
    key = ApiKey.objects.create(
        agency_id=agency_id,
        name=name,
        role=role,
        scopes=in_order(scopes),
        prefix=fresh.prefix,
        digest=fresh.digest,
        expires_at=expires_at,
    )
    key.clients.set(clients)
    record(agency_id=agency_id, actor=actor, action="api_key.issued", detail={"key": key.id, "role": role})
    return key, fresh


@transaction.atomic
def revoke_key(*, key: ApiKey, actor: str) -> ApiKey:
    """Make a key useless at once, and the invitations that it sent. Revoking twice changes nothing."""
    if key.revoked_at is None:
        key.revoked_at = timezone.now()
        key.save(update_fields=["revoked_at"])
        record(agency_id=key.agency_id, actor=actor, action="api_key.revoked", detail={"key": key.id})
        withdraw_invitations(key.id, actor=actor)
    return key
