"""Precision and recall from labelled samples: unbiased, with intervals that cover, and silent with too few labels."""

from __future__ import annotations

import random
import statistics

import pytest

from analytics.mentions.noise import LEVELS, threshold
from analytics.mentions.noise.quality import BANDS, FEWEST, Band, band_of, is_enough, qualities

TRUE_SHARES = {"0.9": 0.95, "0.7": 0.7, "0.5": 0.5, "0": 0.04}
SIZES = {"0.9": 120, "0.7": 90, "0.5": 150, "0": 2_000}


def sampled(rng: random.Random, drawn: int = 40) -> tuple[list[Band], dict[str, int]]:
    """A sample of a made-up query, and how much noise each band really holds."""
    bands, noise = [], {}
    for name in BANDS:
        members = [rng.random() < TRUE_SHARES[name] for _ in range(SIZES[name])]
        labels = rng.sample(members, drawn)
        noise[name] = sum(members)
        bands.append(Band(name, SIZES[name], drawn, drawn, sum(labels)))
    return bands, noise


def test_bands_are_where_levels_begin() -> None:
    assert [float(name) for name in BANDS[:-1]] == [threshold(level) for level in LEVELS[1:]]
    assert [band_of(score) for score in (1, 0.9, 0.8999, 0.7, 0.5, 0.4999, 0)] == [
        "0.9", "0.9", "0.7", "0.7", "0.5", "0", "0"
    ]  # fmt: skip


def test_estimates_are_unbiased_and_their_intervals_cover() -> None:
    rng = random.Random(3)
    errors: dict[tuple[str, str], list[float]] = {}
    covered: dict[tuple[str, str], list[bool]] = {}
    for number in range(120):
        bands, noise = sampled(rng)
        for found in qualities(bands, seed=number):
            limit = threshold(found.level)
            assert limit is not None
            taken = [name for name in BANDS if float(name) >= limit]
            caught = sum(noise[name] for name in taken)
            truth = {
                "precision": caught / sum(SIZES[name] for name in taken),
                "recall": caught / sum(noise.values()),
            }
            for measure, value in truth.items():
                share = getattr(found, measure)
                errors.setdefault((found.level, measure), []).append(share.value - value)
                covered.setdefault((found.level, measure), []).append(share.low <= value <= share.high)
    for key, values in errors.items():
        spread = statistics.stdev(values) / len(values) ** 0.5
        # A share of noise over an estimated total is unbiased only in the limit: recall may be off by a little.
        assert abs(statistics.fmean(values)) < 4 * spread + 0.01, key
        assert statistics.fmean(covered[key]) > 0.88, key


def test_what_was_looked_at_in_full_is_certain() -> None:
    bands = [Band("0.9", 30, 30, 30, 27), Band("0.7", 0, 0, 0, 0), Band("0.5", 0, 0, 0, 0), Band("0", 60, 60, 60, 3)]
    low, medium, strict = qualities(bands, seed=1)
    assert low.hidden == medium.hidden == strict.hidden == 30
    assert low.precision is not None
    assert low.recall is not None
    assert low.precision.low == low.precision.value == low.precision.high == 0.9
    assert low.recall.low == low.recall.value == low.recall.high == 0.9


def test_nothing_hidden_has_no_precision_and_no_noise_no_recall() -> None:
    found = qualities([Band("0", 500, 40, 40, 4)], seed=1)
    assert [(each.precision, each.recall.value if each.recall else None) for each in found] == [(None, 0.0)] * 3
    found = qualities([Band("0.9", 20, 20, 20, 0), Band("0", 500, 40, 40, 0)], seed=1)
    assert found[0].recall is None
    assert found[0].precision is not None
    assert found[0].precision.value == 0


def test_too_few_labels_say_nothing() -> None:
    few = [Band("0.9", 500, 50, FEWEST - 1, 3), Band("0", 500, 50, 50, 3)]
    assert not is_enough(few)
    assert [band.missing for band in few] == [1, 0]
    with pytest.raises(ValueError, match="too few"):
        qualities(few, seed=1)
    assert not is_enough([Band(name, 0, 0, 0, 0) for name in BANDS])
    assert is_enough([Band("0.9", 3, 3, 3, 1), Band("0", 500, 50, FEWEST, 0)]), "all of a small band are enough"


def test_the_same_seed_gives_the_same_interval() -> None:
    bands, _ = sampled(random.Random(1))
    assert qualities(bands, seed=5) == qualities(bands, seed=5)
