"""The formulas behind the KPIs, with their uncertainty. Pure; docs/glossary.md says them in words."""

from __future__ import annotations

import math
from dataclasses import dataclass

_Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval and the number of observations behind it. All None where n is 0."""

    value: float | None
    low: float | None
    high: float | None
    n: int


NOTHING = Estimate(None, None, None, 0)


def share(part: int, whole: int) -> Estimate:
    """`part / whole`, 0..1, with the Wilson score interval (Wilson 1927), which holds up near 0 and 1.

    Raises ValueError unless 0 <= part <= whole.
    """
    if not 0 <= part <= whole:
        raise ValueError("part must lie between 0 and whole")
    if whole == 0:
        return NOTHING
    p, z2 = part / whole, _Z95**2
    centre = (p + z2 / (2 * whole)) / (1 + z2 / whole)
    half = _Z95 * math.sqrt(p * (1 - p) / whole + z2 / (4 * whole**2)) / (1 + z2 / whole)
    return Estimate(p, min(p, max(0.0, centre - half)), max(p, min(1.0, centre + half)), whole)


def net_sentiment(negative: int, neutral: int, positive: int) -> Estimate:
    """(positive - negative) / (negative + neutral + positive), -1..1.

    The interval is the normal one for a difference of multinomial shares, over counts to which one positive and one
    negative reading were added (Agresti and Min 2005), so that it stays open when all readings agree.
    """
    n = negative + neutral + positive
    if n == 0:
        return NOTHING
    value = (positive - negative) / n
    up, down, total = positive + 1, negative + 1, n + 2
    centre = (up - down) / total
    half = _Z95 * math.sqrt(max(0.0, (up + down) / total - centre**2) / total)
    return Estimate(value, min(value, max(-1.0, centre - half)), max(value, min(1.0, centre + half)), n)


def engagement_rate(engagement: int, reach: int) -> float | None:
    """Likes, reposts and replies per person reached; None where nobody is known to have been reached."""
    return engagement / reach if reach else None
