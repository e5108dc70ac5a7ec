"""Time zones by their IANA name."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

# What some systems keep beside the database: this machine's own zone, and a zone that says it is none.
_NO_PLACES = frozenset({"localtime", "Factory"})


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones()) - _NO_PLACES


def is_zone(name: str) -> bool:
    """Whether `name` is in the IANA database, such as Europe/Berlin."""
    return name in _known()
