"""Whether one thing takes longer than another, told by ranks: how often the one is slower, never how many seconds."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scipy.stats import mannwhitneyu

# A shift counts where one side is slower in this share of all pairs more than by chance, and chance is this unlikely.
EFFECT = 0.1
CHANCE = 1e-4
# What a first, short look must show for a longer one to be taken.
SUSPICION = 0.07

Call = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Ranks:
    """`slower`: the share of pairs (0..1) in which the first is slower than the second; 0.5 where they are alike.
    `p`: how likely a share that far from 0.5 is where they are (Mann-Whitney, two-sided)."""

    slower: float
    p: float

    @property
    def shift(self) -> float:
        return self.slower - 0.5

    def is_shifted(self, up: bool) -> bool:
        """Whether the shift is large, to this side, and no chance."""
        return abs(self.shift) >= EFFECT and self.p <= CHANCE and (self.shift > 0) == up


def compare(first: Call, second: Call, *, pairs: int, seed: int) -> tuple[Ranks, Ranks]:
    """Time both in turns, each turn in an order of its own, so that whatever else the machine does meets both. By the
    clock, as a caller would, and by this thread's own work, which other programs do not blur."""
    order = random.Random(seed)
    took: dict[tuple[int, int], list[int]] = {(clock, which): [] for clock in (0, 1) for which in (0, 1)}
    calls = (first, second)
    collecting = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        for _ in range(pairs):
            for which in order.sample((0, 1), 2):
                begun, worked = time.perf_counter_ns(), time.thread_time_ns()
                calls[which]()
                took[0, which].append(time.perf_counter_ns() - begun)
                took[1, which].append(time.thread_time_ns() - worked)
    finally:
        if collecting:
            gc.enable()
    return of(took[0, 0], took[0, 1]), of(took[1, 0], took[1, 1])


def of(first: Sequence[float], second: Sequence[float]) -> Ranks:
    """The ranks of two samples."""
    found = mannwhitneyu(first, second, alternative="two-sided", method="asymptotic")
    return Ranks(float(found.statistic) / (len(first) * len(second)), float(found.pvalue))


def told_apart(first: Call, second: Call, *, pairs: int = 40, seed: int = 1) -> bool:
    """Whether a caller could tell the two apart by the time they take: a short look that makes suspicious, then two
    long ones that both find the same real shift. A machine that is busy for a while fails one of the three."""
    looks = compare(first, second, pairs=pairs, seed=seed)
    suspects = {clock: look.shift > 0 for clock, look in enumerate(looks) if abs(look.shift) >= SUSPICION}
    for again in (1, 2):
        if not suspects:
            return False
        looks = compare(first, second, pairs=4 * pairs, seed=seed + again)
        suspects = {clock: side for clock, side in suspects.items() if looks[clock].is_shifted(side)}
    return bool(suspects)
