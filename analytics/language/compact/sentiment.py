"""How the sentiment columns are learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from analytics.language.compact.convolution import Convolution
from analytics.language.compact.keys import is_evaluated, key_of
from analytics.language.compact.learn import Recipe, Say, Single, learn
from analytics.language.compact.lessons import sentiment_lesson
from analytics.language.compact.lexicons import read_lexicons
from analytics.language.compact.order_training import OrderRecipe, learn_order
from analytics.language.compact.rows import Row
from analytics.language.compact.translation import read_corpus, translated

RECIPE: Final = Recipe(passes=4, rate=0.1, dropout=0.3, word_dropout=0.3, seeds=3)
TRANSLATED_WEIGHT: Final = 3.0

# Added to negative, neutral and positive of a language; chosen on UMSAB's validation posts, which nothing is learned
# from.
CHOSEN: Final[Mapping[str, tuple[float, float, float]]] = {}


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
