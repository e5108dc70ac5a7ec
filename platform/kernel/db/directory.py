"""Which cluster a client's schema is in, where there is more than one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from kernel.errors import TenantUnavailable

# A client moves seldom, and is shut while it does.
KEPT_S = 5.0

_known: dict[str, tuple[str, float]] = {}
_lock = threading.Lock()


class UnknownSchema(TenantUnavailable):
    """No client has a schema of this name."""


def cluster_of(schema: str, read: Callable[[str, list[Any]], list[tuple[Any, ...]]]) -> str:
    """What the function that EARSHOT_CLUSTER_OF names says, which is asked again after KEPT_S seconds. `read` runs a
    statement in the first cluster's public schema. Raises UnknownSchema where it knows no such client."""
    found, until = _known.get(schema, ("", 0.0))
    if time.monotonic() < until:
        return found
    alias = import_string(settings.EARSHOT_CLUSTER_OF)(schema, read)
    if alias is None:
        raise UnknownSchema("The client's schema or role is not available.")
    with _lock:
        if len(_known) > 10_000:
            _known.clear()
        _known[schema] = (str(alias), time.monotonic() + KEPT_S)
    return str(alias)


def forget() -> None:
    """Have all be asked for again."""
    with _lock:
        _known.clear()
