"""What actors do for people: e-mails, the audit log of failures, tidying up."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.sessions.models import Session
from django.utils import timezone

from tenants.models import Client, Invitation, User
from tenants.people import mail, throttle
from tenants.people.invitations import SIGN_UP, state_of
from tenants.people.sign_up import forget_unconfirmed

# Nobody needs more links in ten minutes, and nobody's mailbox is filled by others.
_LINKS_AT_ONCE = 3


def deliver_invitation(*, invitation_id: str) -> None:
    """Send an invitation's e-mail, once, unless it was revoked, accepted or deleted meanwhile."""
    invitation = Invitation.objects.select_related("agency", "client").filter(id=invitation_id).first()
    if invitation is None or invitation.sent_at is not None or state_of(invitation) != "pending":
        return
    # An agency that is there answers for whom it invites; a sign-up is anybody's.
    if invitation.invited_by == SIGN_UP and _is_one_too_many("sign_up", invitation.email):
        return
    mail.send_invitation(invitation)
    # Not where it was sent anew meanwhile, with another nonce.
    Invitation.objects.filter(id=invitation_id, nonce=invitation.nonce).update(sent_at=timezone.now())


def deliver_password_reset(*, user_id: str, client_id: str) -> None:
    """Send a link for a new password; nothing where the address was nobody's (an empty id), or for the fourth within
    ten minutes."""
    user = User.objects.filter(id=user_id, is_active=True).first() if user_id else None
    if user is None or _is_one_too_many("reset", user.id):
        return
    mail.send_password_reset(user, client=Client.objects.filter(id=client_id).first() if client_id else None)


def _is_one_too_many(kind: str, subject: str) -> bool:
    return throttle.count(kind, subject, now=timezone.now())[0] > _LINKS_AT_ONCE


def deliver_notice(*, user_id: str, kind: str) -> None:
    user = User.objects.filter(id=user_id, is_active=True).first()
    if user is not None:
        mail.send_notice(user, kind)


def tidy(*, now: datetime) -> dict[str, int]:
    """Delete what has lapsed: sessions, counts of attempts, agencies that nobody confirmed; says how many of each."""
    return {
        "sessions": Session.objects.filter(expire_date__lt=now).delete()[0],
        "attempts": throttle.forget_lapsed(now=now - timedelta(hours=1)),
        "agencies": forget_unconfirmed(now=now),
    }
