"""The 64-bit hash by which the kernel knows keys.

It is rolled over the code points of a folded key: the state after the first `n` of them is the hash of that prefix, so
a word's beginnings are had for nothing while it is read. One step is `h = (h ^ c) * P; h ^= h >> 32`: for a given code
point a permutation of the states (no two ever run together), and not linear, unlike the polynomial hashes for which
Thue-Morse words collide whatever the base. (The step is that of FNV-1a with the high half folded back, as in
splitmix64; multiplier from Pelle Evensen's rrmxmx.)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

SEED = 0x243F6A8885A308D3
MULTIPLIER = 0x9FB21C651E98DF25
# Told apart from words: the word `caf` is not what `caf*` asks for.
PREFIX = 0xA5A5_5A5A_C3C3_3C3C

_BITS = (1 << 64) - 1

Hashes: TypeAlias = npt.NDArray[np.uint64]


def hash_key(key: str) -> int:
    """A folded key (of a word, a tag with its sigil, a fact) -> its hash in [0, 2**64). Any string."""
    state = SEED
    for character in key:
        state = ((state ^ ord(character)) * MULTIPLIER) & _BITS
        state ^= state >> 32
    return state


def hash_prefix(text: str) -> int:
    """What all keys that begin with `text` have in common: the state after it, marked as that of a beginning."""
    return hash_key(text) ^ PREFIX


def hash_keys(keys: Sequence[str]) -> Hashes:
    """`hash_key` of many, shape (n,), without a loop over characters in Python."""
    result = np.full(len(keys), SEED, np.uint64)
    lengths = np.fromiter(map(len, keys), np.int64, len(keys))
    codes = np.frombuffer("".join(keys).encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    firsts = np.cumsum(lengths) - lengths
    multiplier, half = np.uint64(MULTIPLIER), np.uint64(32)
    for place in range(int(lengths.max(initial=0))):
        open_ = np.flatnonzero(lengths > place)
        state = (result[open_] ^ codes[firsts[open_] + place]) * multiplier
        result[open_] = state ^ (state >> half)
    return result
