"""The actor that draws influence maps."""

from __future__ import annotations

from datetime import date

from analytics.influence.services import draw_map
from analytics.insights.contracts import Period
from kernel.jobs import services as jobs
from kernel.queue import actor


@actor("influence.draw_map", on_retry_exhausted="jobs.give_up")
def draw(job_id: str, start: str, end: str) -> None:
    """Draw the map of a period and point the job at it."""
    jobs.start(job_id=job_id)
    drawn = draw_map(period=Period(date.fromisoformat(start), date.fromisoformat(end)))
    jobs.succeed(job_id=job_id, result=drawn.id)
