"""What can go wrong in the queue."""

from __future__ import annotations

from dramatiq.middleware import MiddlewareError


class TenantNotEntered(MiddlewareError):
    """A message's client could not be entered, or the actor found itself in another schema than its message's.

    A MiddlewareError, because dramatiq swallows any other exception of a hook and would run the actor in no schema.
    """
