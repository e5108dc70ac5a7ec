"""Text to hashed features, a whole batch at a time.

A post is a bag of words, pairs of neighbouring words, and character n-grams (3 to 5) of each word with its edges, as in
fastText (Bojanowski et al., 2017), hashed into one table (Weinberger et al., 2009). Links, accounts and numbers are
marks; an emoji or any other sign is a word. Words for who somebody is (`silent`) are passed over. Scripts that write
without blanks count each character as a word, and their n-grams run on across characters.
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
from analytics.language.compact.silent import silent_array, silent_words

MAX_CHARS: Final = 2_000
ROWS: Final = 1 << kernel.BITS
COMPILED: Final = find_spec("numba") is not None
_CHUNK: Final = 256
_MIX: Final = np.array(kernel.MIX, np.uint64)


@dataclass(frozen=True, slots=True)
class Hashed:
    """The features of n texts: table rows in [0, ROWS), each once per text, and n + 1 offsets where each text's
    begin; and, for what looks at the order of words, the rows of each of a text's first MOST_WORDS words, where each
    word's begin, and where each text's words do."""

    rows: NDArray[np.int32]
    offsets: NDArray[np.int64]
    word_rows: NDArray[np.int32]
    word_offsets: NDArray[np.int64]
    text_words: NDArray[np.int64]


def hash_texts(texts: Sequence[str]) -> Hashed:
    """Features of every text; each text's are the same in whatever batch it comes. Any text, lone surrogates and NUL
    included; at most MAX_CHARS characters of it are read."""
    parts = [
        (_hash_compiled if COMPILED else hash_plainly)(texts[start : start + _CHUNK])
        for start in range(0, len(texts), _CHUNK)
    ]
    return parts[0] if len(parts) == 1 else joined(parts)


def joined(parts: Sequence[Hashed]) -> Hashed:
    """Batches of features as one."""

    def ends(offsets: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
        return np.cumsum(np.concatenate([np.zeros(1, np.int64), *map(np.diff, offsets)]), dtype=np.int64)

    return Hashed(
        np.concatenate([np.empty(0, np.int32), *(part.rows for part in parts)]),
        ends([part.offsets for part in parts]),
        np.concatenate([np.empty(0, np.int32), *(part.word_rows for part in parts)]),
        ends([part.word_offsets for part in parts]),
        ends([part.text_words for part in parts]),
    )


def hash_plainly(texts: Sequence[str]) -> Hashed:
    """`hash_texts` by Python alone, as it works where numba is missing: equal answers, some 200 times slower."""
    table = characters()
    gather: Any = getattr(kernel.gather, "py_func", kernel.gather)
    chars, kinds = [0] * kernel.MOST_CHARACTERS, [0] * kernel.MOST_CHARACTERS
    found, slots = [0] * kernel.MOST_FEATURES, [-1] * kernel.SLOTS
    rows, spans = [0] * kernel.MOST_FEATURES, [0] * (1 + 2 * kernel.MOST_WORDS)
    kept: list[int] = []
    words: list[int] = []
    offsets, word_offsets, text_words = [0], [0], [0]
    _, mask, _, shift, bucket, *_ = kernel.MIX
    for text in map(_read, texts):
        codes = list(map(ord, text))
        count = gather(
            codes, 0, len(codes), kernel.MIX, table.fold, table.starts, table.flat, table.classes, silent_words(),
            chars, kinds, found, slots, spans, rows, 0,
        )  # fmt: skip
        kept += rows[:count]
        offsets.append(len(kept))
        for word in range(spans[0]):
            words += [((state * bucket) & mask) >> shift for state in found[spans[1 + 2 * word] : spans[2 + 2 * word]]]
            word_offsets.append(len(words))
        text_words.append(len(word_offsets) - 1)
    return Hashed(
        np.array(kept, np.int32),
        np.array(offsets, np.int64),
        np.array(words, np.int32),
        np.array(word_offsets, np.int64),
        np.array(text_words, np.int64),
    )


def _hash_compiled(texts: Sequence[str]) -> Hashed:
    table = characters()
    read = list(map(_read, texts))
    count = len(read)
    bounds = np.zeros(count + 1, np.int64)
    np.cumsum(list(map(len, read)), out=bounds[1:])
    codes = np.frombuffer("".join(read).encode("utf-32-le", "surrogatepass"), dtype="<u4")
    rows, word_rows = (np.empty(count * kernel.MOST_FEATURES, np.int32) for _ in range(2))
    word_offsets = np.empty(count * kernel.MOST_WORDS + 1, np.int64)
    offsets, text_words = np.empty(count + 1, np.int64), np.empty(count + 1, np.int64)
    kernel.gather_all(
        codes, bounds, _MIX, table.fold, table.starts, table.flat, table.classes, silent_array(),
        np.empty(kernel.MOST_CHARACTERS, np.uint64), np.empty(kernel.MOST_CHARACTERS, np.uint8),
        np.empty(kernel.MOST_FEATURES, np.uint64), np.full(kernel.SLOTS, -1, np.int32),
        np.empty(1 + 2 * kernel.MOST_WORDS, np.int32), rows, offsets, word_rows, word_offsets, text_words,
    )  # fmt: skip
    words = int(text_words[-1])
    return Hashed(
        rows[: offsets[-1]].copy(),
        offsets,
        word_rows[: word_offsets[words]].copy(),
        word_offsets[: words + 1].copy(),
        text_words,
    )


def _read(text: str) -> str:
    text = text[:MAX_CHARS]
    return html.unescape(text) if "&" in text else text
