"""A level that wanders, seen through days of unequal sample size and days without any."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# Per day and in units of the variance of one post: how far the level may move, and how far a day may lie off it for
# reasons that more posts would not average out.
_MOVES = (0.0, 1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3)
_SHOCKS = (0.0, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)


def forecast_level(values: Floats, weights: Floats) -> float:
    """The level after the last day, by a local level model.

    Day i has observation variance s (1 / weights[i] + shock); the level moves by variance s move a day. Kalman filter
    with a diffuse start; s is concentrated out of the likelihood, shock and move are taken from a small grid by maximum
    likelihood (Durbin & Koopman 2012, sections 2.2 and 2.10). `values` holds NaN for gaps and at least one number;
    weights are >= 0, and > 0 where there is a value.
    """
    import numpy as np

    moves, shocks = (axis.ravel() for axis in np.meshgrid(_MOVES, _SHOCKS))
    known = np.flatnonzero(~np.isnan(values))
    level = np.full(len(moves), values[known[0]])
    variance = 1 / weights[known[0]] + shocks
    squares = np.zeros(len(moves))
    log_variances = np.zeros(len(moves))
    for before, place in pairwise(known.tolist()):
        variance = variance + moves * (place - before)  # a gap lets the level wander on unseen
        total = variance + 1 / weights[place] + shocks
        error = values[place] - level
        squares += error**2 / total
        log_variances += np.log(total)
        gain = variance / total
        level = level + gain * error
        variance = variance * (1 - gain)
    if len(known) < 2 or not squares.any():
        return float(level[0])
    likelihood = -(len(known) - 1) * np.log(squares) - log_variances
    return float(level[int(np.argmax(likelihood))])
