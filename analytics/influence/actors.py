"""The actor that draws influence maps."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from analytics.influence.services import draw_map
from analytics.insights.contracts import Period
from kernel.jobs import services as jobs
from kernel.queue import actor


@actor("influence.draw_map", on_retry_exhausted="jobs.give_up")
def draw(job_id: str, start: str, end: str) -> None:
    """Draw the map of a period and point the job at it."""
    if not jobs.start(job_id=job_id):
        return
    period = Period(date.fromisoformat(start), date.fromisoformat(end))
    with transaction.atomic():  # or a message that comes again would draw another map
        jobs.succeed(job_id=job_id, result=draw_map(period=period).id)
