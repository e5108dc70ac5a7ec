from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.reports.palette import BLACK, WHITE, contrast, distance, ink, mix, series_colours, text_on

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def test_contrast_of_black_and_white_is_the_known_maximum() -> None:
    assert contrast(BLACK, WHITE) == pytest.approx(21)
    assert contrast("#767676", WHITE) == pytest.approx(4.54, abs=0.01)


@given(colours)
def test_text_on_any_brand_colour_is_legible(colour: str) -> None:
    assert text_on(colour) in {BLACK, WHITE}
    assert contrast(text_on(colour), colour) >= 4.5


@given(colours)
def test_ink_of_any_brand_colour_is_legible_on_white(colour: str) -> None:
    assert contrast(ink(colour), WHITE) >= 4.5


@given(colours)
def test_body_text_is_legible_on_the_tint(colour: str) -> None:
    tint = mix(ink(colour), WHITE, 0.93)
    assert contrast("#1f252c", tint) >= 7
    assert contrast("#59626d", tint) >= 4.5  # the muted text of the tiles


def test_a_dark_brand_colour_is_left_as_it_is() -> None:
    assert ink("#134e5e") == "#134e5e"


@given(colours, st.integers(1, 6))
def test_series_can_be_told_apart_in_every_colour_vision(primary: str, count: int) -> None:
    chosen = series_colours(primary, [at == 0 for at in range(count)])
    assert len(set(chosen)) == count
    pairs = [(one, other) for at, one in enumerate(chosen) for other in chosen[at + 1 :]]
    # Six lines must share what a dichromat can see, so dashes differ too; the first rivals are clearly apart.
    assert all(distance(one, other) > 0.02 for one, other in pairs)
    assert all(distance(chosen[0], other) > 0.06 for other in chosen[1:3])


@given(colours, st.lists(st.booleans(), max_size=12))
def test_every_series_gets_a_visible_colour_and_only_one_the_brands(primary: str, own: list[bool]) -> None:
    chosen = series_colours(primary, own)
    assert len(chosen) == len(own)
    assert all(contrast(colour, WHITE) >= 3 for colour in chosen)
    assert chosen.count(ink(primary, ratio=3.0)) <= max(1, sum(own))


def test_red_and_green_of_equal_lightness_are_seen_as_close() -> None:
    assert distance("#a05000", "#6a6a00") < distance("#0072b2", "#d55e00")
