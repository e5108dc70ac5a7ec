"""How right an engine is by what people say, and how much of that can be believed: pure.

Corrections are no random sample: people correct what caught their eye, mostly mistakes. So what is told from all of
them describes those mentions alone. The random part of a review queue is a simple random sample of a stated population;
what is told from it is unbiased for that population, as far as everything drawn is labelled too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from analytics.language.evaluate import wilson


@dataclass(frozen=True, slots=True)
class Share:
    """An estimated share, 0..1, with its 95 % interval (Wilson, 1927)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Cell:
    """How many mentions people call one thing and the engine another; `engine` is None where it says nothing."""

    people: Any
    engine: Any
    n: int


@dataclass(frozen=True, slots=True)
class Part:
    """The share of mentions that people call `label`."""

    label: Any
    share: Share


@dataclass(frozen=True, slots=True)
class Accuracy:
    """The engine against people on `n` mentions. `accuracy` is over the `said` ones on which it says anything, None
    where there are none; `shares` are people's labels over all `n`."""

    n: int
    said: int
    accuracy: Share | None
    confusion: tuple[Cell, ...]
    shares: tuple[Part, ...]


def share(part: int, whole: int) -> Share | None:
    """`part` of `whole`; None of nothing."""
    if not whole:
        return None
    low, high = wilson(part, whole)
    return Share(round(part / whole, 4), round(low, 4), round(high, 4))


def accuracy(labels: Sequence[tuple[Hashable, Hashable]]) -> Accuracy:
    """Compare pairs of (what people say, what the engine says or None)."""
    cells = Counter(labels)
    said = sum(n for (_, engine), n in cells.items() if engine is not None)
    right = sum(n for (people, engine), n in cells.items() if people == engine)
    by_people = Counter(people for people, _ in labels)
    order = sorted(cells.items(), key=lambda cell: (-cell[1], repr(cell[0])))
    return Accuracy(
        n=len(labels),
        said=said,
        accuracy=share(right, said),
        confusion=tuple(Cell(people, engine, n) for (people, engine), n in order),
        shares=tuple(
            Part(label, found)
            for label, n in sorted(by_people.items(), key=repr)
            if (found := share(n, len(labels))) is not None
        ),
    )
