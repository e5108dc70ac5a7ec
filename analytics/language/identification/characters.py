"""What the kernel knows of each character, found out by asking Python."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analytics.language.identification.writing import SCRIPT_LANGUAGES, SCRIPTS

ALPHA, WORD, SPACE, UPPER, LOWER = 1, 2, 4, 8, 16
SCRIPT_SHIFT = 5
_PAGE_BITS = 7
_LAST = 0x110000


class Characters(NamedTuple):
    """`info[pages[c >> 7] << 7 | c & 127]` is what is known of code point c: the bits above, and from `SCRIPT_SHIFT` on
    1 + the index in `SCRIPT_LANGUAGES` of the language that its writing system stands for, or 0."""

    pages: NDArray[np.int32]
    info: NDArray[np.uint16]


@cache
def characters() -> Characters:
    """The table, a few hundred pages; a third of a second, once."""
    every = list(map(chr, range(_LAST)))
    info = np.zeros(_LAST, dtype=np.uint16)
    info |= np.fromiter(map(str.isalpha, every), np.bool_, _LAST).astype(np.uint16) * np.uint16(ALPHA)
    info |= np.fromiter(map(str.isalnum, every), np.bool_, _LAST).astype(np.uint16) * np.uint16(WORD)
    info[ord("_")] |= WORD
    info |= np.fromiter(map(str.isspace, every), np.bool_, _LAST).astype(np.uint16) * np.uint16(SPACE)
    upper = np.fromiter(map(str.isupper, every), np.bool_, _LAST)
    lower = np.fromiter(map(str.islower, every), np.bool_, _LAST)
    lower |= np.fromiter(map(str.istitle, every), np.bool_, _LAST) & ~upper
    info |= upper.astype(np.uint16) * np.uint16(UPPER) | lower.astype(np.uint16) * np.uint16(LOWER)
    for language, (first, last) in SCRIPTS:
        info[first : last + 1] |= np.uint16((1 + SCRIPT_LANGUAGES.index(language)) << SCRIPT_SHIFT)
    pages, places = np.unique(info.reshape(-1, 1 << _PAGE_BITS), axis=0, return_inverse=True)
    return Characters(places.astype(np.int32).ravel(), np.ascontiguousarray(pages).ravel())
