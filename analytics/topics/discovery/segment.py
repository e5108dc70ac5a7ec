"""Cutting scripts without spaces into words that the texts themselves teach, with no dictionary.

A string of characters is taken for a word where it is used often and different characters stand before and behind it
(accessor variety; Feng, Chen, Deng and Zheng 2004, "Accessor Variety Criteria for Chinese Word Extraction"). Longer
strings are looked at only where both of their parts were frequent (the Apriori bound; Agrawal and Srikant 1994), so
that memory stays with what is frequent. Runs are then cut by the longest word first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Run: TypeAlias = tuple[str, ...]

LONGEST = 8
LEAST_USES = 3
LEAST_VARIETY = 2
MOST_WORDS = 20_000


def learn_words(runs: Sequence[Run], *, least_uses: int = LEAST_USES) -> frozenset[Run]:
    """The strings of 2 to 8 characters that are words in these runs; at most 20,000, the most used. The same runs in
    any order give the same words."""
    numbers: dict[str, int] = {}
    text = [0]  # runs one behind the other as numbers of characters from 1 on, 0 around each
    for run in runs:
        text += [numbers.setdefault(each, len(numbers) + 1) for each in run]
        text.append(0)
    flat = np.array(text, np.int64)
    uses = np.bincount(flat, minlength=1)
    # Which of the frequent strings begins at a place, by number; -1 for none. First those of one character.
    begun = np.where((flat > 0) & (uses[flat] >= least_uses), flat, -1)
    found: list[tuple[_Whole, _Whole, int]] = []
    for length in range(2, LONGEST + 1):
        places = np.flatnonzero((begun[:-1] >= 0) & (begun[1:] >= 0))
        pairs = begun[places] * len(flat) + begun[places + 1]
        _, which, uses = np.unique(pairs, return_inverse=True, return_counts=True)
        often = uses >= least_uses
        if not often.any():
            break
        number = np.where(often, np.cumsum(often) - 1, -1)[which]
        places, number, uses = places[number >= 0], number[number >= 0], uses[often]
        varied = np.minimum(
            _variety(number, flat[places - 1], len(uses)), _variety(number, flat[places + length], len(uses))
        )
        one_of_each = np.empty(len(uses), np.int64)
        one_of_each[number] = places
        found.append((uses[varied >= LEAST_VARIETY], one_of_each[varied >= LEAST_VARIETY], length))
        begun = np.full(len(flat), -1, np.int64)
        begun[places] = number
    return _most_used(found, flat, list(numbers))


_Whole: TypeAlias = npt.NDArray[np.int64]


def _variety(number: _Whole, beside: _Whole, count: int) -> _Whole:
    """How many different characters stand beside each of `count` strings; the edges of runs each count as another."""
    inside = beside > 0
    base = int(beside.max(initial=0)) + 1
    different = np.unique(number[inside] * base + beside[inside]) // base
    return np.bincount(different, minlength=count) + np.bincount(number[~inside], minlength=count)


def _most_used(found: Sequence[tuple[_Whole, _Whole, int]], flat: _Whole, characters: Sequence[str]) -> frozenset[Run]:
    """The MOST_WORDS most used of strings by their uses, a place where each stands, and length; of those used alike
    the first by their characters."""
    every = np.sort(np.concatenate([uses for uses, _, _ in found])) if found else np.empty(0, np.int64)
    least = int(every[-MOST_WORDS]) if len(every) > MOST_WORDS else 0
    ranked = [
        (-int(n), tuple(characters[each - 1] for each in flat[place : place + length].tolist()))
        for uses, places, length in found
        for n, place in zip(uses[uses >= least], places[uses >= least], strict=True)
    ]
    return frozenset(run for _, run in sorted(ranked)[:MOST_WORDS])


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
