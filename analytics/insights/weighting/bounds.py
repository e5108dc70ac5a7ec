"""What can be said where nothing is known of those who are silent."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.insights.weighting.sample import Figures


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where a figure lies whatever the silent ones think (Manski, 1990): `low` and `high` hold for the sample, and lie
    outside of its 95 % interval, so that they hold for whom it stands for, too."""

    low: float
    high: float


def silent_bounds(figures: Figures, heard: float) -> dict[str, Bounds]:
    """Bounds of each share and of net sentiment for a population of which the part `heard` (0..1) is what `figures`
    describes, and the rest may be all negative or all positive. {} where nothing was heard."""
    if figures.n == 0:
        return {}
    silent = 1.0 - heard
    found = {}
    for name in ("negative", "neutral", "positive"):
        share = getattr(figures, name)
        found[name] = Bounds(heard * share.low, heard * share.high + silent)
    net = figures.net
    assert net.low is not None  # n > 0
    assert net.high is not None
    found["net"] = Bounds(heard * net.low - silent, heard * net.high + silent)
    return found
