"""Correcting for the engine's errors: intervals that cover, and refusals where the confusion data do not allow it."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.insights.weighting.compose import Options, correct
from analytics.insights.weighting.prevalence import Confusion
from tests.insights.weighting.samples import sample_of

READER = ("compact/1", "en")
# How an engine errs: rows what is true, columns what it says.
ERRS = np.array([[0.70, 0.20, 0.10], [0.20, 0.60, 0.20], [0.10, 0.25, 0.65]])
ROUNDS = 200
BOTH = Options(misclassification=True)


def _table(rng: np.random.Generator, errs: np.ndarray, per_label: int) -> Confusion:
    return tuple((*(int(count) for count in rng.multinomial(per_label, row)), 5) for row in errs)


def test_intervals_cover_the_truth_that_raw_ones_miss() -> None:
    rng = np.random.default_rng(5)
    truth = np.array([0.6, 0.3, 0.1])
    net = truth[2] - truth[0]
    covered = raw_covered = 0
    for round_ in range(ROUNDS):
        said = [rng.choice(3, p=ERRS[label]) for label in rng.choice(3, size=500, p=truth)]
        found = correct(sample_of(said), BOTH, confusions={READER: _table(rng, ERRS, 120)}, seed=round_)
        low, high = found.corrected.net.low, found.corrected.net.high
        raw = found.raw.net
        assert low is not None and high is not None and raw.low is not None and raw.high is not None  # noqa: PT018
        covered += low <= net <= high
        raw_covered += raw.low <= net <= raw.high
        assert high - low > raw.high - raw.low
    assert covered / ROUNDS >= 0.93
    assert raw_covered / ROUNDS < 0.3


def test_a_perfect_engine_is_left_alone() -> None:
    perfect: Confusion = ((1000, 0, 0, 0), (0, 1000, 0, 0), (0, 0, 1000, 0))
    found = correct(sample_of([0] * 50 + [1] * 30 + [2] * 20), BOTH, confusions={READER: perfect})
    assert found.corrected.net.value == pytest.approx(-0.3)
    (step,) = found.steps
    assert (step.uncovered, step.unmeasured, dict(step.bounds)) == (0.0, (), {})


def test_the_same_seed_gives_the_same_interval() -> None:
    table: Confusion = ((80, 20, 10, 5), (20, 70, 20, 5), (10, 20, 80, 5))
    said = sample_of([0] * 50 + [1] * 30 + [2] * 20)
    assert correct(said, BOTH, confusions={READER: table}, seed=1) == correct(
        said, BOTH, confusions={READER: table}, seed=1
    )


@pytest.mark.parametrize(
    ("table", "code"),
    [
        (None, "not_measured"),
        (((10, 5, 2), (3, 9, 1), (1, 1, 9)), "not_measured"),
        (((20, 5, 4, 99), (40, 50, 30, 0), (10, 40, 60, 0)), "too_few_tested"),
        # It says neutral whatever is true.
        (((5, 90, 5, 0), (5, 90, 5, 0), (5, 88, 7, 0)), "labels_not_told_apart"),
    ],
)
def test_what_is_not_known_well_enough_is_refused(table: Confusion | None, code: str) -> None:
    confusions = {READER: table} if table is not None else {}
    found = correct(sample_of([0, 1, 2] * 20), BOTH, confusions=confusions)
    (step,) = found.steps
    assert (step.figures, step.refused) == (None, "no_confusion_data")
    assert found.corrected == found.raw
    # With people's labels beside it, these alone are corrected, and the rest is said to be left out.
    mixed = correct(
        sample_of([0, 1, 2] * 20, reader=[0] * 30 + [1] * 30, readers=(READER, ("", "en"))), BOTH, confusions=confusions
    )
    (step,) = mixed.steps
    assert step.unmeasured == (("en", "compact/1", code),)
    assert step.uncovered == pytest.approx(0.5)
    assert step.bounds["net"].low < -0.4


def test_what_people_said_is_not_corrected() -> None:
    found = correct(sample_of([2] * 40, readers=(("", "en"),)), BOTH, confusions={})
    assert found.corrected.positive.value == pytest.approx(1.0)
    assert found.corrected.positive.low is not None
    assert found.corrected.positive.low < 1.0


def test_languages_are_corrected_each_by_its_own_errors() -> None:
    perfect: Confusion = ((1000, 0, 0, 0), (0, 1000, 0, 0), (0, 0, 1000, 0))
    swapped: Confusion = ((0, 0, 1000, 0), (0, 1000, 0, 0), (1000, 0, 0, 0))
    found = correct(
        sample_of([0] * 100 + [2] * 100, reader=[0] * 100 + [1] * 100, readers=(READER, ("compact/1", "de"))),
        BOTH,
        confusions={READER: perfect, ("compact/1", "de"): swapped},
    )
    assert found.raw.net.value == 0.0
    assert found.corrected.net.value == pytest.approx(-1.0)


def test_nothing_read_is_refused() -> None:
    (step,) = correct(sample_of([-1, -1]), BOTH, confusions={}).steps
    assert step.refused == "nothing_read"


def test_few_heavy_voices_make_corrected_intervals_wide_too() -> None:
    rng = np.random.default_rng(6)
    rates = np.array([0.4, 0.02, 0.2])
    perfect: Confusion = ((1000, 0, 0, 0), (0, 1000, 0, 0), (0, 0, 1000, 0))
    options = Options(response_rates=(0.4, 0.02, 0.2), misclassification=True)
    covered = 0
    for round_ in range(ROUNDS):
        opinions = rng.choice(3, size=5_000, p=[0.45, 0.1, 0.45])
        wrote = opinions[rng.random(5_000) < rates[opinions]]
        neutral = correct(sample_of(wrote), options, confusions={READER: perfect}, seed=round_).corrected.neutral
        assert neutral.low is not None
        assert neutral.high is not None
        covered += neutral.low <= 0.1 <= neutral.high
    assert covered / ROUNDS >= 0.9
