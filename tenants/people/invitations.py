"""Inviting people by e-mail, and accepting."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from kernel.errors import Conflict, NotAllowed, ValidationFailed
from kernel.lookups import one
from kernel.queue import send
from tenants.access import Caller
from tenants.audit import record
from tenants.models import Branding, Client, Invitation, Membership, User
from tenants.people import throttle, tokens
from tenants.people.members import add_place
from tenants.people.passwords import check_strength
from tenants.people.problems import TooManyEmails, WrongCredentials
from tenants.people.rules import managed_clients, may_grant
from tenants.people.signing_in import normalised, sign_in
from tenants.selectors import brand_for

LASTS = timedelta(days=7)
# In ten minutes, see `throttle`: to one address, and to all.
_MAILS_TO_ONE, _MAILS_OF_AGENCY = 5, 200
SIGN_UP = "sign_up"  # `invited_by` of the invitation that makes an agency's first owner


def invitations_of(caller: Caller) -> QuerySet[Invitation]:
    """The invitations to what the caller looks after, newest first."""
    managed = managed_clients(caller)
    found = Invitation.objects.filter(agency_id=caller.agency_id)
    return found if managed is None else found.filter(client_id__in=managed)


def invitation_of(caller: Caller, invitation_id: str) -> Invitation:
    """One of them. Raises NotFound."""
    return one(invitations_of(caller), invitation_id)


def state_of(invitation: Invitation, *, now: datetime | None = None) -> str:
    """accepted, revoked, expired or pending."""
    if invitation.accepted_at is not None:
        return "accepted"
    if invitation.revoked_at is not None:
        return "revoked"
    return "expired" if invitation.expires_at <= (now or timezone.now()) else "pending"


@transaction.atomic
def invite(*, caller: Caller, email: str, role: str, client: Client | None, now: datetime | None = None) -> Invitation:
    """Offer a role in the agency, or at one client, and have a link sent. Whether the address has an account makes no
    difference.

    Raises NotAllowed for a role above the caller's own, Conflict where the address is invited to that place already or
    is a member there, TooManyEmails.
    """
    now = now or timezone.now()
    email = normalised(email)
    if not may_grant(caller, role, client.id if client else None):
        raise NotAllowed("You can give roles up to your own, where you are a manager or an owner.")
    place = {"agency_id": caller.agency_id, "client": client}
    if Membership.objects.filter(user__email=email, **place).exists():
        raise Conflict("This person has a role there already; change it instead.")
    if Invitation.objects.filter(email=email, accepted_at=None, revoked_at=None, expires_at__gt=now, **place).exists():
        raise Conflict("This address is invited already; send the invitation again, or revoke it first.")
    invitation = Invitation.objects.create(
        **place, email=email, role=role, nonce=_nonce(), invited_by=caller.id, expires_at=now + LASTS
    )
    _check_mails(invitation, now=now)
    _tell(invitation, caller.id, "invitation.sent")
    send("people.send_invitation", invitation.id)
    return invitation


@transaction.atomic
def resend(*, caller: Caller, invitation: Invitation, now: datetime | None = None) -> Invitation:
    """Send a fresh link for another seven days; the link before is void. Raises NotAllowed, TooManyEmails,
    and Conflict for one that was accepted or revoked."""
    invitation = _locked(invitation)
    _must_be_callers(caller, invitation)
    if state_of(invitation) in ("accepted", "revoked"):
        raise Conflict("This invitation was accepted or revoked; invite again.")
    now = now or timezone.now()
    _check_mails(invitation, now=now)
    invitation.nonce, invitation.expires_at, invitation.sent_at = _nonce(), now + LASTS, None
    invitation.save(update_fields=["nonce", "expires_at", "sent_at"])
    _tell(invitation, caller.id, "invitation.resent")
    send("people.send_invitation", invitation.id)
    return invitation


@transaction.atomic
def revoke(*, caller: Caller, invitation: Invitation) -> None:
    """Void the link. Revoking twice changes nothing. Raises NotAllowed, and Conflict for one that was accepted."""
    invitation = _locked(invitation)
    _must_be_callers(caller, invitation)
    if invitation.accepted_at is not None:
        raise Conflict("This invitation was accepted; remove the member instead.")
    if invitation.revoked_at is None:
        invitation.revoked_at = timezone.now()
        invitation.save(update_fields=["revoked_at"])
        _tell(invitation, caller.id, "invitation.revoked")


def open_invitation(token: str, *, agency_id: str | None = None, now: datetime | None = None) -> Invitation:
    """The pending invitation that this token is of, to this agency where one is given.

    Raises ValidationFailed at /token, alike for one that was never sent, was used, was revoked or has expired.
    """
    name = tokens.named_by(token)
    found = Invitation.objects.select_related("agency", "client").filter(id=name).first() if name else None
    if (
        found is None
        or not tokens.is_of(token, found)
        or state_of(found, now=now) != "pending"
        or found.agency.suspended_at is not None
        or agency_id not in (None, found.agency_id)
    ):
        raise ValidationFailed.of(
            "/token", "This invitation is not valid any more; ask for a new one.", code="wrong_token"
        )
    return found


def has_account(invitation: Invitation) -> bool:
    """Whether the invited address signs in already. For the holder of the token only, who reads its mail."""
    return User.objects.filter(email=invitation.email).exists()


def accept(
    *,
    token: str,
    name: str = "",
    password: str = "",
    code: str | None = None,
    person: User | None = None,
    agency_id: str | None = None,
    now: datetime | None = None,
) -> tuple[User, Invitation]:
    """Take the role: as the person who is signed in, with the password (and code) of the account that the address has,
    or with a new account.

    `agency_id` is the agency on whose client's own host it happens, if it is one. Whoever is signed in as somebody else
    than the one invited counts as not signed in.

    Raises ValidationFailed (/token, /password), WrongCredentials, CodeRequired.
    """
    now = now or timezone.now()
    invitation = open_invitation(token, agency_id=agency_id, now=now)
    if person is not None and person.email != invitation.email:
        person = None
    if person is None and has_account(invitation):
        person = sign_in(email=invitation.email, password=password, code=code, now=now)
    if person is None:
        check_strength(password, user=User(email=invitation.email, name=name))
    try:
        return _take_up(invitation, token, person=person, name=name, password=password, now=now), invitation
    except IntegrityError:  # the same address took up two invitations at once
        raise WrongCredentials() from None


@transaction.atomic
def _take_up(
    invitation: Invitation, token: str, *, person: User | None, name: str, password: str, now: datetime
) -> User:
    """Single use: the row is locked, and looked at again as it stands now."""
    invitation = _locked(invitation)
    if not tokens.is_of(token, invitation) or state_of(invitation, now=now) != "pending":
        raise ValidationFailed.of("/token", "This invitation was used meanwhile.", code="wrong_token")
    if person is None:
        if has_account(invitation):
            raise WrongCredentials()
        person = User.objects.create_user(invitation.email, password, name=name)
    invitation.accepted_at = now
    invitation.save(update_fields=["accepted_at"])
    add_place(user=person, agency_id=invitation.agency_id, client_id=invitation.client_id, role=invitation.role)
    if invitation.invited_by == SIGN_UP:
        Branding.objects.get_or_create(
            agency_id=invitation.agency_id, client=None, defaults={"name": invitation.agency.name}
        )
        record(agency_id=invitation.agency_id, actor=person.id, action="agency.signed_up")
    _tell(invitation, person.id, "invitation.accepted")
    return person


def brand_name(invitation: Invitation) -> str:
    """Under which name the invitation comes."""
    if invitation.invited_by == SIGN_UP:
        return invitation.agency.name
    return brand_for(agency_id=invitation.agency_id, client=invitation.client).name


def _locked(invitation: Invitation) -> Invitation:
    return Invitation.objects.select_for_update(of=("self",)).select_related("agency", "client").get(pk=invitation.pk)


def _must_be_callers(caller: Caller, invitation: Invitation) -> None:
    if not may_grant(caller, invitation.role, invitation.client_id):
        raise NotAllowed("This invitation offers a role above your own.")


def _check_mails(invitation: Invitation, *, now: datetime) -> None:
    """Nobody's mailbox is filled by an agency, and no agency writes to the whole world. Raises TooManyEmails."""
    for subject, most in (
        (f"{invitation.agency_id}:{invitation.email}", _MAILS_TO_ONE),
        (invitation.agency_id, _MAILS_OF_AGENCY),
    ):
        sent, ends_at = throttle.count("invitation", subject, now=now)
        if sent > most:
            raise TooManyEmails(retry_after=max(1, round((ends_at - now).total_seconds())))


def _nonce() -> str:
    return secrets.token_hex(16)


def _tell(invitation: Invitation, actor: str, action: str) -> None:
    record(
        agency_id=invitation.agency_id,
        actor=actor,
        action=action,
        client_id=invitation.client_id or "",
        detail={"invitation": invitation.id, "role": invitation.role},
    )
