"""Which texts say the same: exact copies, and near ones such as a shortened or slightly edited copy. Pure.

A text is normalised to its folded tokens without what copying adds: links, the `RT @somebody:` before it, handles it
opens with, emoji. Equal tokens are one *wording*. Two wordings are alike where the Jaccard similarity of their word
3-shingles is at least `ALIKE` (Broder 1997), and where one of them ends in an ellipsis and nearly all of its shingles
are in the other. In scripts written without spaces a token is a character, so shingles are of characters there.

Which pairs are compared at all is told by keys that both have: MinHash bands (Indyk and Motwani 1998; rensa), the
words a text opens with, which a shortened copy keeps, and those it closes with. Of edits that leave texts alike, these
five keys find as many as eight bands do (tests/mentions/test_duplicates.py), and each key costs a look into an index.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise
from typing import Any

import numpy as np
from rensa import RMinHash

from analytics.listening.text import Scan, scan

SHINGLE = 3
ALIKE = 0.6
HELD = 0.8  # of a shortened text's shingles
BANDS = 5  # keys per wording: its opening, its close, and three of MinHash
_HASHED, _ROWS = 3, 3
_SEED = 20_261_122
_EDGE = 8  # words that open and close a text
FEWEST_WORDS = 4
"""Shorter texts ("I love it!") are said by many people of their own accord: each is a story of its own."""
FEWEST_FOR_NEAR = 8
"""Texts of fewer words are compared exactly only: one word is too much of them."""
_MOST_SHINGLES = 400
_LONGEST = 100_000  # characters that are read

_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_OPENERS = re.compile(r"\s*+(?:RT\b[\s:]*+(?=@)|@[\w.~-]++:?\s*+)", re.IGNORECASE)
_ELLIPSIS = re.compile(r"(\S*)(?:\u2026|\.\.\.)[\s)\]\"'»”]*\Z")
_ODD, _OTHER_ODD = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)


@dataclass(frozen=True, slots=True)
class Wording:
    """What a text says, ready to be compared. `key` is a hash of all its tokens, 16 bytes; `shingles` are 32-bit
    sums, four bytes each, all of them or of a long text the 400 smallest; `bands` are signed 64-bit keys, one of which
    is equal in wordings that may be alike (() where only exact copies count); `cut` says that the text ends in an
    ellipsis."""

    key: bytes
    shingles: bytes
    bands: tuple[int, ...]
    cut: bool


def normalised(text: str) -> list[str]:
    """The folded tokens that make a text what it is; [] where nothing is left. Linear; takes any string."""
    return _normalised(text)[0]


def _normalised(text: str, read: Scan | None = None) -> tuple[list[str], float, bool]:
    """The tokens, how many words they weigh (a character of a script without spaces half a word), and whether the
    text was cut short. `read` is what `scan` said of the very text, where that is known already."""
    given, text = text, text[:_LONGEST]
    if "@~" in text:
        text = text.replace("@~", "@")  # how redaction writes people
    if "://" in text or "www." in text:
        text = _LINK.sub(" ", text)
    place = 0
    while (opener := _OPENERS.match(text, place)) is not None:
        place = opener.end()
    if place:
        text = text[place:]
    cut = False
    tail = text[-200:]
    if ("\u2026" in tail or "..." in tail) and (ending := _ELLIPSIS.search(tail)) is not None:
        cut = True
        # The last word may be half a word; in scripts without spaces no word is known.
        text = text[: len(text) - len(tail) + (ending.start() if ending[1].isascii() else ending.end(1))]
    scanned = read if read is not None and text == given and read.text == given else scan(text)
    words = scanned.words
    if not text.isascii():
        words = [word for word in words if not _is_picture(word)]
    return words, len(words) - len(scanned.glued) / 2, cut


def _is_picture(word: str) -> bool:
    return word[0] > "\u203b" and ("\u2190" <= word[0] <= "\u2bff" or "\U0001f000" <= word[0] <= "\U0001faff")


def wordings(texts: Sequence[str], read: Sequence[Scan | None] = ()) -> list[Wording | None]:
    """Each text's wording, in the order given; None for one too short to tell a copy from a coincidence. A text is a
    title, a line break and the text, or the text alone. Many at once cost less each, and so do those that were scanned
    before (`read`, as many as `texts` or none)."""
    found: list[Wording | None] = [None] * len(texts)
    sums = _WordSums()
    flat: list[int] = []
    ends: list[int] = []
    near: list[tuple[int, bytes, tuple[int, int], bool]] = []
    for place, text in enumerate(texts):
        words, weight, cut = _normalised(text, read[place] if read else None)
        if weight < FEWEST_WORDS:
            continue
        key = _digest(words, 16)
        if weight < FEWEST_FOR_NEAR:
            found[place] = Wording(key, b"", (), cut)
            continue
        near.append((place, key, (_edge(words[:_EDGE]), _edge(words[-_EDGE:])), cut))
        flat += map(sums.__getitem__, words)
        ends.append(len(flat))
    if near:
        shingles, bands = _sketched(flat, ends)
        for (place, key, edges, cut), kept, row in zip(near, shingles, bands, strict=True):
            found[place] = Wording(key, kept, (*edges, *row), cut)
    return found


class _WordSums(dict[str, int]):
    """Each word's CRC-32: stable from process to process, which Python's own hash is not."""

    def __missing__(self, word: str) -> int:
        self[word] = found = zlib.crc32(word.encode("utf-8", "surrogatepass"))
        return found


def _digest(words: Iterable[str], size: int) -> bytes:
    return blake2b("\x1f".join(words).encode("utf-8", "surrogatepass"), digest_size=size).digest()


def _edge(words: list[str]) -> int:
    return int.from_bytes(_digest(words, 8), "little", signed=True)


def _sketched(flat: list[int], ends: list[int]) -> tuple[list[bytes], list[list[int]]]:
    """The shingles and MinHash bands of texts given as the sums of all their words, one text after the other, and where
    each text ends. All texts at once: a call per text would cost more than the arithmetic."""
    words = np.array(flat, dtype=np.uint64)
    stops = np.array(ends, dtype=np.int64)
    starts = np.concatenate(([0], stops[:-1]))
    counts = stops - starts - (SHINGLE - 1)
    mixed = words[:-2]
    for following in (words[1:-1], words[2:]):
        mixed = _mix(mixed * _ODD ^ following)
    offsets = np.concatenate(([0], np.cumsum(counts)))
    # Shingles that would reach over a text's end are left out.
    inside = np.arange(offsets[-1]) + np.repeat(starts - offsets[:-1], counts)
    sums = mixed[inside] >> np.uint64(32)
    matrix = RMinHash.digest_matrix_from_flat_token_hashes(sums, offsets.astype(np.uint64), _HASHED * _ROWS, _SEED)
    rows = np.array(matrix.to_rows(), dtype=np.uint64).reshape(len(ends), _HASHED, _ROWS)
    keys = np.arange(1, _HASHED + 1, dtype=np.uint64)
    for column in range(_ROWS):
        keys = _mix((keys ^ rows[:, :, column]) * _ODD)
    small = sums.astype("<u4")
    kept = [small[start:end].tobytes() if end - start <= _MOST_SHINGLES else _least(small[start:end])
            for start, end in pairwise(offsets.tolist())]  # fmt: skip
    listed: Any = keys.view(np.int64).tolist()
    return kept, listed


def _mix(values: np.ndarray[Any, np.dtype[np.uint64]]) -> np.ndarray[Any, np.dtype[np.uint64]]:
    return (values ^ (values >> np.uint64(29))) * _OTHER_ODD


def _least(sums: np.ndarray[Any, np.dtype[np.uint32]]) -> bytes:
    """A sample that is the same for the same shingles: the smallest ones (bottom-k, Cohen and Kaplan 2007)."""
    return np.unique(sums)[:_MOST_SHINGLES].tobytes()


def alike(one: Wording, other: Wording) -> bool:
    """Whether two wordings say the same; symmetric."""
    if one.key == other.key:
        return True
    if not one.shingles or not other.shingles:
        return False
    mine, theirs = _set(one.shingles), _set(other.shingles)
    both = len(mine & theirs)
    if both >= ALIKE * (len(mine) + len(theirs) - both):
        return True
    shorter, longer, cut = (mine, theirs, one.cut) if len(mine) <= len(theirs) else (theirs, mine, other.cut)
    return cut and len(longer) < _MOST_SHINGLES and both >= HELD * len(shorter)


@lru_cache(maxsize=4096)
def _set(shingles: bytes) -> frozenset[int]:
    return frozenset(np.frombuffer(shingles, dtype="<u4").tolist())
