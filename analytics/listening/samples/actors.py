"""The shared sample forgets by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from analytics.listening.samples.services import forget_old
from kernel.logs import get_logger
from kernel.queue import actor, periodic

log = get_logger(__name__)


@periodic("samples.forget", every=timedelta(hours=6))
@actor("samples.forget")
def forget() -> None:
    """Delete what is too old."""
    log.info("samples.forgotten", posts=forget_old(now=datetime.now(UTC)))
