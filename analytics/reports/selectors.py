"""Reads of reports."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db.models import QuerySet

from analytics.reports.models import Report
from kernel.errors import Conflict
from kernel.lookups import one


def reports() -> QuerySet[Report]:
    """All reports, newest first."""
    return Report.objects.all()


def report_of(report_id: str) -> Report:
    """One report. Raises NotFound."""
    return one(Report.objects.all(), report_id)


def file_of(report: Report) -> Path:
    """Where the PDF lies. Raises Conflict while it is not made yet."""
    if not report.path:
        raise Conflict("The report is not ready yet; ask its job.")
    return Path(settings.FILES_ROOT) / report.path
