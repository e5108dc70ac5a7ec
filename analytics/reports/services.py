"""Asking for a report, and making it."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.db import transaction

from analytics.reports.compose import compose
from analytics.reports.content import Brand
from analytics.reports.models import Report
from analytics.reports.render import render_pdf
from analytics.sources.services import client_folder
from kernel import queue
from kernel.errors import ValidationFailed
from kernel.jobs import services as jobs
from tenants.models import Branding, Client

MAX_DAYS = 366


@transaction.atomic
def request_report(*, start: date, end: date, locale: str, title: str = "") -> Report:
    """Queue a report over [start, end]. Raises ValidationFailed (/end) for an order or a length that cannot be."""
    if end < start:
        raise ValidationFailed.of("/end", "The period ends before it starts.", code="bad_period")
    if (end - start).days >= MAX_DAYS:
        raise ValidationFailed.of("/end", f"A report covers at most {MAX_DAYS} days.", code="bad_period")
    job = jobs.open_job(kind="report")
    report = Report.objects.create(job_id=job.id, start=start, end=end, locale=locale, title=title)
    type(job).objects.filter(id=job.id).update(result=report.id)
    queue.send("reports.render", report.id)
    return report


def render(*, report: Report, client: Client, branding: Branding, now: datetime) -> None:
    """Compose and set the report and keep the PDF. Doing it again replaces the file by the same one."""
    brand = Brand(
        agency_name=branding.name,
        primary=branding.primary,
        accent=branding.accent,
        logo_png=bytes(branding.logo) if branding.logo else None,
    )
    content = compose(report=report, client=client, brand=brand)
    pdf = render_pdf(content)
    path = client_folder("reports") / f"{report.id}.pdf"
    # A message may be delivered twice: each worker writes a file of its own, and they take turns in placing it.
    part = path.with_name(f"{report.id}.{uuid4().hex}.part")
    try:
        part.write_bytes(pdf)
        with transaction.atomic():
            report = Report.objects.select_for_update().get(id=report.id)
            part.replace(path)
            report.path = str(path.relative_to(Path(settings.FILES_ROOT)))
            report.size, report.sha256, report.rendered_at = len(pdf), hashlib.sha256(pdf).hexdigest(), now
            report.readings = [asdict(use) for use in content.readings]
            report.save(update_fields=["path", "size", "sha256", "readings", "rendered_at"])
            jobs.succeed(job_id=report.job_id, result=report.id)
    finally:
        part.unlink(missing_ok=True)
