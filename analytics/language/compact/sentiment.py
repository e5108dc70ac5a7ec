"""How the sentiment columns are learned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.language.compact.convolution import Convolution
from analytics.language.compact.keys import is_evaluated, key_of
from analytics.language.compact.learn import Recipe, Say, Single, learn
from analytics.language.compact.lessons import sentiment_lesson
from analytics.language.compact.lexicons import read_lexicons
from analytics.language.compact.model import SENTIMENT, Model
from analytics.language.compact.order_training import OrderRecipe, learn_order
from analytics.language.compact.rows import Row
from analytics.language.compact.translation import read_corpus, translated

RECIPE: Final = Recipe(passes=4, rate=0.1, dropout=0.3, word_dropout=0.3, seeds=3)
TRANSLATED_WEIGHT: Final = 3.0

NEUTRAL_OFFSETS: Final = (0.0, -0.5, 0.5, -1.0, 1.0, -1.5, 1.5)


def more_rows(rows: Sequence[Row], data: Path, exam: frozenset[int], *, seed: int) -> list[Row]:
    """What else is learned from beside the training rows: word lists, and the rows translated."""
    found = translated(rows, read_corpus(data), seed=seed)
    kept = [
        replace(row, weight=row.weight * TRANSLATED_WEIGHT)
        for row in found
        if not (key_of(row.text) in exam or is_evaluated(row.text))
    ]
    return [*read_lexicons(data, exam), *kept]


def learn_sentiment(rows: Sequence[Row], more: Sequence[Row], recipe: Recipe, *, seed: int, say: Say) -> Single:
    """The three columns of sentiment, from the rows to learn from and what `more_rows` adds to them."""
    return learn(sentiment_lesson(rows, more, recipe), recipe, seed=seed, say=say)


def learn_orders(
    rows: Sequence[Row], more: Sequence[Row], recipe: OrderRecipe, *, seed: int, say: Say
) -> list[Convolution]:
    """The convolutions over word order, from the same rows. Needs torch."""
    if not recipe.seeds:
        return []
    return learn_order(sentiment_lesson(rows, more, RECIPE), recipe, seed=seed, say=say)


def choose_offsets(model: Model, rows: Sequence[Row]) -> dict[str, tuple[float, float, float]]:
    """What to add to the raw scores of negative, neutral and positive in each language of `rows`, validation posts that
    nothing is learned from: that one of `NEUTRAL_OFFSETS` which gives the highest macro-F1 there, the smallest of
    equals. How often a language's posts are neutral is not to be learned from translated ones."""
    chosen = {}
    for language in sorted({row.language for row in rows}):
        mine = [row for row in rows if row.language == language]
        scores = model.raw([row.text for row in mine])[:, SENTIMENT]
        labels = np.array([row.label for row in mine])
        found = [
            _macro_f1(labels, (scores + np.array([0.0, offset, 0.0])).argmax(axis=1)) for offset in NEUTRAL_OFFSETS
        ]
        chosen[language] = (0.0, NEUTRAL_OFFSETS[int(np.argmax(found))], 0.0)
    return chosen


def _macro_f1(labels: NDArray[np.int64], guesses: NDArray[np.int64]) -> float:
    kinds = range(3)
    hits = [int(((labels == kind) & (guesses == kind)).sum()) for kind in kinds]
    sizes = [int((labels == kind).sum() + (guesses == kind).sum()) for kind in kinds]
    return sum(2 * hit / size for hit, size in zip(hits, sizes, strict=True) if size) / len(kinds)
