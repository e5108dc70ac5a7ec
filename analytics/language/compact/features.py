"""Text to hashed features, a whole batch at a time and in numpy only.

Two groups per text: words with word pairs, and character n-grams inside words (2 to 5, blanks at the edges),
as in fastText (Bojanowski et al., 2017), hashed into one table (Weinberger et al., 2009). Scripts that write
without blanks count each character as a word, so that pairs stand in for words there.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

MAX_CHARS: Final = 2_000
NGRAMS: Final = (2, 3, 4, 5)

BLANK, WORD, SYMBOL, DROP, UNSPACED = range(5)

_URL = re.compile(r"https?://\S+|www\.\S+|\bhttps?\b")
_ACCOUNT = re.compile(r"@\w+")
_URL_MARK, _ACCOUNT_MARK = " \ue001 ", " \ue002 "

_PRIME: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX: Final = np.uint64(0xD6E8FEB86659FD93)
_HALF: Final = np.uint64(32)

# Blocks whose writing puts no blank between words: Thai, Lao, Myanmar, Khmer, kana, Han.
_UNSPACED_BLOCKS: Final = (
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x3040, 0x30FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)
# What carries no meaning of its own: Latin and Arabic vowel signs that people leave out, tatweel, joiners,
# variation selectors, skin tones, tags.
_DROPPED_BLOCKS: Final = (
    (0x0300, 0x036F),
    (0x0640, 0x0640),
    (0x064B, 0x065F),
    (0x0670, 0x0670),
    (0x00AD, 0x00AD),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x2069),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0x1F3FB, 0x1F3FF),
    (0xE0000, 0xE007F),
)


def character_classes() -> NDArray[np.uint8]:
    """The class of every code point, shape (0x110000,), from this Python's Unicode tables.

    Stored with the weights, so that a model reads alike under every Python.
    """
    classes = np.full(0x110000, SYMBOL, dtype=np.uint8)
    for code in range(0x110000):
        category = unicodedata.category(chr(code))
        if category[0] in "LMN":
            classes[code] = WORD
        elif category[0] == "Z" or category in ("Cc", "Cn", "Cs"):
            classes[code] = BLANK
    for first, last in _UNSPACED_BLOCKS:
        block = classes[first : last + 1]
        block[block == WORD] = UNSPACED
    for first, last in _DROPPED_BLOCKS:
        classes[first : last + 1] = DROP
    return classes


def fold(text: str) -> str:
    """One text in the shape the model reads: entities decoded, compatibility forms and accents taken apart,
    lower case, links and accounts masked, digits as 0, at most `MAX_CHARS` characters read."""
    text = text[:MAX_CHARS]
    if "&" in text:
        text = html.unescape(text)
    text = unicodedata.normalize("NFKD", text).lower()
    if "http" in text or "www." in text:
        text = _URL.sub(_URL_MARK, text)
    if "@" in text:
        text = _ACCOUNT.sub(_ACCOUNT_MARK, text)
    return text.replace("\x00", " ").strip()


@dataclass(frozen=True, slots=True)
class Hashed:
    """The features of a batch of n texts: table rows, and n + 1 offsets where each text's features begin."""

    words: NDArray[np.int64]
    word_offsets: NDArray[np.int64]
    grams: NDArray[np.int64]
    gram_offsets: NDArray[np.int64]


class Hasher:
    """Hashes texts into `1 << bits` table rows with a stored character table."""

    def __init__(self, bits: int, classes: NDArray[np.uint8]) -> None:
        self._shift = np.uint64(64 - bits)
        self._classes = classes

    def features(self, texts: Sequence[str]) -> Hashed:
        """Features of every text; each text's are the same in whatever batch it comes."""
        codes, classes, rows = self._characters(texts)
        words, word_rows = self._words(codes, classes, rows)
        grams, gram_rows = self._grams(codes, classes, rows)
        count = len(texts)
        return Hashed(words, _offsets(word_rows, count), grams, _offsets(gram_rows, count))

    def _characters(self, texts: Sequence[str]) -> tuple[NDArray[np.uint64], NDArray[np.uint8], NDArray[np.int64]]:
        joined = "\x00" + "\x00".join(fold(text) for text in texts) + "\x00"
        codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.int64)
        classes = self._classes[codes]
        edge = codes == 0
        keep = classes != DROP
        codes, classes, edge = codes[keep], classes[keep], edge[keep]
        # A run of blanks is one blank, a run of one character at most two of it.
        again = np.zeros(len(codes), dtype=bool)
        again[1:] = (classes[1:] == BLANK) & (classes[:-1] == BLANK)
        again[2:] |= (codes[2:] == codes[1:-1]) & (codes[2:] == codes[:-2])
        keep = ~again | edge
        codes, classes, edge = codes[keep], classes[keep], edge[keep]
        codes[classes == BLANK] = 32
        codes[(codes >= 48) & (codes <= 57)] = 48
        return codes.astype(np.uint64), classes, np.cumsum(edge) - 1

    def _bucket(self, hashes: NDArray[np.uint64], salt: int) -> NDArray[np.int64]:
        mixed = (hashes ^ (hashes >> _HALF)) * _MIX + np.uint64(salt * int(_PRIME) % 2**64)
        return ((mixed ^ (mixed >> _HALF)) * _PRIME >> self._shift).astype(np.int64)

    def _words(
        self, codes: NDArray[np.uint64], classes: NDArray[np.uint8], rows: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        previous = np.concatenate(([np.uint8(BLANK)], classes[:-1]))
        begins = (classes != BLANK) & ((classes != previous) | (classes != WORD))
        stops = begins | ((classes == BLANK) & (previous != BLANK))
        starts = np.flatnonzero(begins)
        if not len(starts):
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        bounds = np.flatnonzero(stops)
        ends = bounds[np.searchsorted(bounds, starts) + 1]
        hashes = np.zeros(len(starts), dtype=np.uint64)
        lengths = np.minimum(ends - starts, 24)
        for step in range(int(lengths.max())):
            alive = lengths > step
            hashes[alive] = hashes[alive] * _PRIME + codes[starts[alive] + step] + np.uint64(1)
        owner = rows[starts]
        single = self._bucket(hashes, 1)
        same = owner[1:] == owner[:-1]
        pair = self._bucket(hashes[:-1][same] * _MIX + hashes[1:][same], 2)
        found = np.concatenate((single, pair))
        owners = np.concatenate((owner, owner[:-1][same]))
        order = np.argsort(owners, kind="stable")
        return found[order], owners[order]

    def _grams(
        self, codes: NDArray[np.uint64], classes: NDArray[np.uint8], rows: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        inside = classes != BLANK
        found, owners = [], []
        hashes = codes + np.uint64(1)
        whole = np.ones(len(codes), dtype=bool)
        for size in range(2, NGRAMS[-1] + 1):
            hashes = hashes[:-1] * _PRIME + codes[size - 1 :] + np.uint64(1)
            whole = whole[:-1]
            if size > 2:  # blanks may stand at the edges of a gram only
                whole = whole & inside[size - 2 : -1]
            valid = np.flatnonzero(whole)
            found.append(self._bucket(hashes[valid], size + 1))
            owners.append(rows[valid])
        everyone = np.concatenate(owners)
        order = np.argsort(everyone, kind="stable")
        return np.concatenate(found)[order], everyone[order]


def _offsets(rows: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    return np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=count)[:count]))).astype(np.int64)
