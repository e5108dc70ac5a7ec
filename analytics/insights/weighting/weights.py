"""Weights: who counts how much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from analytics.insights.weighting.sample import Floats, Integers

_ROUNDS: Final = 500
_MOST_HALVINGS: Final = 200.0
_CLOSE: Final = 1e-9


class Refused(ValueError):
    """A method cannot be used on this sample. `code` is a stable slug; the message says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def one_vote(weights: Floats, units: Integers) -> Floats:
    """Weights with which each unit (an author, a story) that has any counts 1 in all, its mentions as their weights
    were to each other."""
    codes = np.unique(units, return_inverse=True)[1]
    together = np.bincount(codes, weights=weights)[codes]
    return np.divide(weights, together, out=np.zeros_like(weights), where=together > 0)


def fading(weights: Floats, age: Floats, half_life: float) -> Floats:
    """Weights that halve every `half_life` > 0 days of age (exponential smoothing by time; Brown, 1959), the latest
    with any weight keeping theirs."""
    counts = weights > 0
    if not counts.any():
        return weights
    # Only what they are to each other counts; old ones alone would weigh nothing at all as the computer has it.
    halvings = np.clip((age - age[counts].min()) / half_life, 0.0, _MOST_HALVINGS)
    return np.asarray(weights * np.exp2(-halvings), dtype=np.float64)


def answering(weights: Floats, sentiment: Integers, rates: Sequence[float]) -> Floats:
    """Weights divided by how likely somebody of the mention's sentiment is to write: `rates` in (0, 1] for negative,
    neutral, positive (inverse propensity; Horvitz and Thompson, 1952). Unread ones keep theirs."""
    shares = np.append(np.asarray(rates, dtype=np.float64), 1.0)  # -1, unread, is the last
    return np.asarray(weights / shares[sentiment], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Raked:
    """Weights (n) under which every margin has the wanted shares. `left_out` mentions are of nobody in the population.
    `uncovered` is the largest share of the population that no mention may speak for: what is missing in the margins,
    added up, since they may be different people. The shares of the rest were blown up."""

    weights: Floats
    left_out: int
    uncovered: float


def rake(weights: Floats, margins: Sequence[tuple[Integers, Sequence[str], Mapping[str, float]]]) -> Raked:
    """Iterative proportional fitting (Deming and Stephan, 1940); with one margin it is post-stratification.

    Each margin is (codes (n), their names, wanted share by name; shares sum to 1). Raises Refused: `nobody_listed`
    where no mention is of a listed category, `mostly_uncovered` where more than half of a margin has no mention,
    `no_convergence` where the margins contradict each other in this sample."""
    kept = weights.copy()
    wanted: list[tuple[Integers, Floats]] = []
    uncovered = 0.0
    for codes, names, shares in margins:
        targets = np.array([shares.get(name, 0.0) for name in names], dtype=np.float64)
        kept[targets[codes] <= 0] = 0.0
        wanted.append((codes, targets))
    for codes, targets in wanted:
        present = np.bincount(codes, weights=kept, minlength=len(targets)) > 0
        missing = 1.0 - float(targets[present].sum())
        if missing > 1 - _CLOSE:
            raise Refused("nobody_listed", "No mention is of a platform, country or language that the profile lists.")
        if missing > 0.5:
            raise Refused("mostly_uncovered", "No mention speaks for more than half of the population.")
        uncovered = min(1.0, uncovered + max(0.0, missing))
        targets[~present] = 0.0
        targets /= targets.sum()
    fitted = kept / kept.sum()
    for _ in range(_ROUNDS):
        off = 0.0
        for codes, targets in wanted:
            have = np.bincount(codes, weights=fitted, minlength=len(targets))
            off = max(off, float(np.abs(have - targets).max()))
            fitted = fitted * np.divide(targets, have, out=np.zeros_like(targets), where=have > 0)[codes]
        if off < _CLOSE:
            break
    else:
        raise Refused("no_convergence", "These shares cannot all hold at once with the mentions there are.")
    left_out = int(((weights > 0) & (kept <= 0)).sum())
    return Raked(fitted * float((kept > 0).sum()), left_out, uncovered if uncovered > _CLOSE else 0.0)
