"""Nearness: stretches of words that hold one occurrence of each of several things (see tree.Near).

For each word where a stretch can begin, the ends are looked for within a window whose width the query alone decides,
so the time is linear in the text. Where every thing is always equally wide (the usual case), the shortest stretch
from each beginning is found with one pointer per thing: the minimal-interval semantics of Clarke, Cormack and
Burkowski (1995), The Computer Journal 38(1).
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Places:
    """Where something stands: `firsts` are the words where an occurrence begins, ascending and distinct; `lasts[i]`
    the last words of those that begin at `firsts[i]`, ascending."""

    firsts: Sequence[int]
    lasts: Sequence[Sequence[int]]

    @classmethod
    def of(cls, places: Sequence[tuple[int, int]]) -> Places:
        """From (first, last) pairs in any order."""
        found: dict[int, list[int]] = {}
        for first, last in sorted(set(places)):
            found.setdefault(first, []).append(last)
        return cls(list(found), list(found.values()))

    def pairs(self) -> Iterator[tuple[int, int]]:
        return ((first, last) for first, lasts in zip(self.firsts, self.lasts, strict=True) for last in lasts)

    def width(self) -> int | None:
        """How many words wide every occurrence is; None if they differ."""
        widths = {last - first + 1 for first, last in self.pairs()}
        return widths.pop() if len(widths) == 1 else None


def shortest(things: Sequence[Places], slack: int, *, ordered: bool) -> Iterator[tuple[int, int]]:
    """From each word where a stretch begins, the shortest: (first, last) words, ascending by first."""
    if not all(thing.firsts for thing in things):
        return
    widths = [width for thing in things if (width := thing.width()) is not None]
    if len(widths) < len(things):
        for first, ends in _stretches(things, slack, ordered=ordered):
            yield first, next(iter(ends))
    elif ordered:
        yield from _shortest_ordered(things, widths, slack)
    else:
        yield from _shortest_unordered(things, widths, slack)


def stretches(things: Sequence[Places], slack: int, *, ordered: bool) -> Places:
    """All stretches."""
    firsts: list[int] = []
    lasts: list[Sequence[int]] = []
    if all(thing.firsts for thing in things):
        for first, ends in _stretches(things, slack, ordered=ordered):
            firsts.append(first)
            lasts.append(array("q", ends))
    return Places(firsts, lasts)


def _shortest_ordered(things: Sequence[Places], widths: list[int], slack: int) -> Iterator[tuple[int, int]]:
    longest = slack + sum(widths)
    for first in things[0].firsts:
        after = first + widths[0]
        for thing, width in zip(things[1:], widths[1:], strict=True):
            index = bisect_left(thing.firsts, after)
            if index == len(thing.firsts):
                return
            after = thing.firsts[index] + width
        if after - first <= longest:
            yield first, after - 1


def _shortest_unordered(things: Sequence[Places], widths: list[int], slack: int) -> Iterator[tuple[int, int]]:
    longest = slack + sum(widths)
    pointers = [0] * len(things)
    while True:
        heads = [thing.firsts[pointer] for thing, pointer in zip(things, pointers, strict=True)]
        first = min(heads)
        last = max(head + width for head, width in zip(heads, widths, strict=True)) - 1
        if last - first < longest:
            yield first, last
        for index, head in enumerate(heads):
            if head == first:
                pointers[index] += 1
                if pointers[index] == len(things[index].firsts):
                    return


def _stretches(things: Sequence[Places], slack: int, *, ordered: bool) -> Iterator[tuple[int, Iterator[int]]]:
    """(first, ascending lasts) for each first of which there are any."""
    window = slack + sum(max(last - first + 1 for first, last in thing.pairs()) for thing in things)
    ends_from = _ordered(things, slack, window) if ordered else _unordered(things, slack, window)
    for first in things[0].firsts if ordered else sorted({first for thing in things for first in thing.firsts}):
        ends = ends_from(first)
        nearest = next(ends, None)
        if nearest is not None:
            yield first, _again(nearest, ends)


def _again(head: int, tail: Iterator[int]) -> Iterator[int]:
    yield head
    yield from tail


def _ordered(things: Sequence[Places], slack: int, window: int) -> Callable[[int], Iterator[int]]:
    """first -> the ends of stretches from there on, ascending: for each thing in turn, where it can end and the fewest
    other words that are then passed."""

    def ends(first: int) -> Iterator[int]:
        head = things[0]
        passed = dict.fromkeys(head.lasts[bisect_left(head.firsts, first)], 0)
        for thing in things[1:]:
            before = sorted(passed)
            following: dict[int, int] = {}
            taken, least = 0, 0
            begin = bisect_left(thing.firsts, first)
            for index in range(begin, bisect_left(thing.firsts, first + window, begin)):
                place = thing.firsts[index]
                while taken < len(before) and before[taken] < place:
                    reach = passed[before[taken]] - before[taken]
                    least = reach if taken == 0 else min(least, reach)
                    taken += 1
                if taken and least + place - 1 <= slack:
                    for last in thing.lasts[index]:
                        following[last] = min(following.get(last, slack), least + place - 1)
            passed = following
        yield from sorted(passed)

    return ends


def _unordered(things: Sequence[Places], slack: int, window: int) -> Callable[[int], Iterator[int]]:
    """first -> the ends of stretches from there on, ascending. For each end the things are as long as they can be, save
    one that has to begin the stretch and one that has to end it."""
    # For each word that ends something: what it ends, and where that can begin.
    ending: dict[int, list[tuple[int, list[int]]]] = {}
    for number, thing in enumerate(things):
        begins: dict[int, list[int]] = {}
        for begin, last in thing.pairs():
            begins.setdefault(last, []).append(begin)
        for last, found in begins.items():
            ending.setdefault(last, []).append((number, found))
    lasts = sorted(ending)

    def ends(first: int) -> Iterator[int]:
        longest = [0] * len(things)  # of each thing, between `first` and here
        leading = [0] * len(things)  # of those that begin at `first`
        missing = len(things)
        for at in range(bisect_left(lasts, first), len(lasts)):
            here = lasts[at]
            if here >= first + window:
                return
            closing: list[tuple[int, int]] = []
            whole = False
            for number, begins in ending[here]:
                index = bisect_left(begins, first)
                if index == len(begins):
                    continue
                length = here - begins[index] + 1
                missing -= longest[number] == 0
                longest[number] = max(longest[number], length)
                closing.append((number, length))
                if begins[index] == first:
                    leading[number] = length
                    whole = True
            spare = sum(longest) + slack - (here - first + 1)
            if missing or not closing or spare < 0:
                continue
            if whole:
                yield here
                continue
            costs = sorted((longest[number] - lead, number) for number, lead in enumerate(leading) if lead)[:2]
            if any(
                cost + longest[number] - length <= spare
                for number, length in closing
                for cost, leader in costs
                if leader != number
            ):
                yield here

    return ends
