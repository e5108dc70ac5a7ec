"""Counting API calls: a key's in the present minute and its agency's in the month, in one statement.

The count is the check: the statement adds one only where that stays within the limits, on rows that all processes
share, so that exactly as many calls get through as are allowed, however many come at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db import connection

from kernel import db
from kernel.ids import decode
from tenants.models import Usage
from tenants.plans.limits import CallsUsed, month_of

# A machine whose clock is a little behind counts into the minute that the others are in.
_COUNT = """
WITH plan AS (
    SELECT p.name, p.api_calls_per_month AS allowed
    FROM tenants_agency a LEFT JOIN tenants_plan p ON p.id = a.plan_id WHERE a.id = %(agency)s
), turn AS (
    INSERT INTO tenants_ratewindow AS w (caller, minute, calls) VALUES (%(caller)s, %(minute)s, 1)
    ON CONFLICT (caller) DO UPDATE SET
        calls = CASE WHEN excluded.minute BETWEEN w.minute - 1 AND w.minute THEN w.calls + 1 ELSE 1 END,
        minute = CASE WHEN excluded.minute = w.minute - 1 THEN w.minute ELSE excluded.minute END
    RETURNING calls
), call AS (
    INSERT INTO tenants_usage AS u (agency_id, month, api_calls)
    SELECT %(agency)s, %(month)s, 1 FROM turn, plan
    WHERE %(metered)s AND turn.calls <= %(rate)s AND (plan.allowed IS NULL OR plan.allowed > 0)
    ON CONFLICT (agency_id, month) DO UPDATE SET api_calls = u.api_calls + 1
    WHERE (SELECT plan.allowed IS NULL OR u.api_calls < plan.allowed FROM plan)
    RETURNING api_calls
)
SELECT turn.calls, call.api_calls, plan.name, plan.allowed,
    (SELECT api_calls FROM tenants_usage WHERE agency_id = %(agency)s AND month = %(month)s)
FROM plan CROSS JOIN turn LEFT JOIN call ON true
"""


@dataclass(frozen=True, slots=True)
class Counted:
    """A call that was counted. `in_minute` is the caller's, this one included. `in_month` is the agency's, None where
    this call was not metered; `allowed` is what its plan, named `plan`, allows a month, None: any number."""

    agency_id: str
    month: date
    in_minute: int
    in_month: int | None
    plan: str | None
    allowed: int | None
    used_before: int
    too_fast: bool

    def check_month(self, *, now: datetime) -> None:
        """Raises CallsUsed where the month's calls were used up already; such a call is not metered."""
        if self.in_month is None and self.allowed is not None and not self.too_fast:
            raise CallsUsed(
                plan=self.plan or "",
                limit="api_calls_per_month",
                used=max(self.used_before, self.allowed),
                allowed=self.allowed,
                retry_after=seconds_left(now),
            )


def count_call(*, agency_id: str, caller_id: str, per_minute: int, now: datetime, metered: bool = True) -> Counted:
    """Count one call, in one round trip. Over `per_minute` calls a minute it is `too_fast`, and the month is spared;
    a call that is not `metered` is left out of the month as well. Public schema."""
    month = month_of(now)
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNT,
            {
                "agency": decode("agy", agency_id),
                "caller": caller_id,
                "minute": int(now.timestamp()) // 60,
                "month": month,
                "rate": per_minute,
                "metered": metered,
            },
        )
        ((in_minute, in_month, plan, allowed, before),) = cursor.fetchall()
    return Counted(agency_id, month, in_minute, in_month, plan, allowed, before or 0, in_minute > per_minute)


def take_back(counted: Counted) -> None:
    """Uncount a call that was answered from memory, or that failed on our side."""
    if counted.in_month is not None:
        with db.public(), connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {Usage._meta.db_table} SET api_calls = api_calls - 1 "
                "WHERE agency_id = %s AND month = %s AND api_calls > 0",
                [decode("agy", counted.agency_id), counted.month],
            )


def seconds_left(now: datetime) -> int:
    """Until the month ends, in UTC."""
    month = month_of(now)
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return int((datetime(following.year, following.month, 1, tzinfo=UTC) - now).total_seconds()) + 1


def seconds_of(month: date) -> int:
    """How long a month is."""
    return seconds_left(datetime(month.year, month.month, 1, tzinfo=UTC)) - 1
