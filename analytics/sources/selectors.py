"""Reads of imports and feeds."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db.models import QuerySet

from analytics.sources.models import Feed, Import, ImportProblem
from kernel.errors import NotFound


def imports() -> QuerySet[Import]:
    """All imports, newest first."""
    return Import.objects.all()


def import_of(import_id: str) -> Import:
    """One import. Raises NotFound."""
    try:
        found = Import.objects.filter(id=import_id).first()
    except ValueError:
        found = None
    if found is None:
        raise NotFound()
    return found


def problems_of(upload: Import) -> QuerySet[ImportProblem]:
    """The rows of an import that could not be read, by line."""
    return upload.problems.all()


def file_of(upload: Import) -> Path:
    """Where the uploaded file lies."""
    return Path(settings.FILES_ROOT) / upload.path


def feeds() -> QuerySet[Feed]:
    """All feeds, newest first."""
    return Feed.objects.all()


def feed_of(feed_id: str) -> Feed:
    """One feed. Raises NotFound."""
    try:
        found = Feed.objects.filter(id=feed_id).first()
    except ValueError:
        found = None
    if found is None:
        raise NotFound()
    return found
