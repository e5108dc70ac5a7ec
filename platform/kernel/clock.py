"""Time as a parameter: code that needs "now" takes a `Clock`, so tests and replays choose their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the current moment as a timezone-aware datetime in UTC."""


def system_clock() -> datetime:
    """The machine's clock: now, timezone-aware, UTC."""
    return datetime.now(UTC)
