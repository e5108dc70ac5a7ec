"""How the convolution over word order is learned. Needs torch."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.language.compact.hashing import hash_texts
from analytics.language.compact.learn import Lesson
from analytics.language.compact.order_training import OrderRecipe, _learn_one

pytest.importorskip("torch")

SMALL = OrderRecipe(width=8, gates=4, passes=40, batch=16, rate=0.02, dropout=0.0, word_dropout=0.0, seeds=1)


def _lesson(texts: list[str], labels: list[int]) -> Lesson:
    targets = np.eye(3, dtype=np.float32)[labels]
    ones = np.ones_like(targets)
    return Lesson(texts, targets, ones, np.zeros_like(targets), np.zeros(len(texts), np.int64), 1, True)


def test_a_convolution_learns_order_and_the_same_from_one_seed() -> None:
    texts = ["not good but cheap", "good but not cheap", "cheap and good", "not cheap not good"] * 40
    lesson = _lesson(texts, [0, 2, 2, 0] * 40)
    one, again, other = (_learn_one(lesson, SMALL, seed) for seed in (7, 7, 8))
    scores = one.scores(hash_texts(texts[:4]))
    assert scores.argmax(axis=1).tolist() == [0, 2, 2, 0]
    assert all((again.arrays(0)[name] == values).all() for name, values in one.arrays(0).items())
    assert (other.words != one.words).any()
