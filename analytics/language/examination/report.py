"""Counting how well an engine did, with the uncertainty of each figure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from analytics.language.evaluate import calibration_error, wilson

COVERAGES: Final = (1.0, 0.95, 0.9, 0.8, 0.7, 0.5)
SMALLEST_GROUP: Final = 30
_RESAMPLES: Final = 2_000
_SEED: Final = 7

Floats = NDArray[np.float64]


def scores(labels: Sequence[int], beliefs: Floats, classes: Sequence[str]) -> dict[str, Any]:
    """Figures of n texts (labels 0..k-1; beliefs n × k, NaN where the engine said nothing, which counts as wrong).

    `macro_f1` and `macro_recall` are means over the classes that occur as labels; intervals are 95 %, of accuracy by
    Wilson (1927), of the macro figures by bootstrap (Efron, 1979: the n outcomes are redrawn, 2,000 times). `ece` is
    the calibration error of the top label in 15 bins (Guo et al., 2017), over answered texts. `confusion` has true
    classes in rows; its last column counts texts without an answer. Raises ValueError for no text at all.
    """
    truth = np.asarray(labels, dtype=np.int64)
    n, k = len(truth), len(classes)
    if not n:
        raise ValueError("there is nothing to score")
    answered = ~np.isnan(beliefs).any(axis=1)
    guesses = np.full(n, k)
    guesses[answered] = beliefs[answered].argmax(axis=1)
    table = np.bincount(truth * (k + 1) + guesses, minlength=k * (k + 1)).reshape(k, k + 1)
    draws = np.random.default_rng(_SEED).multinomial(n, table.ravel() / n, size=_RESAMPLES).reshape(-1, k, k + 1)
    precision, recall, f1 = _rates(table[None])
    _, recalls, f1s = _rates(draws)
    there = table.sum(axis=1) > 0
    hits = int(np.trace(table))
    return {
        "n": n,
        "answered": int(answered.sum()),
        "accuracy": round(hits / n, 4),
        "accuracy_interval": _rounded(wilson(hits, n)),
        "macro_f1": round(float(f1[0, there].mean()), 4),
        "macro_f1_interval": _rounded(np.quantile(f1s[:, there].mean(axis=1), [0.025, 0.975])),
        "macro_recall": round(float(recall[0, there].mean()), 4),
        "macro_recall_interval": _rounded(np.quantile(recalls[:, there].mean(axis=1), [0.025, 0.975])),
        "classes": {
            name: {
                "n": int(table[place].sum()),
                "precision": round(float(precision[0, place]), 4),
                "recall": round(float(recall[0, place]), 4),
                "f1": round(float(f1[0, place]), 4),
            }
            for place, name in enumerate(classes)
        },
        "confusion": {"columns": [*classes, "(no answer)"], "rows": table.tolist()},
        "ece": round(calibration_error(truth[answered], beliefs[answered]), 4) if answered.any() else None,
    }


def abstention(labels: Sequence[int], beliefs: Floats) -> list[dict[str, Any]]:
    """Accuracy on the share of the texts that the engine is surest of, for each of `COVERAGES` (El-Yaniv and Wiener,
    2010): `coverage` asked for, the probability `threshold` of the top label that it takes, `n` and accuracy there. Of
    texts it is equally sure of all count or none, or the order of the file would: `n` may be more than was asked for. A
    coverage that is not reached because the engine said nothing is left out."""
    truth, top = np.asarray(labels, dtype=np.int64), np.nan_to_num(beliefs, nan=-1.0).max(axis=1)
    right = np.nan_to_num(beliefs, nan=-1.0).argmax(axis=1) == truth
    falling = np.sort(top)[::-1]
    levels = []
    for coverage in COVERAGES:
        wanted = math.ceil(coverage * len(truth) - 1e-9)
        if not wanted or falling[wanted - 1] < 0:
            continue
        sure = top >= falling[wanted - 1]
        n, hits = int(sure.sum()), int(right[sure].sum())
        levels.append(
            {
                "coverage": coverage,
                "threshold": round(float(falling[wanted - 1]), 4),
                "n": n,
                "accuracy": round(hits / n, 4),
                "accuracy_interval": _rounded(wilson(hits, n)),
            }
        )
    return levels


def as_configured(labels: Sequence[int], beliefs: Floats, reasons: Sequence[str]) -> dict[str, Any]:
    """What the engine's own abstention comes to: `reasons` are its reasons per text, "" where it answers."""
    truth = np.asarray(labels, dtype=np.int64)
    kept = np.array([not reason for reason in reasons]) & ~np.isnan(beliefs).any(axis=1)
    n = int(kept.sum())
    hits = int((beliefs[kept].argmax(axis=1) == truth[kept]).sum())
    return {
        "coverage": round(n / len(truth), 4),
        "n": n,
        "accuracy": round(hits / n, 4) if n else None,
        "accuracy_interval": _rounded(wilson(hits, n)) if n else None,
        "reasons": dict(Counter(reason for reason in reasons if reason).most_common()),
    }


def by_group(
    labels: Sequence[int], beliefs: Floats, groups: Sequence[str], classes: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """`scores` in short for each group of at least 30 texts, the largest first."""
    places: dict[str, list[int]] = {}
    for place, group in enumerate(groups):
        places.setdefault(group, []).append(place)
    short = ("n", "answered", "accuracy", "accuracy_interval", "macro_f1", "macro_f1_interval")
    found = {}
    for group, rows in sorted(places.items(), key=lambda item: (-len(item[1]), item[0])):
        if len(rows) >= SMALLEST_GROUP:
            full = scores([labels[row] for row in rows], beliefs[rows], classes)
            found[group] = {name: full[name] for name in short}
    return found


def _rates(tables: NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
    """Precision, recall and F1 per class of confusion tables (m × k × k + 1); 0 where there is nothing to divide by."""
    hits = np.diagonal(tables, axis1=1, axis2=2).astype(np.float64)
    said, there = tables[:, :, :-1].sum(axis=1), tables.sum(axis=2)
    return _share(hits, said), _share(hits, there), _share(2 * hits, said + there)


def _share(part: Floats, whole: NDArray[np.int64]) -> Floats:
    return np.asarray(np.divide(part, whole, out=np.zeros_like(part), where=whole > 0), dtype=np.float64)


def _rounded(bounds: Any) -> list[float]:
    return [round(float(bound), 4) for bound in bounds]
