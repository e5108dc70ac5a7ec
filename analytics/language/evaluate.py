"""How good a classifier is: scores with their uncertainty, from labels and probabilities only."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

_BINS: Final = 15
_Z95: Final = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Score:
    """Scores of one model on one set of n labelled texts.

    All lie in 0..1. `f1` is per class (negative, neutral, positive), None for a class that no label has.
    `macro_f1` is the mean over the classes that occur as labels. The intervals are 95 %: `macro_f1_interval` by
    bootstrap, `accuracy_interval` by Wilson. `ece` is the expected calibration error of the top label.
    """

    n: int
    accuracy: float
    accuracy_interval: tuple[float, float]
    macro_f1: float
    macro_f1_interval: tuple[float, float]
    f1: tuple[float | None, ...]
    ece: float


def evaluate(labels: ArrayLike, probabilities: ArrayLike, *, seed: int = 7, resamples: int = 2_000) -> Score:
    """Score `probabilities` (n × k, rows sum to 1) against `labels` (n integers in 0..k-1).

    The bootstrap (Efron, 1979) redraws the n outcomes, which is a multinomial draw of the confusion table.
    Raises ValueError when n is 0 or the shapes do not fit.
    """
    truth = np.asarray(labels, dtype=np.int64)
    beliefs = np.asarray(probabilities, dtype=np.float64)
    if truth.ndim != 1 or not len(truth) or beliefs.ndim != 2 or len(beliefs) != len(truth):
        raise ValueError("labels must be n > 0 integers and probabilities n rows")
    classes = beliefs.shape[1]
    if truth.min() < 0 or truth.max() >= classes:
        raise ValueError("a label names no column of the probabilities")
    n = len(truth)
    guesses = beliefs.argmax(axis=1)
    table = np.bincount(truth * classes + guesses, minlength=classes * classes).reshape(classes, classes)
    present = table.sum(axis=1) > 0
    f1 = _f1(table[None].astype(np.float64))[0]
    accuracy = float(np.trace(table)) / n
    draws = np.random.default_rng(seed).multinomial(n, table.ravel() / n, size=resamples)
    resampled = _f1(draws.reshape(resamples, classes, classes).astype(np.float64))[:, present].mean(axis=1)
    low, high = np.quantile(resampled, [0.025, 0.975])
    return Score(
        n=n,
        accuracy=accuracy,
        accuracy_interval=wilson(int(np.trace(table)), n),
        macro_f1=float(f1[present].mean()),
        macro_f1_interval=(float(low), float(high)),
        f1=tuple(float(value) if there else None for value, there in zip(f1, present, strict=True)),
        ece=calibration_error(truth, beliefs),
    )


def wilson(hits: int, n: int) -> tuple[float, float]:
    """95 % interval of a share, `hits` of `n` (Wilson, 1927). Raises ValueError unless 0 <= hits <= n and n > 0."""
    if n <= 0 or not 0 <= hits <= n:
        raise ValueError("hits must lie in 0..n and n above 0")
    share, z2 = hits / n, _Z95 * _Z95
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z95 / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def calibration_error(
    labels: NDArray[np.int64], probabilities: NDArray[np.float64], weights: NDArray[np.float64] | None = None
) -> float:
    """Expected calibration error in 15 equal bins of the top probability (Guo et al., 2017), 0 is perfect.

    `weights` (n, >= 0) count rows more or less; None counts all alike.
    """
    if weights is None:
        weights = np.ones(len(labels))
    top = probabilities.max(axis=1)
    right = (probabilities.argmax(axis=1) == labels).astype(np.float64)
    place = np.minimum((top * _BINS).astype(np.int64), _BINS - 1)
    gap = np.bincount(place, weights=weights * (right - top), minlength=_BINS)
    return float(np.abs(gap).sum() / weights.sum())


def _f1(tables: NDArray[np.float64]) -> NDArray[np.float64]:
    """F1 per class of confusion tables (m × k × k, truth in rows); 0 where a class has neither label nor guess."""
    hits = np.diagonal(tables, axis1=1, axis2=2)
    sizes = tables.sum(axis=2) + tables.sum(axis=1)
    return np.asarray(np.divide(2 * hits, sizes, out=np.zeros_like(hits), where=sizes > 0), dtype=np.float64)
