"""Where a post's clauses begin, so that what is said of one thing is not taken for what is said of another.

A clause ends at the end of a sentence or line, at a colon, semicolon, dash or bracket, and before words of contrast
("but"). It is cut further, at commas and words that join ("and"), where both sides speak of something and say how it
is. The task is that of Pontiki et al. (2014, SemEval task 4); cutting at contrast follows Meng and Wang (2009) and the
effective-part-of-speech windows of Ding, Liu and Yu (2008): an opinion counts for the targets of its own clause.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analytics.language.aspects.contracts import Span
from analytics.listening.text import Scan

# A dot in the middle of a word or number ends nothing.
_STRONG = re.compile(r"[!?;…\n。！？।؟؛()\[\]]|[.:](?!\S)|\s[-–—]+\s|—")
_WEAK = re.compile(r"[,،、]")
# Between two commas, so many words beside the target say something of it even where no opinion word is known.
_ENOUGH = 3


@dataclass(frozen=True, slots=True)
class Boundaries:
    """Word positions that a clause begins at for certain, those it may begin at after a comma, and those it may begin
    at before a word that joins; where the words that part it, which belong to no clause, end."""

    strong: frozenset[int]
    commas: frozenset[int]
    joins: frozenset[int]
    skips: dict[int, int]


def find_boundaries(
    scanned: Scan, *, contrast: Iterable[Span], after_comma: Iterable[Span], joins: Iterable[Span]
) -> Boundaries:
    """Where clauses of a scanned text may begin; spans are those of words of contrast and of joining. Linear."""
    text, starts, ends = scanned.text, scanned.starts, scanned.ends
    strong, commas = {0}, set()
    for position in range(1, len(starts)):
        first, last = ends[position - 1], starts[position]
        if last == first or (last == first + 1 and text[first] == " "):
            continue
        # Endless runs of signs between two words end a clause, whatever they are.
        gap = text[first : min(last + 1, first + 64)]
        if last - first > 60 or _STRONG.search(gap[: last - first + 1], 0, last - first):
            strong.add(position)
        elif _WEAK.search(gap):
            commas.add(position)
    skips: dict[int, int] = {}
    for span in contrast:
        first, end = _words(scanned, span)
        strong.add(first)
        skips[first] = end
    for span in after_comma:
        first, end = _words(scanned, span)
        if first in strong or first in commas:
            strong.add(first)
            skips[first] = end
    joined = set()
    for span in joins:
        first, end = _words(scanned, span)
        joined.add(first)
        skips.setdefault(first, end)
    return Boundaries(frozenset(strong), frozenset(commas - strong), frozenset(joined - strong), skips)


def _words(scanned: Scan, span: Span) -> tuple[int, int]:
    """The words of a span of text as [first, end)."""
    return bisect_left(scanned.starts, span[0]), bisect_left(scanned.starts, span[1])


def cut(
    count: int, boundaries: Boundaries, *, targets: Sequence[tuple[int, int]], opinions: Sequence[int]
) -> list[tuple[int, int]]:
    """Clauses as [first, end) of `count` words. `targets` are the words [first, end) of each, and `opinions` the first
    word of each opinion; both in order. n log n."""
    starts = sorted(position for position in boundaries.strong if position < count)
    clauses: list[tuple[int, int]] = []
    opinions = sorted(opinions)
    heads = sorted(first for first, _ in targets)
    weak = sorted(boundaries.commas | boundaries.joins)
    widths: dict[int, int] = {}
    for first, end in targets:
        widths[first] = max(widths.get(first, 0), end - first)

    def speaks(first: int, end: int, comma: bool) -> bool:
        low, high = bisect_left(heads, first), bisect_left(heads, end)
        if low == high:
            return False
        if bisect_left(opinions, first) < bisect_left(opinions, end):
            return True
        return comma and end - first - widths[heads[low]] >= _ENOUGH

    for number, first in enumerate(starts):
        end = starts[number + 1] if number + 1 < len(starts) else count
        since = first
        for position in weak[bisect_left(weak, first + 1) : bisect_left(weak, end)]:
            comma = position in boundaries.commas
            if speaks(since, position, comma) and speaks(position, end, comma):
                clauses.append((since, position))
                since = position
        clauses.append((since, end))
    return clauses
