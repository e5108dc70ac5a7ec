"""All of an agency's clients at a glance: one statement for a page of them, two for the totals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum, TextField, Value
from django.db.models.functions import Cast, Concat, Lower, Replace

from tenants.access import Caller
from tenants.models import Agency, Client, MentionCount
from tenants.plans.limits import month_of
from tenants.portfolio.contracts import QUOTA_NEAR, Alert
from tenants.selectors import clients_of

# Of the plan's mentions, from which on an agency should know.
NEAR = 0.8


@dataclass(frozen=True, slots=True)
class Totals:
    """Over all clients that a caller reaches. Sums are None where no client could tell. `change` compares the clients
    that know both weeks. `limit` and `share` are of the agency's plan, and None for a caller who does not reach all."""

    clients: int
    clients_with_summary: int
    clients_with_alerts: int
    mentions_today: int | None
    mentions_7d: int | None
    mentions_30d: int | None
    change: float | None
    month: date
    metered: int
    limit: int | None
    share: float | None
    alerts: tuple[Alert, ...]


def portfolio_of(caller: Caller, *, now: datetime) -> QuerySet[Client]:
    """The clients that a caller reaches, each with its `summary` and `meter` where there are any, `metered` (mentions
    stored in the present month, None where it told of none), and what to sort by: `by_name`, `by_mentions`,
    `by_net_sentiment`, `by_alerts`."""
    bare = Replace(Cast("id", TextField()), Value("-"), Value(""), output_field=TextField())
    text = Concat(Value("cli_", output_field=TextField()), bare, output_field=TextField())
    counts = MentionCount.objects.filter(
        agency_id=caller.agency_id, month=month_of(now), client_id_text=OuterRef("id_text")
    )
    rows: QuerySet[Client] = (
        clients_of(caller)
        .select_related("summary", "meter")
        .annotate(
            id_text=text,
            by_name=Lower("name"),
            by_mentions=F("summary__mentions_7d"),
            by_net_sentiment=F("summary__net_sentiment"),
            by_alerts=F("summary__alert_count"),
        )
        .annotate(metered=Subquery(counts.values("mentions")[:1]))
    )
    return rows


def totals_of(caller: Caller, *, now: datetime) -> Totals:
    """The totals, whatever part of the list is being looked at."""
    both = Q(summary__mentions_7d__isnull=False, summary__mentions_previous_7d__isnull=False)
    sums: dict[str, Any] = clients_of(caller).aggregate(
        clients=Count("id"),
        clients_with_summary=Count("summary"),
        clients_with_alerts=Count("id", filter=Q(summary__alert_count__gt=0)),
        mentions_today=Sum("summary__mentions_today"),
        mentions_7d=Sum("summary__mentions_7d"),
        mentions_30d=Sum("summary__mentions_30d"),
        recent=Sum("summary__mentions_7d", filter=both),
        previous=Sum("summary__mentions_previous_7d", filter=both),
    )
    recent, previous = sums.pop("recent"), sums.pop("previous")
    month = month_of(now)
    metered, limit = _quota(caller, month)
    share = metered / limit if limit else None
    near = share is not None and share >= NEAR
    since = datetime.combine(month, time.min, UTC)
    return Totals(
        **sums,
        change=recent / previous - 1 if previous else None,
        month=month,
        metered=metered,
        limit=limit,
        share=share,
        alerts=(Alert(QUOTA_NEAR, share, None, NEAR, metered, since),) if near and share is not None else (),
    )


def _quota(caller: Caller, month: date) -> tuple[int, int | None]:
    """What was metered this month, also of clients that are gone; and the plan's limit. A caller bound to single
    clients is told of those alone: the agency's other customers, and what it pays for, are none of theirs."""
    counts = MentionCount.objects.filter(agency_id=caller.agency_id, month=month)
    if caller.reach is not None:
        return counts.filter(client_id_text__in=caller.reach).aggregate(n=Sum("mentions"))["n"] or 0, None
    of_agency = counts.values("agency").annotate(n=Sum("mentions")).values("n")
    row = Agency.objects.filter(id=caller.agency_id).values_list("plan__mentions_per_month", Subquery(of_agency)).get()
    return row[1] or 0, row[0]
