"""What the parts of the compiled tokeniser share: the next state of a hash, and what is known of a character."""

from __future__ import annotations

from typing import Any

import numpy as np

from analytics.listening.engine import hashing
from analytics.listening.engine.batch import Array
from analytics.listening.engine.compiling import lean

# A number that is wide enough and has a sign. Typed so because to Python's types it is a plain number.
wide: Any = np.int64
SEED = np.uint64(hashing.SEED)
_MULTIPLIER = np.uint64(hashing.MULTIPLIER)
_HALF = np.uint64(32)


@lean
def step(state: np.uint64, code: int) -> np.uint64:
    """The state of the hash after one more folded character."""
    mixed = (state ^ np.uint64(code)) * _MULTIPLIER
    return mixed ^ (mixed >> _HALF)


@lean
def known(codes: Array, place: int, pages: Array, info: Array) -> int:
    """What `Tables` know of the character at a place."""
    code = wide(codes[place])
    found: int = info[(wide(pages[code >> 7]) << 7) | (code & 127)]
    return found
