"""Text to hashed features, a whole batch at a time.

A post is a bag of words, pairs of neighbouring words, and character n-grams (3 to 5) of each word with its edges, as in
fastText (Bojanowski et al., 2017), hashed into one table (Weinberger et al., 2009). Links, accounts and numbers are
marks; an emoji or any other sign is a word. Scripts that write without blanks count each character as a word, and
their n-grams run on across characters.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from analytics.language.compact import kernel
from analytics.language.compact.characters import characters

MAX_CHARS: Final = 2_000
ROWS: Final = 1 << kernel.BITS
COMPILED: Final = find_spec("numba") is not None
_CHUNK: Final = 256
_MIX: Final = np.array(kernel.MIX, np.uint64)


@dataclass(frozen=True, slots=True)
class Hashed:
    """The features of n texts: table rows in [0, ROWS), each once per text, and n + 1 offsets where each text's
    begin."""

    rows: NDArray[np.int32]
    offsets: NDArray[np.int64]


def hash_texts(texts: Sequence[str]) -> Hashed:
    """Features of every text; each text's are the same in whatever batch it comes. Any text, lone surrogates and NUL
    included; at most MAX_CHARS characters of it are read."""
    parts = [
        (_hash_compiled if COMPILED else hash_plainly)(texts[start : start + _CHUNK])
        for start in range(0, len(texts), _CHUNK)
    ]
    if len(parts) == 1:
        return parts[0]
    counts = np.concatenate([np.zeros(1, np.int64), *(np.diff(part.offsets) for part in parts)])
    return Hashed(np.concatenate([np.empty(0, np.int32), *(part.rows for part in parts)]), np.cumsum(counts))


def hash_plainly(texts: Sequence[str]) -> Hashed:
    """`hash_texts` by Python alone, as it works where numba is missing: equal answers, some 200 times slower."""
    table = characters()
    gather: Any = getattr(kernel.gather, "py_func", kernel.gather)
    chars, kinds = [0] * kernel.MOST_CHARACTERS, [0] * kernel.MOST_CHARACTERS
    found, slots = [0] * kernel.MOST_FEATURES, [-1] * kernel.SLOTS
    rows, offsets = [0] * kernel.MOST_FEATURES, [0]
    kept: list[int] = []
    for text in map(_read, texts):
        codes = list(map(ord, text))
        count = gather(
            codes, 0, len(codes), kernel.MIX, table.fold, table.starts, table.flat, table.classes,
            chars, kinds, found, slots, rows, 0,
        )  # fmt: skip
        kept += rows[:count]
        offsets.append(len(kept))
    return Hashed(np.array(kept, np.int32), np.array(offsets, np.int64))


def _hash_compiled(texts: Sequence[str]) -> Hashed:
    table = characters()
    read = list(map(_read, texts))
    bounds = np.zeros(len(read) + 1, np.int64)
    np.cumsum(list(map(len, read)), out=bounds[1:])
    codes = np.frombuffer("".join(read).encode("utf-32-le", "surrogatepass"), dtype="<u4")
    rows = np.empty(len(read) * kernel.MOST_FEATURES, np.int32)
    offsets = np.zeros(len(read) + 1, np.int64)
    kernel.gather_all(
        codes, bounds, _MIX, table.fold, table.starts, table.flat, table.classes,
        np.empty(kernel.MOST_CHARACTERS, np.uint64), np.empty(kernel.MOST_CHARACTERS, np.uint8),
        np.empty(kernel.MOST_FEATURES, np.uint64), np.full(kernel.SLOTS, -1, np.int32), rows, offsets,
    )  # fmt: skip
    return Hashed(rows[: offsets[-1]].copy(), offsets)


def _read(text: str) -> str:
    text = text[:MAX_CHARS]
    return html.unescape(text) if "&" in text else text
