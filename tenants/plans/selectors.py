"""What is used of a plan. Reads of the public schema, as far as clients last told; `metering` tells at least hourly."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Min, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from tenants.access import Caller
from tenants.models import Client, ClientMeter, MentionCount, Plan, Usage
from tenants.plans.limits import clients_that_count, month_of, plan_of
from tenants.selectors import clients_of

# Months that are looked back on, the present one included.
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Used:
    """How much is used of one limit of the plan; `allowed` is None where there is none."""

    limit: str
    used: int
    allowed: int | None


@dataclass(frozen=True, slots=True)
class Month:
    """What was metered in a month, named by its first day."""

    month: date
    mentions: int
    api_calls: int


@dataclass(frozen=True, slots=True)
class UsageOfAgency:
    """`measured_at` is when the client that is behind the most was last measured; None: some have not been yet."""

    plan: str | None
    limits: tuple[Used, ...]
    months: tuple[Month, ...]
    measured_at: datetime | None


def usage_of(agency_id: str, *, now: datetime) -> UsageOfAgency:
    """All limits of an agency and what is used of them, and the last MONTHS months, newest first."""
    plan = plan_of(agency_id) or Plan()
    meters = ClientMeter.objects.filter(client__agency_id=agency_id)
    sums = meters.aggregate(
        queries=Coalesce(Sum("queries"), 0), storage=Coalesce(Sum("storage_bytes"), 0), at=Min("storage_measured_at")
    )
    months = _months(agency_id, month_of(now))
    present = months[0]
    waiting = Client.objects.filter(agency_id=agency_id).filter(Q(meter=None) | Q(meter__storage_measured_at=None))
    return UsageOfAgency(
        plan=plan.name or None,
        limits=(
            Used("clients", clients_that_count(agency_id), plan.clients),
            Used("queries", sums["queries"], plan.queries),
            Used("mentions_per_month", present.mentions, plan.mentions_per_month),
            Used("api_calls_per_month", present.api_calls, plan.api_calls_per_month),
            Used("storage_bytes", sums["storage"], plan.storage_bytes),
        ),
        months=months,
        measured_at=None if waiting.exists() else sums["at"],
    )


def clients_with_usage(caller: Caller) -> QuerySet[Client]:
    """The clients that a caller reaches, each with its `meter` where it has one."""
    rows: QuerySet[Client] = clients_of(caller).select_related("meter")
    return rows


def mentions_of(agency_id: str, client_ids: Iterable[str], *, now: datetime) -> dict[str, int]:
    """How many mentions these clients stored this month, by client id, as far as they told of any."""
    counts = MentionCount.objects.filter(agency_id=agency_id, month=month_of(now), client_id_text__in=client_ids)
    return dict(counts.values_list("client_id_text", "mentions"))


def months_of_client(client: Client, *, now: datetime) -> list[MentionCount]:
    """The mentions of one client's last MONTHS months that had any, newest first."""
    counts = MentionCount.objects.filter(agency_id=client.agency_id, client_id_text=client.id)
    return list(counts.filter(month__gte=_back(month_of(now), MONTHS - 1)).order_by("-month"))


def _months(agency_id: str, present: date) -> tuple[Month, ...]:
    since = _back(present, MONTHS - 1)
    mentions = dict(
        MentionCount.objects.filter(agency_id=agency_id, month__gte=since)
        .values_list("month")
        .annotate(n=Sum("mentions"))
        .order_by("month")
    )
    calls = dict(Usage.objects.filter(agency_id=agency_id, month__gte=since).values_list("month", "api_calls"))
    every = [_back(present, number) for number in range(MONTHS)]
    return tuple(
        Month(month, mentions.get(month, 0), calls.get(month, 0))
        for month in every
        if month == present or month in mentions or month in calls
    )


def _back(month: date, number: int) -> date:
    whole = month.year * 12 + month.month - 1 - number
    return date(whole // 12, whole % 12 + 1, 1)
