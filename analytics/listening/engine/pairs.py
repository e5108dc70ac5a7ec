"""Pairs of characters that directly follow each other in a script without spaces, each pair known by one key.

There a character is a token of its own and stands in very many posts; a pair of them is about as rare as a word. Where
a query has glued words the post must have them glued too, so that a post without the pair cannot match.
"""

from __future__ import annotations

import numpy as np

from analytics.listening.engine.batch import Array
from analytics.listening.engine.compiling import compiled
from analytics.listening.engine.frequencies import share
from analytics.listening.engine.hashing import MULTIPLIER

# Told apart from words, and from what `hashing.PREFIX` marks.
_PAIR = np.uint64(0x3C6E_F372_FE94_F82B)
_MULTIPLIER = np.uint64(MULTIPLIER)
_HALF = np.uint64(32)
# A pair is guessed to be so much rarer than the rarer of its two.
_RARER = 16.0


@compiled
def pair_key(before: np.uint64, after: np.uint64) -> np.uint64:
    """The key of two glued words; another one for the same two the other way round."""
    mixed = (before ^ _PAIR) * _MULTIPLIER
    mixed = (mixed ^ (mixed >> _HALF) ^ after) * _MULTIPLIER
    return mixed ^ (mixed >> _HALF)


@compiled
def pair_share(counts: Array, part_keys: Array, part_guesses: Array, part: int) -> float:
    """The estimated share of posts that hold a glued part right behind the one before it."""
    before, after = part_keys[part - 1], part_keys[part]
    guess, other = part_guesses[part - 1], part_guesses[part]
    counted = share(counts, pair_key(before, after), min(guess, other) / _RARER)
    # Never more than that of either, however many other pairs were counted in the same cells.
    return min(counted, share(counts, before, guess), share(counts, after, other))
