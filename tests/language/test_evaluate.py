"""Scores against cases counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.language.evaluate import calibration_error, evaluate, wilson


def sure(*guesses: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.eye(3)[list(guesses)]


def test_counted_by_hand() -> None:
    score = evaluate([0, 0, 1, 2, 2, 2], sure(0, 1, 1, 2, 2, 0))
    assert score.n == 6
    assert score.accuracy == pytest.approx(4 / 6)
    # negative: 1 of 2 found, 1 of 2 guesses right; neutral: 1 of 1, 1 of 2; positive: 2 of 3, 2 of 2
    assert score.f1 == pytest.approx((1 / 2, 2 / 3, 4 / 5))
    assert score.macro_f1 == pytest.approx((1 / 2 + 2 / 3 + 4 / 5) / 3)
    assert score.macro_f1_interval[0] < score.macro_f1 < score.macro_f1_interval[1]


def test_a_class_without_labels_does_not_count() -> None:
    score = evaluate([0, 2, 2], sure(0, 2, 2))
    assert score.f1 == (1.0, None, 1.0)
    assert score.macro_f1 == 1.0


def test_the_interval_narrows_with_more_posts_and_repeats_for_one_seed() -> None:
    labels = [0, 1, 2, 2, 1] * 20
    guesses = sure(*([0, 1, 2, 1, 1] * 20))
    few, many = evaluate(labels, guesses), evaluate(labels * 16, np.vstack([guesses] * 16))
    width = few.macro_f1_interval[1] - few.macro_f1_interval[0]
    assert many.macro_f1_interval[1] - many.macro_f1_interval[0] == pytest.approx(width / 4, rel=0.2)
    assert evaluate(labels, guesses) == few


def test_wilson_against_the_textbook() -> None:
    # Newcombe (1998), table I: 81 of 263 gives 0.2553 to 0.3662.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 20)[0] == 0.0
    for hits, n in ((1, 0), (-1, 5), (6, 5)):
        with pytest.raises(ValueError, match="hits"):
            wilson(hits, n)


def test_calibration_error() -> None:
    labels = np.array([0] * 7 + [2] * 3)
    honest = np.tile([0.7, 0.2, 0.1], (10, 1))
    boasting = np.tile([0.9, 0.05, 0.05], (10, 1))
    assert calibration_error(labels, honest) == pytest.approx(0.0)
    assert calibration_error(labels, boasting) == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("labels", "guesses"), [([], np.zeros((0, 3))), ([0, 1], sure(0)), ([3], sure(0)), ([-1], sure(0))]
)
def test_what_cannot_be_scored(labels: list[int], guesses: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> None:
    with pytest.raises(ValueError, match="label"):
        evaluate(labels, guesses)
