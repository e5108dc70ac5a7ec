"""What can go wrong in the queue, as subclasses of what dramatiq reacts to."""

from __future__ import annotations

from dramatiq.errors import ConnectionClosed, QueueJoinTimeout, QueueNotFound
from dramatiq.middleware import MiddlewareError


class TenantNotEntered(MiddlewareError):
    """A message's client could not be entered, or the actor found itself in another schema than its message's.

    A MiddlewareError, because dramatiq swallows any other exception of a hook and would run the actor in no schema.
    """


class DatabaseLost(ConnectionClosed):
    """The queue's own connection could not be made or broke; dramatiq's worker waits and tries again.

    Only the type of the cause is kept: its text may hold connection parameters.
    """

    def __init__(self, cause: BaseException) -> None:
        super().__init__(f"no connection to the database: {type(cause).__name__}")  # type: ignore[no-untyped-call]


class UnreadableMessage(ValueError):
    """A row's payload is no message, or that of another row. It is given up: anybody who may enqueue can write one."""


class UnknownQueue(QueueNotFound):
    """No actor of this process uses a queue of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no actor uses the queue {name!r}")  # type: ignore[no-untyped-call]


class StillBusy(QueueJoinTimeout):
    """The queue was not empty in time."""

    def __init__(self) -> None:
        super().__init__("the queue is not empty")  # type: ignore[no-untyped-call]
