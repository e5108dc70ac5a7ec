"""How fast topics grow, with intervals, and which of them are emerging. Pure.

Daily counts of stories are overdispersed: people talk because people talk. So growth is a ratio of Poisson rates whose
variance is widened by the dispersion of the days themselves (quasi-likelihood; Wedderburn 1974, McCullagh and Nelder
1989), and topics are tested together with the false discovery rate held (Benjamini and Hochberg 1995).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

ALPHA = 0.05
LEAST_STORIES = 5
"""Stories in the later part below which nothing is called emerging, however fast it grows."""

_Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Growth:
    """How many times as often something is said in the later of two parts of a period as in the earlier.

    `rate` is per day; `share` relative to all that is said, so that a day on which everybody talks is no growth. Each
    has a 95 % interval. `earlier` and `later` are counts, `p` is one-sided for a growing share."""

    earlier: int
    later: int
    rate: float
    rate_low: float
    rate_high: float
    share: float
    share_low: float
    share_high: float
    dispersion: float
    p: float


def growth(days: Sequence[int], everything: Sequence[int], *, later_days: int) -> Growth | None:
    """Compare the last `later_days` of some days' counts with the days before. `everything` are the counts of all
    topics (and of none) on the same days. None where one part has no days or nothing at all was said in it.

    Half a story is added to each part (Haldane 1956), so that a topic which was not there before has a ratio too.
    Raises ValueError for lengths that differ.
    """
    if len(days) != len(everything):
        raise ValueError("as many days in both")
    early = len(days) - later_days
    if early < 1 or later_days < 1:
        return None
    before, after = sum(days[:early]), sum(days[early:])
    all_before, all_after = sum(everything[:early]), sum(everything[early:])
    if not all_before or not all_after:
        return None
    dispersion = _dispersion(days, everything, early)
    spread = _Z95 * math.sqrt(dispersion * (1 / (before + 0.5) + 1 / (after + 0.5)))
    rate = math.log(((after + 0.5) / later_days) / ((before + 0.5) / early))
    share = math.log(((after + 0.5) / all_after) / ((before + 0.5) / all_before))
    return Growth(
        earlier=before,
        later=after,
        rate=math.exp(rate),
        rate_low=math.exp(rate - spread),
        rate_high=math.exp(rate + spread),
        share=math.exp(share),
        share_low=math.exp(share - spread),
        share_high=math.exp(share + spread),
        dispersion=dispersion,
        p=0.5 * math.erfc(share / (spread / _Z95) / math.sqrt(2)),
    )


def _dispersion(days: Sequence[int], everything: Sequence[int], early: int) -> float:
    """Pearson's chi-squared per degree of freedom of the days around each part's own share; never below 1."""
    total, freedom = 0.0, 0
    for part, whole in ((days[:early], everything[:early]), (days[early:], everything[early:])):
        share = sum(part) / sum(whole)
        expected = [share * each for each in whole]
        total += sum((n - e) ** 2 / e for n, e in zip(part, expected, strict=True) if e > 0)
        freedom += sum(e > 0 for e in expected) - 1
    return max(1.0, total / freedom) if freedom > 0 else 1.0


def discoveries(ps: Sequence[float], *, rate: float = ALPHA) -> list[bool]:
    """Which of some tests are discoveries when at most `rate` of those may be false (Benjamini and Hochberg 1995)."""
    order = sorted(range(len(ps)), key=lambda place: ps[place])
    last = 0
    for rank, place in enumerate(order, 1):
        if ps[place] <= rate * rank / len(ps):
            last = rank
    found = [False] * len(ps)
    for place in order[:last]:
        found[place] = True
    return found


def emerging(found: Sequence[Growth | None]) -> list[bool]:
    """Which topics (or tags) take a growing share, tested together; those of too few stories are not tested at all."""
    tested = {place: each.p for place, each in enumerate(found) if each is not None and each.later >= LEAST_STORIES}
    answers = [False] * len(found)
    for place, yes in zip(tested, discoveries(list(tested.values())), strict=True):
        answers[place] = yes
    return answers
