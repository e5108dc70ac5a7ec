"""Counting the words that tell romanised Hindi, in machine code. As `romanised.count_words`."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.language.identification.cleaned import Integers
from analytics.language.identification.romanised import AMBIGUOUS, STRONG, WORDS, Words
from analytics.listening.engine.compiling import compiled

wide: Any = np.int64  # to Python's types a plain number
_SLOTS = 1024
_FIELD_OF_KIND = np.array([0, 1, 2, 3, 5], dtype=np.int64)  # where `Words` counts each kind
_START, _FACTOR = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)  # FNV-1a (Fowler, Noll and Vo)


@cache
def _vocabulary() -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """The words of `romanised.WORDS` by their hashes: keys and kinds, an open table of `_SLOTS`, 0 where free."""
    keys, kinds = np.zeros(_SLOTS, dtype=np.uint64), np.zeros(_SLOTS, dtype=np.int64)
    for word, kind in WORDS.items():
        key = int(_START)
        for byte in word.encode("ascii"):
            key = ((key ^ byte) * int(_FACTOR)) % 2**64
        place = key % _SLOTS
        while keys[place]:
            place = (place + 1) % _SLOTS
        keys[place], kinds[place] = key, kind
    return keys, kinds


def count_words(content: NDArray[np.uint8], bounds: Integers) -> Integers:
    """`romanised.Words` (n × 6) of n cleaned texts in UTF-8, text i being `content[bounds[i]:bounds[i + 1]]`."""
    words = np.zeros((len(bounds) - 1, len(Words._fields)), dtype=np.int64)
    _count_words(content, bounds, _vocabulary(), words)
    return words


@compiled
def _count_words(
    content: NDArray[np.uint8],
    bounds: Integers,
    vocabulary: tuple[NDArray[np.uint64], NDArray[np.int64]],
    words: Integers,
) -> None:
    """Write `romanised.Words` of each text. A byte above ASCII is part of a word, which then is none of ours."""
    for number in range(len(bounds) - 1):
        first, second = np.uint64(0), np.uint64(0)  # the different words of evidence
        key = _START
        inside = False
        for place in range(bounds[number], bounds[number + 1] + 1):
            byte = wide(content[place]) if place < bounds[number + 1] else wide(32)
            if 65 <= byte <= 90:
                byte += 32
            if 97 <= byte <= 122 or byte >= 0x80:
                key = (key ^ np.uint64(byte)) * _FACTOR
                inside = True
                continue
            if not inside:
                continue
            kind = _kind(key, vocabulary)
            words[number, 0] += 1
            if kind:
                words[number, _FIELD_OF_KIND[kind]] += 1
            if (kind == STRONG or kind == AMBIGUOUS) and key != first and key != second:  # noqa: SIM109
                words[number, 4] = min(3, words[number, 4] + 1)
                if first == 0:
                    first = key
                else:
                    second = key
            key = _START
            inside = False


@compiled
def _kind(key: np.uint64, vocabulary: tuple[NDArray[np.uint64], NDArray[np.int64]]) -> int:
    """The kind of the word with this hash, 0 for none of ours."""
    keys, kinds = vocabulary
    place = wide(key % np.uint64(_SLOTS))
    while keys[place] != 0:
        if keys[place] == key:
            return int(kinds[place])
        place = (place + 1) % _SLOTS
    return 0
