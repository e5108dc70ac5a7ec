"""Long work that somebody asked for: its job and its message, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from analytics.foresight.services import HORIZON_DAYS
from analytics.insights.contracts import Period
from analytics.listening.models import Query
from analytics.listening.services import create_query, delete_query, update_query
from analytics.mentions.models import Mention
from analytics.mentions.services import lock_matches, lock_store
from kernel.jobs import services as jobs
from kernel.jobs.models import Job
from kernel.queue import send


@transaction.atomic
def request_rematch(*, query: Query) -> Job | None:
    """Have a query matched against what is stored; None where nothing is."""
    if not Mention.objects.exists():
        return None
    job = jobs.open_job(kind="rematch", result=query.id)
    send("journey.rematch_query", query.id, job.id)
    return job


@transaction.atomic
def add_query(*, name: str, kind: str, text: str) -> tuple[Query, Job | None]:
    """Save a query and have it matched. Raises as `create_query` does."""
    query = create_query(name=name, kind=kind, text=text)
    return query, request_rematch(query=query)


@transaction.atomic
def change_query(*, query: Query, **changes: str | bool) -> tuple[Query, Job | None]:
    """Change a query and have it matched anew where its text or `active` did change. Raises as `update_query` does."""
    query, rematch = update_query(query=query, **changes)
    return query, request_rematch(query=query) if rematch else None


@transaction.atomic
def remove_query(*, query: Query) -> None:
    """Delete a query with what was counted for it, when nobody is storing or reading matches of it."""
    lock_store()
    lock_matches(alone=True)
    delete_query(query=query)


@transaction.atomic
def request_map(*, period: Period) -> Job:
    """Queue an influence map of a period."""
    job = jobs.open_job(kind="influence_map")
    send("influence.draw_map", job.id, period.start.isoformat(), period.end.isoformat())
    return job


@transaction.atomic
def request_forecasts(*, query_ids: Sequence[str] = (), horizon: int = HORIZON_DAYS) -> Job:
    """Queue forecasts of some queries, or of all active ones where none is named, for `horizon` days (1..60)."""
    job = jobs.open_job(kind="forecast")
    send("foresight.make_forecasts", job.id, list(query_ids), horizon)
    return job
