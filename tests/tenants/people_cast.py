"""People for tests: made quickly, with or without a second factor."""

from __future__ import annotations

from datetime import datetime, timedelta

import pyotp

from tenants.access import Caller
from tenants.models import Agency, Client, Membership, User
from tenants.people import codes, sealing
from tests.cast import PASSWORD

HASHERS = ["tests.tenants.hashing.Quick"]


def make_person(name: str, *, agency: Agency | None = None, role: str = "viewer", client: Client | None = None) -> User:
    """Somebody whose password is PASSWORD, with this role if there is an agency."""
    person = User.objects.create_user(f"{name}@northlight.example", PASSWORD, name=name.capitalize())
    if agency is not None:
        Membership.objects.create(user=person, agency=agency, client=client, role=role)
    return person


def with_two_factor(person: User, *, now: datetime) -> tuple[pyotp.TOTP, list[str]]:
    """Switch two-factor authentication on; returns what makes codes, and the recovery codes."""
    secret = pyotp.random_base32()
    person.totp_secret = sealing.seal(secret, user_id=person.id)
    person.totp_confirmed_at = now - timedelta(days=1)
    shown, person.recovery_digests = codes.fresh_recovery_codes(person)
    person.save()
    return pyotp.TOTP(secret), shown


def caller(agency: Agency, role: str | None, **client_roles: str) -> Caller:
    """A person's or key's standing, without anybody behind it."""
    return Caller(id="usr_" + "0" * 32, agency_id=agency.id, role=role, client_roles=client_roles, is_person=True)
