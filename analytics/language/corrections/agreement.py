"""How far people who label the same mentions agree, beyond chance: pure.

Two people: Cohen's kappa (Cohen, 1960). More: Krippendorff's alpha for nominal data (Krippendorff, 1970; computed from
coincidences as in Hayes and Krippendorff, 2007), which takes mentions that not everybody labelled. The 95 % intervals
are percentiles of a bootstrap over the mentions (Efron and Tibshirani, 1993).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

FEWEST: Final = 10
"""Mentions that at least two people labelled; with fewer nothing is said."""
RESAMPLES: Final = 2_000
SOURCES: Final[Mapping[str, str]] = {
    "cohen_kappa": "Cohen, J. (1960). A coefficient of agreement for nominal scales. Educational and Psychological "
    "Measurement 20(1).",
    "krippendorff_alpha": "Hayes, A. F., and Krippendorff, K. (2007). Answering the call for a standard reliability "
    "measure for coding data. Communication Methods and Measures 1(1).",
}
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Agreement:
    """`value` is 1 for full agreement, 0 for what chance gives, below for less; None with its interval where too few
    mentions have two labels, or all labels are the same, so that chance alone would agree. `n` mentions were labelled
    by at least two of the `people`; `observed` is the share of pairs of labels that are equal, 0..1."""

    method: Literal["cohen_kappa", "krippendorff_alpha"]
    people: int
    n: int
    observed: float | None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    abstain_reason: Literal["", "too_few", "no_variation"] = ""


def agreement(labels: Mapping[Hashable, Mapping[str, Hashable]], *, seed: int = 0) -> Agreement:
    """Agreement on labels given as {mention: {person: label}}. Deterministic for a seed."""
    units = [given for given in labels.values() if len(given) >= 2]
    people = sorted({person for given in units for person in given})
    method: Literal["cohen_kappa", "krippendorff_alpha"] = "cohen_kappa" if len(people) <= 2 else "krippendorff_alpha"
    n = len(units)
    kinds = {kind: place for place, kind in enumerate(sorted({k for given in units for k in given.values()}, key=repr))}
    counts = np.zeros((n, len(kinds)))
    for row, given in enumerate(units):
        for kind in given.values():
            counts[row, kinds[kind]] += 1
    sizes = counts.sum(axis=1)
    equal = (counts * (counts - 1)).sum(axis=1) / np.maximum(sizes * (sizes - 1), 1)
    observed = round(float(equal.mean()), 4) if n else None
    if n < FEWEST:
        return Agreement(method, len(people), n, observed, abstain_reason="too_few")
    if len(kinds) < 2:
        return Agreement(method, len(people), n, observed, abstain_reason="no_variation")
    rng = np.random.default_rng(seed)
    if method == "cohen_kappa":
        table = np.zeros((len(kinds), len(kinds)))
        for given in units:
            table[kinds[given[people[0]]], kinds[given[people[1]]]] += 1
        draws = rng.multinomial(n, table.ravel() / n, size=RESAMPLES).reshape(RESAMPLES, *table.shape)
        value, resampled = _kappa(table[None])[0], _kappa(draws.astype(np.float64))
    else:
        # Mentions labelled alike are told by how many they are: drawing those takes as long for thousands as for ten.
        kept, times = np.unique(counts, axis=0, return_counts=True)
        value, resampled = _alpha(times[None].astype(np.float64), kept)[0], _bootstrapped_alpha(rng, kept, times)
    resampled = resampled[~np.isnan(resampled)]
    low, high = np.quantile(resampled, [0.025, 0.975])
    return Agreement(method, len(people), n, observed, _rounded(value), _rounded(low), _rounded(high))


def _kappa(tables: Floats) -> Floats:
    """Of m x k x k tables of two people's labels; not a number where chance alone agrees."""
    n = tables.sum(axis=(1, 2))
    observed = np.trace(tables, axis1=1, axis2=2) / n
    chance = (tables.sum(axis=1) * tables.sum(axis=2)).sum(axis=1) / n**2
    return _beyond(observed, chance)


def _beyond(observed: Floats, chance: Floats) -> Floats:
    room = 1 - chance
    return np.divide(observed - chance, room, out=np.full_like(room, np.nan), where=room > 1e-12)


def _alpha(weights: Floats, counts: Floats) -> Floats:
    """Of m weightings of n sorts of mentions with n x k counts of labels; not a number where all are the same."""
    sizes = counts.sum(axis=1)
    apart = (sizes**2 - (counts**2).sum(axis=1)) / (sizes - 1)
    totals = weights @ counts
    n = totals.sum(axis=1)
    observed = (weights @ apart) / n
    chance = (n**2 - (totals**2).sum(axis=1)) / (n * (n - 1))
    return np.asarray(1 - np.divide(observed, chance, out=np.full_like(chance, np.nan), where=chance > 1e-12))


def _bootstrapped_alpha(rng: np.random.Generator, counts: Floats, times: NDArray[np.int64]) -> Floats:
    n = int(times.sum())
    # In parts, so that many mentions do not take much memory at once.
    parts = (rng.multinomial(n, times / n, size=100).astype(np.float64) for _ in range(RESAMPLES // 100))
    return np.concatenate([_alpha(part, counts) for part in parts])


def _rounded(value: float) -> float:
    return round(float(value), 4)


def binary(labels: Mapping[Hashable, Mapping[str, Sequence[str]]], kind: str) -> dict[Hashable, dict[str, Hashable]]:
    """Labels that are lists, as to one kind: whether each holds it."""
    return {unit: {person: kind in given for person, given in each.items()} for unit, each in labels.items()}
