"""From how often an engine says something to how often it is so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from analytics.insights.measures import Estimate
from analytics.insights.weighting.sample import UNREAD, Figures, Floats, Integers, Sample, effective_size, size_of_mean
from analytics.insights.weighting.weights import Refused

LEAST_PER_LABEL: Final = 30
LEAST_TOLD_APART: Final = 0.1
DRAWS: Final = 2_000

Confusion = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Prevalence:
    """Corrected figures, the share of the read mentions (by weight) that they rest on, and why which languages are left
    out: (language, model id, code)."""

    figures: Figures
    covered: float
    left_out: tuple[tuple[str, str, str], ...]


def prevalence(
    sample: Sample,
    weights: Floats,
    confusions: Mapping[tuple[str, str], Confusion],
    *,
    independent: Sequence[Integers] = (),
    seed: int = 7,
) -> Prevalence:
    """Shares of the sentiments corrected for the engine's errors: those from which, under the confusion table of the
    mentions' model and language, what the engine said would be expected (adjusted classify and count: Rogan and Gladen,
    1978; Forman, 2008), language by language, then put together by weight.

    `confusions` maps (model id, language) to tables as cards hold them: rows truth, columns what the engine said, the
    last one nothing. Where people set the sentiment it is taken as it is. The intervals hold both samples, the mentions
    and the test set: each is drawn anew from its Dirichlet distribution. The same seed gives the same interval.

    Raises Refused (`no_confusion_data`) where no mention's language and model has a usable table.
    """
    there = (sample.sentiment != UNREAD) & (weights > 0)
    if not there.any():
        raise Refused("nothing_read", "No mention here has a sentiment.")
    rng = np.random.default_rng(seed)
    total = float(weights[there].sum())
    points, draws, covered = np.zeros(3), np.zeros((DRAWS, 3)), 0.0
    left_out, n, squares = [], 0, 0.0
    for code in np.unique(sample.reader[there]):
        model, language = sample.readers[int(code)]
        mine = there & (sample.reader == code)
        part = float(weights[mine].sum()) / total
        columns = [column[mine] for column in independent] or [np.arange(int(mine.sum()))]
        size = min(float(mine.sum()), *(effective_size(weights[mine], column) for column in columns))
        # Drawn together, the three are worth what the one is that rests on the heaviest mentions.
        labels = np.eye(3)[sample.sentiment[mine]].T
        size = min(size, *(size_of_mean(is_it, weights[mine], column) for is_it in labels for column in columns))
        said = np.bincount(sample.sentiment[mine], weights=weights[mine], minlength=3) / float(weights[mine].sum())
        said_draws = rng.dirichlet(said * size + 0.5, size=DRAWS)
        if model:
            table = confusions.get((model, language))
            problem = _problem(table, rng)
            if problem or table is None:
                left_out.append((language, model, problem))
                continue
            counts = np.asarray(table, dtype=np.float64)[:, :3]
            point = _nearest(counts / counts.sum(axis=1, keepdims=True), said)
            redrawn = np.stack([rng.dirichlet(row + 0.5, size=DRAWS) for row in counts], axis=1)
            shares = _nearest(redrawn, said_draws)
        else:
            point, shares = said, said_draws
        points += part * point
        draws += part * shares
        covered += part
        n += int(mine.sum())
        squares += part**2 / size
    if covered == 0.0:
        raise Refused(
            "no_confusion_data",
            "For none of these mentions' models and languages is it known well enough how often which error is made.",
        )
    return Prevalence(
        _figures(points / covered, draws / covered, n, covered**2 / squares), covered, tuple(sorted(left_out))
    )


def _problem(table: Confusion | None, rng: np.random.Generator) -> str:
    """Why a table does not serve, or ""."""
    if table is None:
        return "not_measured"
    counts = np.asarray(table, dtype=np.float64)
    if counts.shape != (3, 4):
        return "not_measured"
    answered = counts[:, :3]
    if (answered.sum(axis=1) < LEAST_PER_LABEL).any():
        return "too_few_tested"
    redrawn = np.stack([rng.dirichlet(row + 0.5, size=200) for row in answered], axis=1)
    weakest = np.linalg.svd(redrawn, compute_uv=False)[:, -1]
    return "" if float(np.quantile(weakest, 0.05)) >= LEAST_TOLD_APART else "labels_not_told_apart"


def _nearest(tables: Floats, said: Floats) -> Floats:
    """The shares p (… × 3) that solve `p @ table = said` (… × 3), or those nearest to them within 0..1, together 1."""
    transposed = np.swapaxes(tables, -1, -2)
    found: Floats = np.asarray(np.linalg.solve(transposed, said[..., None])[..., 0], dtype=np.float64)
    return _on_simplex(found)


def _on_simplex(points: Floats) -> Floats:
    """The nearest points (… × k) with no negative part and sum 1 (Duchi et al., 2008)."""
    flat = points.reshape(-1, points.shape[-1])
    ranked = -np.sort(-flat, axis=1)
    sums = np.cumsum(ranked, axis=1) - 1.0
    places = np.arange(1, flat.shape[1] + 1)
    last = (ranked - sums / places > 0).sum(axis=1) - 1
    shift = sums[np.arange(len(flat)), last] / (last + 1)
    return np.asarray(np.maximum(flat - shift[:, None], 0.0), dtype=np.float64).reshape(points.shape)


def _figures(point: Floats, draws: Floats, n: int, size: float) -> Figures:
    def estimate(value: float, drawn: Floats) -> Estimate:
        low, high = np.quantile(drawn, [0.025, 0.975])
        return Estimate(value, min(value, float(low)), max(value, float(high)), n)

    negative, neutral, positive = (estimate(float(point[label]), draws[:, label]) for label in range(3))
    net = estimate(float(point[2] - point[0]), draws[:, 2] - draws[:, 0])
    return Figures(n, size, negative, neutral, positive, net)
