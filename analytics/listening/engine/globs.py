"""Words with wildcards, in the kernel.

Nobody keeps the folded characters of a post's words; but the hash is rolled over them by steps that can be undone, so
that two states in a row tell the character between them.
"""

from __future__ import annotations

import numpy as np

from analytics.listening.engine.batch import Array
from analytics.listening.engine.compiling import compiled
from analytics.listening.engine.frequencies import signed
from analytics.listening.engine.hashing import MULTIPLIER
from analytics.listening.engine.leaves import HEAD, Part, before_wildcard

_UNDO = np.uint64(pow(MULTIPLIER, -1, 1 << 64))
_ANY_RUN, _ANY_ONE = 1 << 32, 1 << 33


def written(text: str) -> list[Part]:
    """What comes from the first wildcard on, as parts of a leaf: how long the beginning is, then each character."""
    head = before_wildcard(text)
    signs = {"*": _ANY_RUN, "?": _ANY_ONE}
    return [Part(HEAD, len(head), 0.0), *(Part(HEAD, signs.get(sign, ord(sign)), 0.0) for sign in text[len(head) :])]


@compiled
def character(before: np.uint64, after: np.uint64) -> np.uint64:
    """The character that leads from one state of the hash to the next (see hashing.py)."""
    return ((after ^ (after >> np.uint64(32))) * _UNDO) ^ before


@compiled
def fits(part_keys: Array, at: int, width: int, states: Array, begin: int, end: int) -> bool:
    """Whether the word with the states `begin` to `end` is as the parts of a GLOB at `at` say; that it begins as they
    say is known. Between two runs the leftmost fit is as good as any, so the time is the two lengths multiplied."""
    pattern, last = at + 2, at + width
    place = begin + signed(part_keys[at + 1])
    run, resumed = -1, place
    while place < end:
        sign = part_keys[pattern] if pattern < last else np.uint64(0)
        if pattern < last and sign == np.uint64(_ANY_RUN):
            pattern += 1
            run, resumed = pattern, place
        elif pattern < last and (sign == np.uint64(_ANY_ONE) or sign == character(states[place - 1], states[place])):
            pattern += 1
            place += 1
        elif run >= 0:
            resumed += 1
            pattern, place = run, resumed
        else:
            return False
    while pattern < last and part_keys[pattern] == np.uint64(_ANY_RUN):
        pattern += 1
    return bool(pattern == last)
