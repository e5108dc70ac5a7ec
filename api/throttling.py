"""Limits on calls, told in every answer (draft-ietf-httpapi-ratelimit-headers): per caller and minute, and per agency
and month where its plan sets one. All processes count together."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.conf import settings
from django.db import Error
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from kernel import db
from tenants.access import Caller
from tenants.plans.calls import Counted, count_call, seconds_left, seconds_of, take_back

_WINDOW_S = 60


class KeyThrottle(BaseThrottle):
    """Counts a call. Keyless requests are refused before they get here. A view with `metered = False` costs nothing of
    the month's calls and can be asked when they are used up."""

    reset_s = 0

    def allow_request(self, request: Request, view: Any) -> bool:
        caller = request.user
        if not isinstance(caller, Caller):
            return True
        now = timezone.now()
        self.reset_s = _WINDOW_S - int(now.timestamp()) % _WINDOW_S
        limit = settings.RATE_LIMIT_PER_MINUTE
        metered = getattr(view, "metered", True)
        with db.public():
            counted = count_call(
                agency_id=caller.agency_id, caller_id=caller.id, per_minute=limit, now=now, metered=metered
            )
        policies = [f'"default";q={limit};w={_WINDOW_S}']
        left = [f'"default";r={max(0, limit - counted.in_minute)};t={self.reset_s}']
        if counted.allowed is not None and metered:
            used = counted.used_before if counted.in_month is None else counted.in_month
            policies.append(f'"month";q={counted.allowed};w={seconds_of(counted.month)}')
            left.append(f'"month";r={max(0, counted.allowed - used)};t={seconds_left(now)}')
        view.rate_headers = {"RateLimit-Policy": ", ".join(policies), "RateLimit": ", ".join(left)}
        view.counted = counted
        if metered:
            counted.check_month(now=now)
        return not counted.too_fast

    def wait(self) -> float:
        return self.reset_s


def settle(counted: Counted | None, response: Any) -> None:
    """Take a call back off the month that was answered from memory (Idempotency-Key) or failed on our side."""
    if counted is not None and (response.status_code >= 500 or "Idempotency-Replayed" in response):
        with suppress(Error):  # where the database is what failed, the count stays
            take_back(counted)
