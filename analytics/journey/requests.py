"""Long work that somebody asked for: its job and its message, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from analytics.foresight.services import HORIZON_DAYS
from analytics.insights.contracts import Period
from analytics.journey.rematch import keep_nothing_stored, request_rematch
from analytics.listening.models import Query, Snippet
from analytics.listening.services import create_query, delete_query, update_query
from analytics.listening.sharing import update_snippet
from analytics.listening.versions import version_of
from analytics.mentions.services import lock_matches, lock_store
from analytics.topics.services import keep_runs
from kernel.jobs import services as jobs
from kernel.jobs.models import Job
from kernel.queue import send


@transaction.atomic
def add_query(*, name: str, kind: str, text: str, by: str = "") -> tuple[Query, Job | None]:
    """Save a query and have it matched. Raises as `create_query` does."""
    keep_nothing_stored()
    query = create_query(name=name, kind=kind, text=text, by=by)
    return query, request_rematch(query=query)


@transaction.atomic
def change_query(
    *, query: Query, by: str = "", restores: int | None = None, **changes: str | bool
) -> tuple[Query, Job | None]:
    """Change a query and have it matched anew where its text or `active` did change. Raises as `update_query` does."""
    keep_nothing_stored()
    before = _named(query)
    query, rematch = update_query(query=query, by=by, restores=restores, **changes)
    if _named(query) != before and not rematch:
        send("aspects.follow_query", query.id)
    return query, request_rematch(query=query) if rematch else None


def _named(query: Query) -> str | None:
    """What a brand or competitor is told by where mentions speak of it; None for a topic, of which they do not."""
    return None if query.kind == Query.Kind.TOPIC else query.name


@transaction.atomic
def restore_version(*, query: Query, version: int, by: str = "") -> tuple[Query, Job | None]:
    """Give a query the text that it had, as a new version, with the snippets that this names as they are now. A text
    that it has anyway changes nothing. Raises NotFound for a version that is not known, and as `update_query` does."""
    return change_query(query=query, by=by, restores=version, text=version_of(query, version).text)


@transaction.atomic
def change_snippet(*, snippet: Snippet, by: str = "", **changes: str) -> tuple[Snippet, list[tuple[Query, Job | None]]]:
    """Change a snippet, and have each query that uses it matched anew in its new version, with its job. Raises as
    `update_snippet` does."""
    keep_nothing_stored()
    snippet, changed = update_snippet(snippet=snippet, by=by, **changes)
    return snippet, [(query, request_rematch(query=query)) for query in changed]


@transaction.atomic
def remove_query(*, query: Query) -> None:
    """Delete a query with what was counted for it, when nobody is storing or reading matches of it, or its topics."""
    lock_store()
    lock_matches(alone=True)
    keep_runs(query=query)
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
