"""What happens to clients by itself: confirmed deletions are carried out, and what no client owns is looked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from kernel.logs import get_logger
from kernel.queue import actor, periodic
from tenants.lifecycle import purging, sweeping
from tenants.people import actors as people_actors  # noqa: F401  # declared there, found here

log = get_logger(__name__)


@actor("tenants.purge_client")
def purge_client(client_id: str) -> None:
    """Carry out one client's deletion, where it is due."""
    purging.purge(client_id=client_id, now=datetime.now(UTC))


@periodic("tenants.purge_due", every=timedelta(minutes=10))
@actor("tenants.purge_due")
def purge_due() -> None:
    """Carry out the deletions whose time has come, those that were interrupted too."""
    for client in purging.due(datetime.now(UTC)):
        purging.send_purge(client)


@periodic("tenants.sweep", every=timedelta(days=1))
@actor("tenants.sweep")
def sweep() -> None:
    """Say in the log what no client owns. Nothing is removed: after a restore gone wrong it may be all there is."""
    found = sweeping.look(now=datetime.now(UTC))
    for kind, names in found.by_kind().items():
        if names:
            log.warning("tenants.left_over", kind=kind, names=names)
