"""Learning the columns of one head: what is learned from, how, and how several runs become one model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.language.compact.hashing import ROWS, hash_texts

Single = NDArray[np.float32]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Recipe:
    """The settings of one head's training. `dropout` is the share of features hidden from each text in each pass;
    `start` the sum of squares that AdaGrad begins with; `seeds` how many runs are averaged (linear models add up);
    `smoothing` the share of a hard label that is spread over all; `word_dropout` the share of whole words left out of
    texts of three words or more in each pass."""

    passes: int = 4
    rate: float = 0.1
    dropout: float = 0.3
    start: float = 1e-2
    domain_decay: float = 1e-3
    smoothing: float = 0.0
    word_dropout: float = 0.0
    seeds: int = 3


@dataclass(frozen=True, slots=True)
class Lesson:
    """n rows to learn k columns from; see `learning.pass_over`. `domains` numbers the sets, `domain_count` of them."""

    texts: Sequence[str]
    targets: Single
    weights: Single
    shifts: Single
    domains: NDArray[np.int64]
    domain_count: int
    exclusive: bool


def learn(lesson: Lesson, recipe: Recipe, *, seed: int, say: Say) -> Single:
    """The head's columns of the table, (ROWS, k). Deterministic for one seed on one build of numpy and numba.

    Each domain (a set in one variety) has biases of its own while learning, dropped afterwards: that 70 % of one set is
    negative is a fact about how it was collected, not about words.
    """
    from analytics.language.compact.learning import pass_over  # needs numba, which reading does not

    run: Any = pass_over
    columns = lesson.targets.shape[1]
    whole = hash_texts([] if recipe.word_dropout else lesson.texts)
    mean = np.zeros((ROWS, columns), np.float32)
    for number in range(recipe.seeds):
        random = np.random.default_rng((seed, number))
        table = np.zeros((ROWS, columns), np.float32)
        history = np.full((ROWS, columns), recipe.start, np.float32)
        bias = np.zeros((lesson.domain_count, columns), np.float32)
        bias_history = np.full((lesson.domain_count, columns), 0.1, np.float32)
        for turn in range(recipe.passes):
            hashed = hash_texts(_thinned(lesson.texts, recipe.word_dropout, random)) if recipe.word_dropout else whole
            fade = [1 - 0.95 * step / recipe.passes for step in (turn, turn + 1)]
            loss = run(
                hashed.rows, hashed.offsets, random.permutation(len(lesson.targets)), lesson.targets,
                lesson.weights, lesson.shifts, lesson.domains, table, history, bias, bias_history, lesson.exclusive,
                recipe.rate * fade[0], recipe.rate * fade[1], recipe.dropout, recipe.domain_decay,
                int(random.integers(2**31)),
            )  # fmt: skip
            say(f"  run {number + 1}/{recipe.seeds}, pass {turn + 1}/{recipe.passes}: loss {loss:.4f}")
        mean += table / recipe.seeds
    return mean


def _thinned(texts: Sequence[str], share: float, random: np.random.Generator) -> list[str]:
    thin = []
    for text in texts:
        words = text.split()
        if len(words) > 2:
            kept = [word for word, chance in zip(words, random.random(len(words)), strict=True) if chance >= share]
            thin.append(" ".join(kept or words))
        else:
            thin.append(text)
    return thin


def quantise(table: Single) -> tuple[NDArray[np.int8], NDArray[np.float64]]:
    """8-bit integers (ROWS, k) and the scale of each column. The largest one in 100,000 weights are cut off: scaled by
    the very largest, all others would be coarser."""
    magnitude = np.abs(table)
    scales = np.array(
        [np.quantile(column[column > 0], 0.99999) / 127 if (column > 0).any() else 1.0 for column in magnitude.T],
        np.float64,
    )
    return np.clip(np.rint(table / scales), -127, 127).astype(np.int8), scales
