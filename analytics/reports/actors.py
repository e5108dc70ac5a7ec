"""The actor that makes reports."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from analytics.reports.models import Report
from analytics.reports.selectors import report_of
from analytics.reports.services import render
from kernel import db
from kernel.jobs import services as jobs
from kernel.queue import actor
from tenants.selectors import brand_for, client_by_schema


@actor("reports.render", on_retry_exhausted="reports.give_up")
def render_report(report_id: str) -> None:
    """Make a report that was asked for."""
    report = report_of(report_id)
    if not jobs.start(job_id=report.job_id, total=1):
        return
    schema = db.current()
    with db.public():
        client = client_by_schema(schema)
        branding = brand_for(agency_id=client.agency_id, client=client)
    render(report=report, client=client, branding=branding, now=datetime.now(UTC))


@actor("reports.give_up")
def give_up(message: dict[str, Any], retry: dict[str, Any]) -> None:
    """End the job of a report that could not be made."""
    report = Report.objects.filter(id=str(message["args"][0])).first()
    if report is not None:
        jobs.fail(
            job_id=report.job_id, code="report_failed", detail="The report could not be made after several attempts."
        )
