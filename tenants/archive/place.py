"""Which cluster an archive is written from and restored into: the only place that knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from tenants.archive.refusal import ArchiveRefused


@contextmanager
def on(cluster: str) -> Iterator[None]:
    """Work in the cluster of this alias. Raises ArchiveRefused for one that the settings do not name."""
    if cluster not in settings.DATABASES:
        raise ArchiveRefused(f"There is no cluster {cluster!r}; there is {', '.join(sorted(settings.DATABASES))}.")
    yield
