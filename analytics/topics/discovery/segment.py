"""Cutting scripts without spaces into words that the texts themselves teach, with no dictionary.

A string of characters is taken for a word where it is used often and different characters stand before and behind it
(accessor variety; Feng, Chen, Deng and Zheng 2004, "Accessor Variety Criteria for Chinese Word Extraction"). Longer
strings are looked at only where both of their parts were frequent (the Apriori bound; Agrawal and Srikant 1994), so
that memory stays with what is frequent. Runs are then cut by the longest word first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TypeAlias

Run: TypeAlias = tuple[str, ...]

LONGEST = 8
LEAST_USES = 3
LEAST_VARIETY = 2
MOST_WORDS = 20_000


def learn_words(runs: Sequence[Run], *, least_uses: int = LEAST_USES) -> frozenset[Run]:
    """The strings of 2 to 8 characters that are words in these runs; at most 20,000, the most used. The same runs in
    any order give the same words."""
    frequent: set[Run] = {(each,) for each, n in Counter(c for run in runs for c in run).items() if n >= least_uses}
    found: dict[Run, int] = {}
    for length in range(2, LONGEST + 1):
        uses: Counter[Run] = Counter()
        for run in runs:
            for start in range(len(run) - length + 1):
                piece = run[start : start + length]
                if piece[:-1] in frequent and piece[1:] in frequent:
                    uses[piece] += 1
        frequent = {piece for piece, n in uses.items() if n >= least_uses}
        if not frequent:
            break
        before, behind = _accessors(runs, frequent, length)
        for piece in frequent:
            if min(before[piece], behind[piece]) >= LEAST_VARIETY:
                found[piece] = uses[piece]
    ranked = sorted(found, key=lambda piece: (-found[piece], piece))
    return frozenset(ranked[:MOST_WORDS])


def _accessors(runs: Iterable[Run], wanted: set[Run], length: int) -> tuple[Counter[Run], Counter[Run]]:
    """How many different characters stand before and behind each; the edges of runs each count as another."""
    seen_before: set[tuple[Run, str]] = set()
    seen_behind: set[tuple[Run, str]] = set()
    edges_before: Counter[Run] = Counter()
    edges_behind: Counter[Run] = Counter()
    for run in runs:
        for start in range(len(run) - length + 1):
            piece = run[start : start + length]
            if piece not in wanted:
                continue
            if start:
                seen_before.add((piece, run[start - 1]))
            else:
                edges_before[piece] += 1
            if start + length < len(run):
                seen_behind.add((piece, run[start + length]))
            else:
                edges_behind[piece] += 1
    edges_before.update(piece for piece, _ in seen_before)
    edges_behind.update(piece for piece, _ in seen_behind)
    return edges_before, edges_behind


def cut(run: Run, words: frozenset[Run]) -> list[tuple[int, int]]:
    """[start, end) of the words in a run, from the left, the longest first; what is no word is passed over."""
    places = []
    start = 0
    while start < len(run):
        for length in range(min(LONGEST, len(run) - start), 1, -1):
            if run[start : start + length] in words:
                places.append((start, start + length))
                start += length
                break
        else:
            start += 1
    return places
