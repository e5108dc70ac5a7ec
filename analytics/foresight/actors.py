"""The actor that makes forecasts."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from analytics.foresight.services import make_forecasts
from analytics.listening.selectors import queries
from kernel import db
from kernel.jobs import services as jobs
from kernel.queue import actor
from tenants.selectors import client_by_schema


@actor("foresight.make_forecasts", on_retry_exhausted="jobs.give_up")
def make(job_id: str, query_ids: list[str], horizon: int) -> None:
    """Forecast the queries named, or all active ones where none is."""
    wanted = queries().filter(active=True).order_by("id")
    if query_ids:
        wanted = wanted.filter(id__in=query_ids)
    found = list(wanted)
    if not jobs.start(job_id=job_id, total=len(found)):
        return
    schema = db.current()
    with db.public():
        zone = client_by_schema(schema).time_zone
    today = datetime.now(ZoneInfo(zone)).date()
    for done, query in enumerate(found, start=1):
        make_forecasts(queries=[query], zone=zone, today=today, horizon=horizon)
        jobs.advance(job_id=job_id, done=done, total=len(found))
    jobs.succeed(job_id=job_id)
