"""Messages whose client cannot be worked for now: they wait in the queue, which is no failure, or are dropped."""

from __future__ import annotations

from datetime import timedelta

from kernel.queue.errors import TenantNotEntered


class Postponed(TenantNotEntered):
    """Raised on entering a client that nothing may be done for now. The message is put back for `delay`, as if it had
    never been taken: it counts as no retry."""

    def __init__(self, reason: str, *, delay: timedelta) -> None:
        super().__init__(reason)
        self.reason = reason
        self.delay = delay


class Forsaken(TenantNotEntered):
    """Raised on entering a client that is being removed: the message goes."""
