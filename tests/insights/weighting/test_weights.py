"""Weights and effective sizes: worked by hand, and intervals that cover what they should in simulations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.insights import measures
from analytics.insights.weighting.compose import Options, correct
from analytics.insights.weighting.sample import effective_size, figures
from analytics.insights.weighting.weights import Refused, answering, fading, one_vote, rake
from tests.insights.weighting.samples import sample_of

ROUNDS = 300


def test_raw_figures_are_those_of_the_other_insights() -> None:
    labels = [0] * 40 + [1] * 100 + [2] * 170 + [-1] * 11
    found = figures(sample_of(labels), np.ones(len(labels)))
    assert (found.n, found.n_effective) == (310, 310.0)
    for mine, theirs in (
        (found.net, measures.net_sentiment(40, 100, 170)),
        (found.negative, measures.share(40, 310)),
        (found.positive, measures.share(170, 310)),
    ):
        assert (mine.value, mine.low, mine.high, mine.n) == pytest.approx(
            (theirs.value, theirs.low, theirs.high, theirs.n)
        )


def test_nothing_has_no_figures() -> None:
    found = correct(sample_of([]), Options(stories_once=True, population={"source": {"web": 1.0}}), confusions={})
    assert (found.mentions, found.raw.n, found.raw.net.value) == (0, 0, None)
    assert found.steps[-1].refused == "nobody_listed"
    assert found.unread_bounds == {}


def test_kish_by_hand() -> None:
    assert effective_size(np.array([1.0, 1, 1, 1]), np.arange(4)) == 4
    assert effective_size(np.array([3.0, 1]), np.arange(2)) == pytest.approx(16 / 10)
    assert effective_size(np.array([1.0, 1, 1, 1]), np.array([7, 7, 7, 9])) == pytest.approx(16 / 10)
    assert effective_size(np.zeros(3), np.arange(3)) == 0


@given(st.lists(st.tuples(st.floats(0.01, 100), st.integers(0, 5)), min_size=1, max_size=40))
def test_no_sample_is_worth_more_than_its_units(rows: list[tuple[float, int]]) -> None:
    weights, units = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    assert 1 - 1e-9 <= effective_size(weights, units) <= len(set(units.tolist())) + 1e-9


def test_one_vote_for_whoever_writes_much() -> None:
    weights = one_vote(np.ones(5), np.array([4, 4, 4, 4, 9]))
    assert weights.tolist() == [0.25, 0.25, 0.25, 0.25, 1.0]
    assert one_vote(np.array([0.0, 0.0, 2.0]), np.array([1, 1, 2])).tolist() == [0.0, 0.0, 1.0]


def test_fading_halves() -> None:
    assert fading(np.ones(3), np.array([0.0, 7.0, 14.0]), 7.0).tolist() == [1.0, 0.5, 0.25]


def test_what_is_old_altogether_fades_against_the_latest() -> None:
    assert fading(np.array([0.0, 1, 1]), np.array([0.0, 600.0, 601.0]), 1.0)[1:].tolist() == [1.0, 0.5]
    for age in (600.0, 1_090.0):
        labels = [0, 2, 2, -1]
        found = correct(sample_of(labels, age=[age, age, age, 0.0]), Options(half_life_days=1), confusions={}).corrected
        assert (found.n, found.n_effective) == (3, 3.0)
        assert found.net.value == pytest.approx(1 / 3)
    spread = correct(
        sample_of([0, 2], age=[0.0, 1_099.0], source=[0, 1], sources=("web", "shop")),
        Options(half_life_days=1, population={"source": {"web": 0.5, "shop": 0.5}}),
        confusions={},
    )
    assert spread.corrected.net.value == pytest.approx(0.0)


def test_answering_undoes_how_likely_somebody_writes() -> None:
    assert answering(np.ones(4), np.array([0, 1, 2, -1]), (0.5, 0.1, 0.25)).tolist() == [2.0, 10.0, 4.0, 1.0]


def test_raking_reaches_both_margins() -> None:
    rng = np.random.default_rng(1)
    one, two = rng.integers(0, 3, 500), rng.integers(0, 2, 500)
    first, second = {"a": 0.2, "b": 0.5, "c": 0.3}, {"x": 0.9, "y": 0.1}
    raked = rake(np.ones(500), [(one, ("a", "b", "c"), first), (two, ("x", "y"), second)])
    shares = raked.weights / raked.weights.sum()
    assert np.bincount(one, weights=shares) == pytest.approx([0.2, 0.5, 0.3])
    assert np.bincount(two, weights=shares) == pytest.approx([0.9, 0.1])
    assert (raked.left_out, raked.uncovered) == (0, 0.0)


def test_raking_says_whom_it_leaves_out_and_whom_nobody_speaks_for() -> None:
    codes = np.array([0] * 6 + [1] * 4)
    raked = rake(np.ones(10), [(codes, ("web", "forum"), {"web": 0.75, "tv": 0.25})])
    assert raked.left_out == 4
    assert raked.uncovered == pytest.approx(0.25)
    assert raked.weights[6:].tolist() == [0.0] * 4


def test_what_is_missing_in_two_margins_may_be_different_people() -> None:
    one, two = np.zeros(4, dtype=np.int64), np.zeros(4, dtype=np.int64)
    margins = [(one, ("web",), {"web": 0.7, "tv": 0.3}), (two, ("DE",), {"DE": 0.6, "AT": 0.4})]
    assert rake(np.ones(4), margins).uncovered == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("shares", "code"), [({"tv": 1.0}, "nobody_listed"), ({"web": 0.3, "tv": 0.7}, "mostly_uncovered")]
)
def test_raking_refuses(shares: dict[str, float], code: str) -> None:
    with pytest.raises(Refused) as caught:
        rake(np.ones(4), [(np.zeros(4, dtype=np.int64), ("web",), shares)])
    assert caught.value.code == code


def test_raking_refuses_margins_that_contradict_each_other() -> None:
    codes = np.array([0, 0, 1, 1])  # all of "a" are "x", all of "b" are "y"
    with pytest.raises(Refused) as caught:
        rake(np.ones(4), [(codes, ("a", "b"), {"a": 0.5, "b": 0.5}), (codes, ("x", "y"), {"x": 0.9, "y": 0.1})])
    assert caught.value.code == "no_convergence"


def test_raking_brings_a_crooked_selection_back_and_its_interval_covers() -> None:
    """Forums are angry and over-heard nine to one; the population is half and half."""
    rng = np.random.default_rng(11)
    truth = 0.5 * (0.1 - 0.6) + 0.5 * (0.6 - 0.1)
    covered = raw_covered = 0
    sizes = []
    for _ in range(ROUNDS):
        source = (rng.random(400) < 0.1).astype(np.int64)
        draw = rng.random(400)
        angry, glad = np.where(source == 0, 0.6, 0.1), np.where(source == 0, 0.1, 0.6)
        labels = np.where(draw < angry, 0, np.where(draw < angry + glad, 2, 1))
        found = correct(
            sample_of(labels, source=source, sources=("forum", "shop")),
            Options(population={"source": {"forum": 0.5, "shop": 0.5}}),
            confusions={},
        )
        net, raw = found.corrected.net, found.raw.net
        assert net.low is not None and net.high is not None and raw.low is not None and raw.high is not None  # noqa: PT018
        covered += net.low <= truth <= net.high
        raw_covered += raw.low <= truth <= raw.high
        sizes.append(found.corrected.n_effective)
        assert net.high - net.low > raw.high - raw.low
    assert covered / ROUNDS >= 0.93
    assert raw_covered / ROUNDS < 0.05
    assert sum(sizes) / ROUNDS < 0.4 * 400


def test_one_vote_intervals_cover_where_a_few_shout() -> None:
    """A tenth of the authors write thirty times each, always the same."""
    rng = np.random.default_rng(12)
    truth = 0.9 * (0.5 - 0.2) + 0.1 * (0.1 - 0.8)
    covered = naive = 0
    for _ in range(ROUNDS):
        loud = rng.random(120) < 0.1
        draw = rng.random(120)
        angry, glad = np.where(loud, 0.8, 0.2), np.where(loud, 0.1, 0.5)
        mood = np.where(draw < angry, 0, np.where(draw < angry + glad, 2, 1))
        times = np.where(loud, 30, 1)
        found = correct(
            sample_of(np.repeat(mood, times), author=np.repeat(np.arange(120), times)),
            Options(one_author_one_vote=True),
            confusions={},
        )
        net, raw = found.corrected.net, found.raw.net
        assert net.low is not None and net.high is not None and raw.low is not None and raw.high is not None  # noqa: PT018
        covered += net.low <= truth <= net.high
        naive += raw.low <= truth <= raw.high
        assert found.corrected.n_effective <= 120
    assert covered / ROUNDS >= 0.93
    assert naive / ROUNDS < 0.2


def test_a_story_that_goes_round_counts_once() -> None:
    labels = [0] * 90 + [2] * 10
    story = [0] * 90 + list(range(1, 11))
    found = correct(sample_of(labels, story=story), Options(stories_once=True), confusions={})
    assert found.raw.net.value == pytest.approx(-0.8)
    assert found.corrected.net.value == pytest.approx(9 / 11)
    assert found.corrected.n_effective == pytest.approx(11)


def test_what_the_silent_think_is_bounded_not_guessed() -> None:
    labels = [2] * 80 + [0] * 20 + [-1] * 100
    found = correct(sample_of(labels), Options(response_rate=0.1), confusions={})
    unread = found.unread_bounds["net"]
    assert unread.low < 0.5 * 0.6 - 0.5 < 0.5 * 0.6 + 0.5 < unread.high
    silent = found.silent_bounds["net"]
    assert silent.low < -0.8
    assert silent.high > 0.9
    assert 1.8 - 1e-9 <= silent.high - silent.low <= 2.0


def test_response_rates_bring_the_silent_middle_back() -> None:
    rng = np.random.default_rng(3)
    opinions = rng.choice(3, size=60_000, p=[0.1, 0.6, 0.3])
    rates = np.array([0.5, 0.05, 0.3])
    wrote = opinions[rng.random(60_000) < rates[opinions]]
    found = correct(sample_of(wrote), Options(response_rates=(0.5, 0.05, 0.3)), confusions={})
    assert found.raw.neutral.value is not None
    assert found.raw.neutral.value < 0.25
    assert found.corrected.neutral.value == pytest.approx(0.6, abs=0.02)
    assert found.corrected.net.value == pytest.approx(0.2, abs=0.02)


def test_a_share_that_rests_on_few_heavy_voices_says_so() -> None:
    """Few of those without an opinion write, so that each of them stands for fifty."""
    rng = np.random.default_rng(4)
    rates = np.array([0.4, 0.02, 0.2])
    covered = 0
    for _ in range(ROUNDS):
        opinions = rng.choice(3, size=5_000, p=[0.45, 0.1, 0.45])
        wrote = opinions[rng.random(5_000) < rates[opinions]]
        neutral = correct(sample_of(wrote), Options(response_rates=(0.4, 0.02, 0.2)), confusions={}).corrected.neutral
        assert neutral.low is not None
        assert neutral.high is not None
        covered += neutral.low <= 0.1 <= neutral.high
    assert covered / ROUNDS >= 0.92


def test_ratings_tell_their_shape() -> None:
    rating = [1.0] * 30 + [2] * 5 + [3] * 5 + [4] * 10 + [5] * 50
    found = correct(sample_of([1] * 100, rating=rating), Options(response_rate=0.5), confusions={}).ratings
    assert found is not None
    assert (found.n, found.j_shaped) == (100, True)
    assert found.shares == pytest.approx((0.3, 0.05, 0.05, 0.1, 0.5))
    assert found.mean.value == pytest.approx(3.45)
    assert found.bounds is not None
    assert found.bounds.low < 0.5 * 3.45 + 0.5
    assert found.bounds.high > 0.5 * 3.45 + 2.5
    flat = correct(sample_of([1] * 5, rating=[1, 2, 3, 4, 5]), Options(), confusions={}).ratings
    assert flat is not None
    assert not flat.j_shaped
    assert flat.bounds is None
    # Out of ten, or of a hundred: nobody said which.
    assert correct(sample_of([1, 1], rating=[4, 9]), Options(), confusions={}).ratings is None
    assert correct(sample_of([1, 1]), Options(), confusions={}).ratings is None


def test_ratings_that_are_copied_are_one_rating_each() -> None:
    found = correct(
        sample_of([1] * 200, rating=[1] * 100 + [5] * 100, story=[0] * 100 + [1] * 100),
        Options(stories_once=True),
        confusions={},
    ).ratings
    assert found is not None
    assert found.mean.low is not None
    assert found.mean.high is not None
    assert found.mean.high - found.mean.low > 2.0


def test_all_equal_ratings_leave_the_interval_open() -> None:
    found = correct(sample_of([1] * 20, rating=[5] * 20), Options(), confusions={}).ratings
    assert found is not None
    assert found.mean.low is not None
    assert found.mean.low < 4.9
    assert found.mean.high == 5.0
