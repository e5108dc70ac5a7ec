"""The compiled inside of `learn`: one pass over the rows, one row after another.

Stochastic gradient descent with a rate per weight (AdaGrad; Duchi et al., 2011). Features are hidden at random in each
step, so that no word leans on the ones beside it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from analytics.language.compact.kernel import MOST_FEATURES
from analytics.listening.engine.compiling import compiled


@compiled
def pass_over(
    rows: Any, offsets: Any, order: Any, targets: Any, weights: Any, shifts: Any, domains: Any,
    table: Any, history: Any, domain_bias: Any, domain_history: Any,
    exclusive: bool, rate: float, last_rate: float, dropout: float, domain_decay: float, seed: int,
) -> float:  # fmt: skip
    """One pass in `order`, the rate falling from `rate` to `last_rate`; answers the mean loss.

    `targets` (n, k): probabilities that sum to 1 where `exclusive`, else one each. `weights` (n, k): how much each
    counts; where `exclusive` the first counts for all. `shifts` (n, k) are added to the scores while learning.
    `table` (rows, k), `domain_bias` (domains, k) and their histories, sums of squares, are changed.
    """
    np.random.seed(seed)
    columns = table.shape[1]
    scores = np.zeros(columns, np.float32)
    shown = np.zeros(MOST_FEATURES, np.bool_)
    loss, mass, total = 0.0, 0.0, len(order)
    for step in range(total):
        number = order[step]
        begin, end = offsets[number], offsets[number + 1]
        if begin == end:
            continue
        speed = rate + (last_rate - rate) * step / total
        scale = np.float32(1.0 / np.sqrt(end - begin) / (1.0 - dropout))
        scores[:] = 0
        for place in range(begin, end):
            seen = np.random.random() >= dropout
            shown[place - begin] = seen
            if seen:
                row = rows[place]
                for column in range(columns):
                    scores[column] += table[row, column]
        domain = domains[number]
        for column in range(columns):
            scores[column] = scores[column] * scale + domain_bias[domain, column] + shifts[number, column]
        if exclusive:
            top, powers = scores.max(), 0.0
            for column in range(columns):
                scores[column] = np.exp(scores[column] - top)
                powers += scores[column]
            weight = weights[number, 0]
            for column in range(columns):
                belief, target = scores[column] / powers, targets[number, column]
                loss -= weight * target * np.log(belief + 1e-9)
                scores[column] = (belief - target) * weight
            mass += weight
        else:
            for column in range(columns):
                weight, target = weights[number, column], targets[number, column]
                belief = 1.0 / (1.0 + np.exp(-scores[column]))
                loss -= weight * (target * np.log(belief + 1e-9) + (1.0 - target) * np.log(1.0 - belief + 1e-9))
                mass += weight
                scores[column] = (belief - target) * weight
        for column in range(columns):
            slope = scores[column] + domain_decay * domain_bias[domain, column]
            domain_history[domain, column] += slope * slope
            domain_bias[domain, column] -= 0.5 * speed * slope / np.sqrt(domain_history[domain, column])
            scores[column] *= scale
        for place in range(begin, end):
            if shown[place - begin]:
                row = rows[place]
                for column in range(columns):
                    slope = scores[column]
                    if slope != 0:
                        history[row, column] += slope * slope
                        table[row, column] -= speed * slope / np.sqrt(history[row, column])
    return loss / max(mass, 1e-9)
