"""The token of an invitation's link: its id and an HMAC of its nonce. Made anew whenever it is needed, kept nowhere."""

from __future__ import annotations

import base64
import re

from django.utils.crypto import constant_time_compare, salted_hmac

from tenants.models import Invitation

_SHAPE = re.compile(r"(inv_[0-9a-f]{32})\.([A-Za-z0-9_-]{43})")


def token_of(invitation: Invitation) -> str:
    """The token that the invitation's last e-mail carried."""
    return f"{invitation.id}.{_proof(invitation)}"


def named_by(token: str) -> str | None:
    """The id of the invitation that a token claims to be of; None for what no token looks like."""
    match = _SHAPE.fullmatch(token)
    return match[1] if match else None


def is_of(token: str, invitation: Invitation) -> bool:
    return constant_time_compare(token, token_of(invitation))


def _proof(invitation: Invitation) -> str:
    made = salted_hmac("tenants.people.invitation", f"{invitation.id}:{invitation.nonce}", algorithm="sha256")
    return base64.urlsafe_b64encode(made.digest()).decode().rstrip("=")
