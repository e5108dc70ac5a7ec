"""The actor that has a query's matches go by its noise filter."""

from __future__ import annotations

from analytics.insights.noise import refilter
from analytics.listening.selectors import query_of
from kernel.errors import NotFound
from kernel.jobs import services as jobs
from kernel.queue import actor


@actor("insights.filter_noise", on_retry_exhausted="jobs.give_up")
def filter_noise(query_id: str, job_id: str) -> None:
    """Hide and show what a query matched by its filter as it is now."""
    if not jobs.start(job_id=job_id):
        return
    try:
        query = query_of(query_id)
    except NotFound:
        jobs.fail(job_id=job_id, code="not_found", detail="The query was deleted before its matches were filtered.")
        return
    refilter(query=query)
    jobs.succeed(job_id=job_id, result=query_id)
