"""From scores to probabilities one may believe: bias and temperature (Guo et al., 2017), and when to abstain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from analytics.language.compact.model import Floats, softmax

SMALLEST_CLASS: Final = 8
_PRIOR: Final = 10.0


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


def balanced_answers(domains: Sequence[str], labels: Floats) -> Floats:
    """Weights (n) under which, within each domain, both answers count alike; their sum is n. Domains with fewer than 8
    of either weigh 0."""
    weights = np.zeros(len(labels))
    names = np.asarray(domains)
    for name in sorted(set(domains)):
        for answer in (0.0, 1.0):
            mine, here = (names == name) & (labels == answer), names == name
            if min(labels[here].sum(), (1 - labels[here]).sum()) >= SMALLEST_CLASS:
                weights[mine] = here.sum() / 2 / mine.sum()
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


@dataclass(frozen=True, slots=True)
class Judged:
    """Scores (n) of one thing that is there or not, what people said (n, 0 or 1), weights (n) and languages (n)."""

    scores: Floats
    labels: Floats
    weights: Floats
    languages: NDArray[np.str_]


def fit_lines(rows: Judged) -> dict[str, tuple[float, float]]:
    """Slope and offset of a logistic curve by language, that of all together under "" (Platt, 1999).

    A language's own curve is held near the common one by a penalty worth `_PRIOR` rows, so that languages with few rows
    follow the others. Raises ValueError when nothing or everything is there.
    """
    if not 0 < rows.labels.sum() < len(rows.labels):
        raise ValueError("calibration rows must hold both answers")
    common = _fit_line(rows.scores, rows.labels, rows.weights, np.array([1.0, 0.0]), 1e-3)
    lines = {"": common}
    for language in np.unique(rows.languages):
        mine = rows.languages == language
        lines[str(language)] = _fit_line(rows.scores[mine], rows.labels[mine], rows.weights[mine], common, _PRIOR)
    return {language: (float(line[0]), float(line[1])) for language, line in lines.items()}


def _fit_line(scores: Floats, labels: Floats, weights: Floats, near: Floats, strength: float) -> Floats:
    sign = np.where(labels > 0, 1.0, -1.0)

    def loss(line: Floats) -> float:
        fit = np.logaddexp(0.0, -sign * (scores * line[0] + line[1]))
        return float((weights * fit).sum() + strength * ((line - near) ** 2).sum())

    found = minimize(loss, near, method="L-BFGS-B", bounds=[(0.05, 50.0), (-20.0, 20.0)])
    return np.asarray(found.x, dtype=np.float64)


def best_threshold(probabilities: Floats, labels: Floats, languages: NDArray[np.str_]) -> float:
    """The threshold, on a grid of 0.01, with the best mean F1 over languages that have eight of what is looked for."""
    groups = [languages == language for language in np.unique(languages)]
    groups = [mine for mine in groups if labels[mine].sum() >= SMALLEST_CLASS]
    if not groups:
        return 0.5

    def quality(step: float) -> float:
        scores = []
        for mine in groups:
            told = probabilities[mine] >= step
            scores.append(2 * float((told & (labels[mine] > 0)).sum()) / float(told.sum() + labels[mine].sum()))
        return sum(scores) / len(scores)

    return float(max((step for step in np.arange(5, 96) / 100), key=lambda step: (quality(step), -step)))
