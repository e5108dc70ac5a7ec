"""What the queue does by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from kernel.logs import get_logger
from kernel.queue.actors import actor
from kernel.queue.letters import KEPT_FOR, forget
from kernel.queue.schedule import periodic

log = get_logger(__name__)


@periodic("queue.tidy", every=timedelta(days=1))
@actor("queue.tidy")
def tidy() -> None:
    """Once a day, delete the dead letters that nobody has sent again for long."""
    forgotten = forget(before=datetime.now(UTC) - KEPT_FOR)
    if forgotten:
        log.warning("queue.dead_letters_forgotten", count=forgotten, days=KEPT_FOR.days)
