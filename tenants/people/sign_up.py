"""An agency signs up over the API: nothing works until the address that asked has followed the link of an e-mail.

It is an invitation to an agency that has nobody yet, so that there is one way in by link and not two.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from kernel.queue import send
from tenants.models import Agency, Invitation, Role
from tenants.people.invitations import LASTS, SIGN_UP
from tenants.people.problems import SignUpClosed
from tenants.people.signing_in import normalised
from tenants.plans.services import default_plan


@transaction.atomic
def request_agency(*, name: str, email: str, now: datetime | None = None) -> None:
    """Make an agency without anybody in it, on the default plan, and send the address a link by which it
    becomes the owner. Whether the address has an account makes no difference. Raises SignUpClosed."""
    if not settings.SIGN_UP_OPEN:
        raise SignUpClosed()
    agency = Agency.objects.create(name=name, plan=default_plan())
    invitation = Invitation.objects.create(
        agency=agency,
        email=normalised(email),
        role=Role.OWNER,
        nonce=secrets.token_hex(16),
        invited_by=SIGN_UP,
        expires_at=(now or timezone.now()) + LASTS,
    )
    send("people.send_invitation", invitation.id)


def forget_unconfirmed(*, now: datetime) -> int:
    """Delete the agencies whose link nobody followed in time; returns how many."""
    lapsed = Invitation.objects.filter(invited_by=SIGN_UP, accepted_at=None, expires_at__lte=now).values("agency_id")
    deserted = Agency.objects.filter(id__in=lapsed, memberships=None, clients=None, audit_events=None)
    return deserted.delete()[1].get("tenants.Agency", 0)
