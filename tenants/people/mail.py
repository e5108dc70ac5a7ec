"""The e-mails that people get. They come from the agency: nothing in them names the software or its operator."""

from __future__ import annotations

from email.headerregistry import Address
from email.utils import make_msgid
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.filebased import EmailBackend
from django.core.mail.message import sanitize_address
from django.db.models import Q

from tenants.hostnames import is_within
from tenants.lifecycle.domains import host_name
from tenants.models import Branding, Client, Invitation, Membership, User
from tenants.people import tokens
from tenants.people.invitations import LASTS, SIGN_UP, brand_name
from tenants.people.passwords import reset_token
from tenants.people.trail import agencies_of

_NOTICES = {
    "password_changed": "The password of your account was changed",
    "two_factor_on": "Two-factor authentication of your account was switched on",
    "two_factor_off": "Two-factor authentication of your account was switched off",
}


class NotConfigured(RuntimeError):
    """EARSHOT_EMAIL_URL is not set, and in production nothing stands in for it."""


class FileBackend(EmailBackend):
    """One file per e-mail, for development. They hold tokens, so that nobody else may read them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        Path(str(settings.EMAIL_FILE_PATH)).mkdir(mode=0o700, parents=True, exist_ok=True)
        super().__init__(*args, **kwargs)


class NoBackend(BaseEmailBackend):
    """Fails instead of pretending: what could not be sent waits among the dead letters."""

    def send_messages(self, email_messages: object) -> int:
        raise NotConfigured("EARSHOT_EMAIL_URL is not set")


def send_invitation(invitation: Invitation) -> None:
    """The link by which somebody becomes a member, or an agency's first owner."""
    brand = brand_name(invitation)
    # The page asks whoever has an account for its password.
    account = User.objects.filter(email=invitation.email).first()
    trusted = account is None or _is_only_of(account, invitation.agency_id)
    link = _link("invitation", tokens.token_of(invitation), invitation.client if trusted else None)
    if invitation.invited_by == SIGN_UP:
        subject = f"Confirm your address for {brand}"
        first = f"Somebody, most likely you, asked to sign {brand} up with this address."
    else:
        subject = f"{brand} invites you"
        place = f" for {invitation.client.name}" if invitation.client else ""
        first = f"{brand} invites you to work with them{place}, as {invitation.get_role_display().lower()}."
    _send(
        invitation.email,
        subject=subject,
        brand=brand,
        lines=[first, f"To accept, open this link within {LASTS.days} days:", link, "If you did not expect this, "
               "you need not do anything."],
    )  # fmt: skip


def send_password_reset(user: User, *, client: Client | None) -> None:
    """The link by which a password is set anew. `client` is the one on whose own host it was asked for: it leads there
    if the person is that agency's alone, at the client or in the whole agency, since whoever runs that host could take
    the account over."""
    if client is not None and not (_is_only_of(user, client.agency_id) and _has_place_at(user, client)):
        client = None
    hours = settings.PASSWORD_RESET_TIMEOUT // 3600
    _send(
        user.email,
        subject="Choose a new password",
        brand=_brand_of(user, client),
        lines=[
            "Somebody, most likely you, asked for a new password.",
            f"To choose one, open this link within {hours} hours:",
            _link("password-reset", reset_token(user), client),
            "If it was not you, you need not do anything; your password stays as it is.",
        ],
    )


def send_notice(user: User, kind: str) -> None:
    """Tell a person that something was changed, in case it was not them. Raises KeyError for an unknown kind."""
    _send(
        user.email,
        subject=_NOTICES[kind],
        brand=_brand_of(user, None),
        lines=[f"{_NOTICES[kind]}.", "If it was not you, choose a new password at once and tell your administrator."],
    )


def _is_only_of(user: User, agency_id: str) -> bool:
    """Whether nothing but this agency is open to the person."""
    return agencies_of(user.id) == [agency_id] and not user.is_staff


def _has_place_at(user: User, client: Client) -> bool:
    at = Q(client=None) | Q(client=client)
    return Membership.objects.filter(at, user=user, agency_id=client.agency_id).exists()


def _link(page: str, token: str, client: Client | None) -> str:
    """A page of the portal. The token stands behind the #, so that it reaches no server's log and no referrer."""
    base: str = settings.PORTAL_URL
    host = host_name(client) if client else None
    # A host name that a client proved to own is where its people look for it; the one made for it serves the API.
    if host is not None and not is_within(host, settings.CLIENT_DOMAIN):
        base = f"{base.partition('://')[0]}://{host}"
    return f"{base.rstrip('/')}/{page}#token={quote(token, safe='._-')}"


def _brand_of(user: User, client: Client | None) -> str:
    """The name of the client's or of the person's only agency; none where that would be a guess."""
    places = [client.agency_id] if client else agencies_of(user.id)
    if len(places) != 1:
        return ""
    brands = Branding.objects.filter(agency_id=places[0])
    own = brands.filter(client=client).first() if client else None
    found = own or brands.filter(client=None).first()
    return found.name if found else ""


def _send(to: str, *, subject: str, brand: str, lines: list[str]) -> None:
    """Raises what the mail server answers, for the queue to try again."""
    address = settings.EMAIL_FROM
    sender = sanitize_address((_one_line(brand), address), "utf-8") if brand else address
    message = EmailMessage(
        subject=_one_line(subject),
        body="\n\n".join([*lines, brand] if brand else lines) + "\n",
        from_email=sender,
        to=[to],
        headers={
            # Django's own would name this machine.
            "Message-ID": make_msgid(domain=Address(addr_spec=address).domain),
            "Auto-Submitted": "auto-generated",
        },
    )
    message.send()


def _one_line(text: str) -> str:
    """A name may hold line breaks; a header must not."""
    return " ".join(text.split())
