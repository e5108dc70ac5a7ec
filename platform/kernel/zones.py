"""Time zones by their IANA name."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())


def is_zone(name: str) -> bool:
    """Whether `name` is in the IANA database, such as Europe/Berlin."""
    return name in _known()
