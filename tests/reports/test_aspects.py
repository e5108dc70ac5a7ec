"""What people talk about, in a report: counts, net sentiment with its interval, and nothing where nothing is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from analytics.insights.measures import net_sentiment
from analytics.reports.content import AspectSplit
from analytics.reports.view import build_view
from tests.reports.sample_content import sample_content


def test_an_aspect_has_its_counts_and_its_interval() -> None:
    content = replace(
        sample_content(), locale="en-GB", aspects=(AspectSplit("Taste", 12, 6, 1, 3), AspectSplit("Price", 2, 0, 0, 0))
    )
    first, second = cast(list[dict[str, Any]], build_view(content)["aspects"])
    net = net_sentiment(3, 1, 6)
    assert net.low is not None
    assert first["cells"][:5] == ["12", "6", "1", "3", "+0.30"]
    assert f"{net.low:+.2f}".lstrip("+-") in first["cells"][5]
    assert second["cells"] == ["2", "0", "0", "0", "\u2013", "\u2013"]


def test_no_aspects_are_no_section() -> None:
    assert build_view(replace(sample_content(), aspects=()))["aspects"] == []


def test_counts_are_of_its_mentions() -> None:
    for counts in ((2, 1, 1, 1), (2, -1, 1, 1)):
        with pytest.raises(ValueError, match="aspects"):
            AspectSplit("Taste", *counts)
