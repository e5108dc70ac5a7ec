"""Publishing what is typical of each agency's clients, every seven days, and reading it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef

from tenants.access import Caller
from tenants.models import Benchmark, Client, ClientSummary
from tenants.portfolio.typical import Week, figures

# A client that has not told anything for longer is asleep.
_FRESH = timedelta(days=2)
# What was typical longer ago is not what is.
_SHOWN = timedelta(days=14)


def week_of(now: datetime) -> date:
    """The Monday of the week that `now` lies in, in UTC."""
    today = now.astimezone(UTC).date()
    return today - timedelta(days=today.weekday())


def publish_due(*, now: datetime) -> int:
    """Write a benchmark for each agency that has none of the last seven days and at least five clients to make one of.
    Returns how many were written.

    What is written stays as it is for seven days, whichever client comes or goes, also where two do this at once; so no
    two are over the same days.
    """
    week = week_of(now)
    since = datetime.combine(now.astimezone(UTC).date() - timedelta(days=6), time.min, UTC)
    there = Benchmark.objects.filter(agency=OuterRef("client__agency"), made_at__gte=since)
    rows = ClientSummary.objects.filter(
        ~Exists(there), client__status=Client.Status.ACTIVE, as_of__gte=now - _FRESH, as_of__lte=now
    )
    weeks: dict[Any, list[Week]] = defaultdict(list)
    for row in rows.annotate(agency=F("client__agency_id")).iterator():
        told = Week(
            mentions=row.mentions_7d,
            previous=row.mentions_previous_7d,
            engagement=row.engagement_7d,
            net_sentiment=row.net_sentiment_7d,
            read=row.sentiment_n_7d,
        )
        weeks[row.agency].append(told)
    made = [
        Benchmark(agency_id=agency, week=week, made_at=now, figures={name: asdict(one) for name, one in found.items()})
        for agency, clients in weeks.items()
        if (found := figures(clients))
    ]
    Benchmark.objects.bulk_create(made, ignore_conflicts=True, batch_size=500)
    return len(made)


def benchmark_of(caller: Caller, *, now: datetime) -> Benchmark | None:
    """The agency's last benchmark, the same for all who ask; None where there was none in the last two weeks."""
    recent = Benchmark.objects.filter(agency_id=caller.agency_id, made_at__gte=now - _SHOWN)
    return recent.order_by("-week").first()
