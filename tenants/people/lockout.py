"""Locking an account after failed attempts, such that guesses sent side by side are counted one by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F

from tenants.models import User
from tenants.people import throttle

# From the fifth failure in a row on the account is locked: for 1 minute, then 2, 4 … and at most 60.
ALLOWED = 5
_LONGEST_MINUTES = 60

# An attempt counts as failed before it is made: whoever waits for the row then sees that it is locked.
_TAKE = f"""
UPDATE public.tenants_user SET failed_logins = failed_logins + 1, locked_until = CASE
    WHEN failed_logins + 1 >= {ALLOWED} THEN
        %(now)s + least({_LONGEST_MINUTES}, power(2, least(failed_logins + 1 - {ALLOWED}, 6))) * interval '1 minute'
    END
WHERE id = %(user)s AND (locked_until IS NULL OR locked_until <= %(now)s)
RETURNING failed_logins, locked_until
"""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt that may be made. `failures` counts it already; `locks_until` is set where it locks the account."""

    user_id: str
    failures: int
    locks_until: datetime | None


def take(user: User | None, *, email: str, now: datetime) -> Attempt | None:
    """Permission for one attempt, which counts as failed until it is given back or cleared; None where the account is
    locked or there is none. Does the same work in all three cases."""
    with transaction.atomic():
        throttle.count("account", email, now=now)
        with connection.cursor() as cursor:
            # A made-up id: an unknown address must not answer faster.
            user_id = user.id if user else User._meta.pk.get_default()
            cursor.execute(_TAKE, {"user": User._meta.pk.get_prep_value(user_id), "now": now})
            row = cursor.fetchone()
    return Attempt(user_id, row[0], row[1]) if row else None


def give_back(attempt: Attempt) -> None:
    """Uncount an attempt that failed for want of a code only, unless another came since."""
    User.objects.filter(pk=attempt.user_id, failed_logins=attempt.failures, locked_until=attempt.locks_until).update(
        failed_logins=F("failed_logins") - 1, locked_until=None
    )


def clear(user: User) -> None:
    """Forget the failures: the person has proved who they are."""
    User.objects.filter(pk=user.pk).update(failed_logins=0, locked_until=None)
    user.failed_logins, user.locked_until = 0, None
