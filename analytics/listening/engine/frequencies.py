"""How often keys occur in the posts that come by: a count-min sketch, and the guess that stands in for it before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np

from analytics.listening.engine.batch import Array
from analytics.listening.engine.compiling import compiled

# For the kernel this is np.int64; for readers of types it gives plain integers.
signed = cast(Callable[[Any], int], np.int64)
_ROW_BITS = 17
_ROW = 1 << _ROW_BITS
# A guess is in no unit; divided by this it is about a share of posts. It weighs as much as so many posts seen.
_GUESS_UNIT = 1.0 / 20_000.0
_GUESS_WEIGHT = 500.0


class Frequencies:
    """Counts of keys over a sample of posts (Cormode and Muthukrishnan 2005, two rows). A count is never too low
    and, for keys rarer than one in 10,000, hardly ever much too high. Threads may add to it at the same time; a count
    lost between two of them does no harm, because answers never rest on counts: only speed does."""

    __slots__ = ("counts",)

    def __init__(self) -> None:
        # The last cell holds how many posts were counted.
        self.counts = np.zeros(2 * _ROW + 1, np.uint32)

    @property
    def posts(self) -> int:
        """How many posts were counted."""
        return int(self.counts[2 * _ROW])


@compiled
def count(counts: Array, key: np.uint64) -> None:
    """Count one occurrence of a key in a post."""
    counts[signed(key & np.uint64(_ROW - 1))] += np.uint32(1)
    counts[signed(_ROW + ((key >> np.uint64(_ROW_BITS)) & np.uint64(_ROW - 1)))] += np.uint32(1)


@compiled
def share(counts: Array, key: np.uint64, guess: float) -> float:
    """The estimated share of posts that hold a key."""
    seen = min(
        counts[signed(key & np.uint64(_ROW - 1))],
        counts[signed(_ROW + ((key >> np.uint64(_ROW_BITS)) & np.uint64(_ROW - 1)))],
    )
    return (np.float64(seen) + guess * _GUESS_UNIT * _GUESS_WEIGHT) / (np.float64(counts[2 * _ROW]) + _GUESS_WEIGHT)
