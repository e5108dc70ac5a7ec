"""From rows to lessons: what each head learns from them, and how much each row counts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analytics.language.compact.emotion_rows import EmotionRow
from analytics.language.compact.learn import Lesson, Recipe, Single
from analytics.language.compact.rows import NEUTRAL, Row
from analytics.language.contracts import EMOTIONS

# A language is taken to have neutral posts to learn from with more than so many of them.
ENOUGH_NEUTRAL = 200
_NEVER, _SELDOM = -1e4, -3.0


def sentiment_lesson(learned: Sequence[Row], more: Sequence[Row], recipe: Recipe) -> Lesson:
    """From posts that people labelled, and `more` that is no post or labelled otherwise. Within a set the classes count
    by the root of how rare they are, so that none is forgotten.

    Sets without neutral compare negative with positive only where their language has neutral posts elsewhere. In other
    languages neutral is held to be unlikely in them instead, or their words would be worth nothing beside neutral.
    """
    rows = [*learned, *more]
    labels = np.array([row.label for row in rows], np.int64)
    domains, count = _numbered([row.domain for row in rows])
    weights = np.array([row.weight for row in rows], np.float32)
    for domain in range(count):
        mine = np.flatnonzero(domains == domain)
        sizes = np.bincount(labels[mine], minlength=3)
        weights[mine] *= np.sqrt(len(mine) / ((sizes > 0).sum() * np.maximum(sizes, 1)))[labels[mine]]
    neutral = with_neutral(learned)
    shifts = np.zeros((len(rows), 3), np.float32)
    shifts[:, NEUTRAL] = [(_NEVER if row.language in neutral else _SELDOM) if row.two_class else 0.0 for row in rows]
    possible = shifts > _NEVER
    targets = (recipe.smoothing * possible / possible.sum(axis=1, keepdims=True)).astype(np.float32)
    targets[np.arange(len(rows)), labels] += 1 - recipe.smoothing
    return Lesson(
        texts=[row.text for row in rows],
        targets=targets,
        weights=np.repeat(weights[:, None], 3, axis=1),
        shifts=shifts,
        domains=domains,
        domain_count=count,
        exclusive=True,
    )


def with_neutral(rows: Sequence[Row]) -> frozenset[str]:
    """Languages with enough neutral posts among `rows`."""
    counts: dict[str, int] = {}
    for row in rows:
        if row.label == NEUTRAL and not row.two_class:
            counts[row.language] = counts.get(row.language, 0) + 1
    return frozenset(language for language, count in counts.items() if count > ENOUGH_NEUTRAL)


def emotion_lesson(rows: Sequence[EmotionRow]) -> Lesson:
    """Within a set an emotion counts by the root of how rare it is."""
    targets = np.array([[float(emotion in row.present) for emotion in EMOTIONS] for row in rows], np.float32)
    weights = np.array([row.weights for row in rows], np.float32)
    domains, count = _numbered([row.domain for row in rows])
    _lift_rare(targets, weights, domains, count)
    return Lesson(
        texts=[row.text for row in rows],
        targets=targets,
        weights=weights,
        shifts=np.zeros_like(targets),
        domains=domains,
        domain_count=count,
        exclusive=False,
    )


def irony_lesson(rows: Sequence[Row]) -> Lesson:
    """Within a set irony counts by the root of how rare it is."""
    targets = np.array([[float(row.label)] for row in rows], np.float32)
    weights = np.array([[row.weight] for row in rows], np.float32)
    domains, count = _numbered([row.domain for row in rows])
    _lift_rare(targets, weights, domains, count)
    return Lesson(
        texts=[row.text for row in rows],
        targets=targets,
        weights=weights,
        shifts=np.zeros_like(targets),
        domains=domains,
        domain_count=count,
        exclusive=False,
    )


def _lift_rare(targets: Single, weights: Single, domains: NDArray[np.int64], count: int) -> None:
    for domain in range(count):
        mine = np.flatnonzero(domains == domain)
        there, mass = targets[mine] > 0, weights[mine]
        has = (mass * there).sum(axis=0)
        lift = np.sqrt(np.divide((mass * ~there).sum(axis=0), has, out=np.ones_like(has), where=has > 0))
        lift[lift == 0] = 1.0  # nothing to weigh it against
        weights[mine] = np.where(there, mass * lift, mass)


def _numbered(names: Sequence[str]) -> tuple[NDArray[np.int64], int]:
    known = {name: number for number, name in enumerate(sorted(set(names)))}
    return np.array([known[name] for name in names], np.int64), len(known)
