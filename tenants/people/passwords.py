"""Choosing, changing and resetting passwords."""

from __future__ import annotations

import hmac

from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.exceptions import ValidationError
from django.db import transaction

from kernel.errors import ValidationFailed
from kernel.queue import send
from tenants.models import User
from tenants.people.signing_in import normalised, prove
from tenants.people.trail import note

LONGEST = 256
_tokens = PasswordResetTokenGenerator()


class MaximumLengthValidator:
    """Hashing is slow on purpose; nobody gets to make it slower."""

    def __init__(self, max_length: int = LONGEST) -> None:
        self.max_length = max_length

    def validate(self, password: str, user: User | None = None) -> None:
        if len(password) > self.max_length:
            raise ValidationError(f"A password has at most {self.max_length} characters.", code="password_too_long")

    def get_help_text(self) -> str:
        return f"At most {self.max_length} characters."


def check_strength(password: str, *, user: User, pointer: str = "/password") -> None:
    """Raises ValidationFailed for a password that is too short or long, common, all digits, or like the address."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ValidationFailed.of(pointer, " ".join(error.messages), code="weak_password") from None


def change(*, user: User, old: str, new: str) -> None:
    """Replace the password; all of the person's sessions end.

    Raises ValidationFailed (/old_password, /new_password).
    """
    check_strength(new, user=user, pointer="/new_password")
    try:
        prove(user, password=old)
    except ValidationFailed as problem:
        raise ValidationFailed.of("/old_password", problem.detail, code="wrong_password") from None
    _set(user, new, action="person.password_changed")


def request_reset(*, email: str, client_id: str = "") -> None:
    """Have a link sent, if the address is a person's. Does the same work if it is nobody's. `client_id` is the client
    on whose own host it was asked for."""
    user = User.objects.filter(email=normalised(email), is_active=True).first()
    send("people.send_password_reset", user.id if user else "", client_id)


def reset_token(user: User) -> str:
    """What a reset link carries: void after PASSWORD_RESET_TIMEOUT, and once the password changed or was used."""
    return f"{user.id}.{_tokens.make_token(user)}"


def reset(*, token: str, password: str) -> None:
    """Set a new password with the token of a link, and lift a lock: the person reads their mail. With two-factor
    authentication a lock stays, or whoever reads the mail could guess codes without end.

    Raises ValidationFailed (/token, /password)."""
    user_id, _, proof = token.partition(".")
    try:
        user = User.objects.filter(pk=user_id, is_active=True).first()
    except ValueError:
        user = None
    if user is None or not _tokens.check_token(user, proof):
        raise ValidationFailed.of("/token", "This link is not valid any more; ask for a new one.", code="wrong_token")
    check_strength(password, user=user)
    before = user.password
    with transaction.atomic():
        # Of two who use the link at once, one succeeds.
        locked = User.objects.select_for_update().get(pk=user.pk)
        if not hmac.compare_digest(locked.password, before):
            raise ValidationFailed.of(
                "/token", "This link is not valid any more; ask for a new one.", code="wrong_token"
            )
        if not locked.has_two_factor:
            locked.failed_logins, locked.locked_until = 0, None
            locked.save(update_fields=["failed_logins", "locked_until"])
        _set(locked, password, action="person.password_reset")


@transaction.atomic
def _set(user: User, password: str, *, action: str) -> None:
    user.set_password(password)
    user.save(update_fields=["password"])
    note(user.id, action)
    send("people.send_notice", user.id, "password_changed")
