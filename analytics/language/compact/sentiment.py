"""How the sentiment columns are learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from analytics.language.compact.learn import Recipe, Say, Single, learn
from analytics.language.compact.lessons import sentiment_lesson
from analytics.language.compact.rows import Row

RECIPE: Final = Recipe(passes=4, rate=0.1, dropout=0.3, seeds=3)

# Added to negative, neutral and positive of a language; chosen on UMSAB's validation posts, which nothing is learned
# from.
CHOSEN: Final[Mapping[str, tuple[float, float, float]]] = {}


def learn_sentiment(rows: Sequence[Row], recipe: Recipe, *, seed: int, say: Say) -> Single:
    """The three columns of sentiment, from the rows to learn from."""
    return learn(sentiment_lesson(rows, recipe), recipe, seed=seed, say=say)
