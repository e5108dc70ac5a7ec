"""Reads of imports and feeds."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db.models import QuerySet

from analytics.sources.models import Feed, Import, ImportProblem
from kernel.lookups import one


def imports() -> QuerySet[Import]:
    """All imports, newest first."""
    return Import.objects.all()


def import_of(import_id: str) -> Import:
    """One import. Raises NotFound."""
    return one(Import.objects.all(), import_id)


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
    return one(Feed.objects.all(), feed_id)
