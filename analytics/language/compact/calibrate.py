"""From scores to probabilities one may believe: bias and temperature (Guo et al., 2017), and when to abstain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from analytics.language.compact.network import Floats, softmax

SMALLEST_CLASS: Final = 8


@dataclass(frozen=True, slots=True)
class Scored:
    """Scores (n × 3), labels (n) and weights (n) of calibration rows."""

    scores: Floats
    labels: NDArray[np.int64]
    weights: Floats


def balanced_weights(domains: Sequence[str], labels: NDArray[np.int64]) -> Floats:
    """Weights (n) under which, within each domain, the three classes count alike and a domain counts by the root of
    its size. Rows of a domain with fewer than 8 rows of a class weigh 0: too few to stand for a third."""
    weights = np.zeros(len(labels))
    names = np.asarray(domains)
    for name in sorted(set(domains)):
        mine = names == name
        counts = np.bincount(labels[mine], minlength=3)
        if counts.min() >= SMALLEST_CLASS:
            weights[mine] = np.sqrt(mine.sum()) / (3 * counts[labels[mine]])
    return weights


def fit_bias(rows: Scored) -> tuple[Floats, float]:
    """The bias (3, neutral fixed at 0) and temperature with the least weighted log loss.

    Raises ValueError when no row has a weight.
    """
    if not rows.weights.sum() > 0:
        raise ValueError("too few calibration rows: no set has eight of each class")

    def loss(point: Floats) -> float:
        shifted = rows.scores + np.array([point[0], 0.0, point[1]])
        return _log_loss(shifted * np.exp(point[2]), rows)

    found = minimize(loss, np.zeros(3), method="Nelder-Mead", options={"xatol": 1e-4, "fatol": 1e-7, "maxiter": 600})
    return np.array([found.x[0], 0.0, found.x[1]]), float(np.exp(-found.x[2]))


def threshold_for(top: Floats, weights: Floats, coverage: float) -> float:
    """The largest probability, on a grid of 0.01, that at least `coverage` of the weighted rows reach."""
    grid = np.arange(34, 100) / 100
    reached = [float(weights[top >= step].sum() / weights.sum()) for step in grid]
    return float(max((step for step, share in zip(grid, reached, strict=True) if share >= coverage), default=0.34))


def _log_loss(scores: Floats, rows: Scored) -> float:
    belief = softmax(scores)[np.arange(len(rows.labels)), rows.labels]
    return float(-(rows.weights * np.log(belief + 1e-12)).sum() / rows.weights.sum())
