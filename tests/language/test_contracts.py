"""What a reading may hold."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analytics.language.contracts import Reading, to_shares

GOOD = Reading("en", 0.9, 0.1, 0.2, 0.7, "positive", False, "", "some/1")


@given(st.floats(0, 1), st.floats(0, 1))
@example(0.6000005, 0.3999995)  # both round up
@example(1.0, 0.0)
def test_shares_make_a_reading(negative: float, part: float) -> None:
    positive = (1 - negative) * part
    shares = to_shares(negative, positive)
    assert replace(GOOD, negative=shares[0], neutral=shares[1], positive=shares[2])
    assert shares == pytest.approx((negative, 1 - negative - positive, positive), abs=2e-6)


@pytest.mark.parametrize(
    "change",
    [
        {"negative": 0.2},
        {"negative": -0.1, "neutral": 0.4},
        {"positive": float("nan")},
        {"language_confidence": 1.2},
        {"abstained": True},
        {"abstain_reason": "too_short"},
        {"sentiment": ""},
        {"abstained": True, "abstain_reason": "too_short"},
    ],
)
def test_impossible_readings_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"must|has"):
        replace(GOOD, **change)  # type: ignore[arg-type]
