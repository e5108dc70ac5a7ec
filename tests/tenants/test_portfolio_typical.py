"""What is typical of clients, and that it tells nothing of one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.portfolio.typical import LEAST_CLIENTS, MEASURES, Figure, Week, figures, interquartile_mean

WEEK = Week(mentions=100, previous=80, engagement=300, net_sentiment=0.3, read=60)
values = st.lists(st.floats(-1e6, 1e6), min_size=LEAST_CLIENTS, max_size=40)


def test_four_clients_are_too_few_for_any_figure() -> None:
    assert figures([WEEK] * (LEAST_CLIENTS - 1)) == {}
    assert figures([]) == {}
    assert set(figures([WEEK] * LEAST_CLIENTS)) == set(MEASURES)


def test_each_figure_counts_the_clients_that_can_tell_it() -> None:
    mute = replace(WEEK, previous=9, net_sentiment=None, read=0)
    unheard = Week(mentions=None, previous=None, engagement=None, net_sentiment=None, read=0)
    fresh = replace(WEEK, previous=None)
    silent = Week(mentions=0, previous=0, engagement=0, net_sentiment=None, read=0)

    assert set(figures([WEEK] * 4 + [mute])) == {"mentions_7d", "engagement_per_mention"}
    assert figures([WEEK] * 4 + [unheard, fresh, silent]) == {}


def test_a_figure_is_the_mean_of_the_middle_half_rounded() -> None:
    weeks = [replace(WEEK, mentions=mentions) for mentions in (1, 90, 100, 117, 5_000, 120, 80, 130)]

    found = figures(weeks)

    assert found["mentions_7d"] == Figure(value=100.0, at_least=5)  # of 90, 100, 117 and 120: 106.75
    assert figures(weeks + weeks)["mentions_7d"].at_least == 10


@pytest.mark.parametrize(
    ("mentions", "shown"), [(7, 7.0), (12, 10.0), (13, 15.0), (97, 95.0), (98, 100.0), (312, 300.0), (4_321, 4_500.0)]
)
def test_steps_are_never_finer_than_a_twentieth(mentions: int, shown: float) -> None:
    assert figures([replace(WEEK, mentions=mentions)] * 5)["mentions_7d"].value == shown


def test_shares_are_rounded_to_a_twentieth_too() -> None:
    found = figures([replace(WEEK, mentions=93, previous=100, net_sentiment=0.337)] * 5)

    assert (found["change"].value, found["net_sentiment_7d"].value) == (-0.05, 0.35)


@given(values)
def test_the_middle_lies_between_the_quarters(values: list[float]) -> None:
    ordered = sorted(values)
    cut = len(ordered) // 4

    mean = interquartile_mean(values)

    assert ordered[cut] - 1e-6 <= mean <= ordered[-1 - cut] + 1e-6
    assert mean == pytest.approx(interquartile_mean(ordered[::-1]))


@given(values, st.floats(-1e9, 1e9), st.floats(-1e9, 1e9))
def test_one_client_moves_it_no_further_than_the_others_stand_apart(
    others: list[float], one: float, another: float
) -> None:
    """Whatever a client's figure is, what is published stays among the others': its own cannot be read off."""
    found = [interquartile_mean([*others, value]) for value in (one, another)]

    assert all(min(others) - 1e-6 <= value <= max(others) + 1e-6 for value in found)


def test_two_sets_that_differ_by_a_client_tell_at_most_on_which_side_it_is() -> None:
    """The attack that one version a week keeps from happening, should it happen all the same."""
    others = [replace(WEEK, mentions=mentions) for mentions in (80, 90, 100, 110, 120)]
    shown = [figures([*others, replace(WEEK, mentions=mentions)])["mentions_7d"] for mentions in range(0, 1_000, 10)]

    assert set(shown) == {Figure(value=95.0, at_least=5), Figure(value=100.0, at_least=5)}


def test_nothing_has_no_mean() -> None:
    with pytest.raises(ValueError):
        interquartile_mean([])
