"""Switching two-factor authentication on and off. Each of these ends the person's other sessions."""

from __future__ import annotations

from datetime import datetime

import pyotp
from django.db import transaction
from django.utils import timezone

from kernel.errors import Conflict
from kernel.queue import send
from tenants.models import Membership, User
from tenants.people import codes, sealing
from tenants.people.signing_in import prove, prove_code
from tenants.people.trail import note


def enrol(*, user: User, password: str, issuer: str) -> tuple[str, str]:
    """A fresh secret, shown this once, and its otpauth:// address. Nothing asks for it until a code confirms it.

    Raises ValidationFailed for a wrong password, Conflict where two-factor authentication is on.
    """
    prove(user, password=password)
    secret = pyotp.random_base32()
    sealed = sealing.seal(secret, user_id=user.id)
    if not User.objects.filter(pk=user.pk, totp_confirmed_at=None).update(totp_secret=sealed, totp_last_step=0):
        raise Conflict("Two-factor authentication is on; switch it off first.")
    return secret, pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=issuer)


def confirm(*, user: User, code: str, now: datetime | None = None) -> list[str]:
    """Switch it on with a first code; returns the recovery codes, shown this once.

    Raises ValidationFailed for a wrong code, Conflict without `enrol` or where it is on.
    """
    now = now or timezone.now()
    if user.has_two_factor or user.totp_secret is None:
        raise Conflict("Ask for a secret first; where two-factor authentication is on, there is nothing to confirm.")
    prove_code(user, code=code, now=now)
    shown, kept = codes.fresh_recovery_codes(user)
    with transaction.atomic():
        if not User.objects.filter(pk=user.pk, totp_confirmed_at=None).update(
            totp_confirmed_at=now, recovery_digests=kept
        ):
            raise Conflict("Two-factor authentication is on already.")
        note(user.id, "person.two_factor_on")
        send("people.send_notice", user.id, "two_factor_on")
    user.refresh_from_db()
    return shown


def renew_recovery_codes(*, user: User, password: str, code: str) -> list[str]:
    """Ten new recovery codes, shown this once; the old ones are void. Raises ValidationFailed, Conflict where it is
    off."""
    _must_be_on(user)
    prove(user, password=password, code=code, ask_for_code=True)
    shown, kept = codes.fresh_recovery_codes(user)
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(recovery_digests=kept)
        note(user.id, "person.recovery_codes_renewed")
    return shown


def switch_off(*, user: User, password: str, code: str) -> None:
    """Raises ValidationFailed for a wrong password or code, Conflict where it is off, or where an agency of the
    person's asks for it."""
    _must_be_on(user)
    if is_required_of(user):
        raise Conflict("Your agency asks for two-factor authentication; it cannot be switched off.")
    prove(user, password=password, code=code, ask_for_code=True)
    remove(user=user, actor=user.id)


@transaction.atomic
def remove(*, user: User, actor: str) -> None:
    """Switch it off without a code: for `switch_off`, and for the operator where somebody lost every code."""
    User.objects.filter(pk=user.pk).update(
        totp_secret=None, totp_confirmed_at=None, totp_last_step=0, recovery_digests=[]
    )
    user.refresh_from_db()
    note(user.id, "person.two_factor_off", by=actor)
    send("people.send_notice", user.id, "two_factor_off")


def is_required_of(user: User) -> bool:
    """Whether an agency of the person's asks for it."""
    return Membership.objects.filter(user=user, agency__require_two_factor=True).exists()


def _must_be_on(user: User) -> None:
    if not user.has_two_factor:
        raise Conflict("Two-factor authentication is off.")
