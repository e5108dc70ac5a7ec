"""Periods: whole days in the client's time zone."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from analytics.insights import selectors as insights
from analytics.insights.contracts import Period
from api.serializers import DayField, QueryParameters, StrictSerializer
from kernel.errors import ValidationFailed

DEFAULT_DAYS = 30
MAX_DAYS = 1_100


class PeriodParameters(QueryParameters):
    start = DayField(required=False, help_text="First day, in the client's time zone. Left out: 29 days before `end`.")
    end = DayField(required=False, help_text="Last day, included. Left out: the last day with a mention.")


class PeriodSerializer(StrictSerializer):
    start = DayField(help_text="First day, in the client's time zone.")
    end = DayField(help_text="Last day, included.")


def checked(start: date, end: date) -> Period:
    """Raises ValidationFailed (/end) for an order or a length that cannot be."""
    if end < start:
        raise ValidationFailed.of("/end", "The period ends before it starts.", code="bad_period")
    if (end - start).days >= MAX_DAYS:
        raise ValidationFailed.of("/end", f"A period has at most {MAX_DAYS} days.", code="bad_period")
    return Period(start, end)


def period_of(parameters: dict[str, Any], zone: str) -> Period:
    """The period asked for; without one, the last 30 days up to the last mention, or up to today without any."""
    end, start = parameters.get("end"), parameters.get("start")
    if end is None:
        covered = insights.covered(zone)
        end = covered.end if covered else timezone.now().astimezone(ZoneInfo(zone)).date()
    if start is None:
        start = end - timedelta(days=DEFAULT_DAYS - 1)
    return checked(start, end)
