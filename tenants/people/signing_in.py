"""Proving who one is: the one place where passwords and codes are checked.

Whatever is wrong, the work is the same: one attempt counted, one password hashed, one message sent. An unknown address
is hashed against nothing, so that it cannot be told from a wrong password by its answer or by how long that took.
"""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from kernel.errors import ValidationFailed
from kernel.ids import encode, uuid7
from kernel.queue import send
from tenants.models import User
from tenants.people import codes, lockout
from tenants.people.callers import standing_of
from tenants.people.problems import CodeRequired, WrongCredentials


def sign_in(
    *, email: str, password: str, code: str | None = None, only_at: str | None = None, now: datetime | None = None
) -> User:
    """The person with this address, password and, where two-factor authentication is on, code. `only_at` is the id of
    the one agency whose people may, None: any.

    Raises WrongCredentials alike for an unknown address, a wrong password or code, an account that is locked or
    deactivated, and a person of other agencies; CodeRequired where the password is right and a code is missing, which
    counts as no failure. Do not call it in a transaction that may be rolled back: the attempt would be uncounted.
    """
    now = now or timezone.now()
    email = normalised(email)
    user = User.objects.filter(email=email).first()
    attempt = lockout.take(user, email=email, now=now)
    good = _is_password(user if attempt else None, password)
    if user is None or attempt is None or not good or not user.is_active or not _belongs(user, only_at):
        _tell_of_failure(user, attempt)
        raise WrongCredentials()
    if user.has_two_factor:
        if code is None:
            lockout.give_back(attempt)
            raise CodeRequired()
        if not codes.accept(user, code, now=now):
            _tell_of_failure(user, attempt)
            raise WrongCredentials()
    lockout.clear(user)
    return user


def prove(
    user: User, *, password: str, code: str | None = None, ask_for_code: bool = False, now: datetime | None = None
) -> None:
    """Have a person who is signed in prove it once more, counted like signing in.

    Raises ValidationFailed at /password or, where a code is asked for, at /code.
    """
    now = now or timezone.now()
    attempt = lockout.take(user, email=user.email, now=now)
    good = _is_password(user if attempt else None, password)
    if attempt is None or not good:
        _tell_of_failure(user, attempt)
        raise ValidationFailed.of(
            "/password", "This is not your password, or there were too many attempts.", code="wrong_password"
        )
    if ask_for_code and not codes.accept(user, code or "", now=now):
        _tell_of_failure(user, attempt)
        raise _wrong_code()
    if user.has_two_factor and not ask_for_code:
        # Nor does it forgive guesses at the code: the password would buy as many as one likes.
        lockout.give_back(attempt)
    else:
        lockout.clear(user)


def prove_code(user: User, *, code: str, now: datetime | None = None) -> None:
    """Take a code alone, counted like signing in. Raises ValidationFailed at /code."""
    now = now or timezone.now()
    attempt = lockout.take(user, email=user.email, now=now)
    if attempt is None or not codes.accept(user, code, now=now):
        _tell_of_failure(user, attempt)
        raise _wrong_code()
    lockout.clear(user)


def normalised(email: str) -> str:
    """An address as it is stored and looked up."""
    return User.objects.normalize_email(email.strip()).lower()


def _is_password(user: User | None, password: str) -> bool:
    """Exactly one hash, whoever is asked for."""
    if user is None:
        make_password(password)
        return False
    return user.check_password(password)


def _belongs(user: User, agency_id: str | None) -> bool:
    return agency_id is None or standing_of(user, agency_id=agency_id) is not None


def _tell_of_failure(user: User | None, attempt: lockout.Attempt | None) -> None:
    outcome = "refused" if attempt is None else "locked" if attempt.locks_until else "failed"
    send("people.note_failed_sign_in", encode("att", uuid7()), user.id if user else "", outcome)


def _wrong_code() -> ValidationFailed:
    return ValidationFailed.of(
        "/code", "This code is wrong or was used, or there were too many attempts.", code="wrong_code"
    )
