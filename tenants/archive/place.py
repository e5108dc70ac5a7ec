"""Which cluster an archive is written from and restored into: the only place that knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kernel import db
from kernel.db.targets import TransactionCrossed
from kernel.errors import TenantUnavailable
from tenants.archive.refusal import ArchiveRefused

# Its public schema has the clients' rows, wherever the clients are.
FIRST = "default"


def require(cluster: str) -> None:
    """Raises ArchiveRefused for a cluster that the settings do not name."""
    if cluster not in db.clusters():
        raise ArchiveRefused(f"There is no cluster {cluster!r}; there is {', '.join(sorted(db.clusters()))}.")


@contextmanager
def on(cluster: str) -> Iterator[None]:
    """Work in the cluster of this alias: for the first, in the caller's transaction; for another, beside it. Raises
    ArchiveRefused for one that the settings do not name or that does not answer."""
    require(cluster)
    try:
        with db.on_cluster(cluster):
            yield
    except TransactionCrossed:
        raise
    except TenantUnavailable:
        raise ArchiveRefused(f"The cluster {cluster!r} does not answer.") from None
