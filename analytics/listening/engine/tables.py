"""What the tokeniser knows of each code point, found out by asking `folding` and `text` themselves.

Nothing of Unicode is written down here twice: a character's class is what the tokeniser's own patterns say, and its
folded form is what `fold_word` makes of it, tried alone and beside others. A character that folds differently beside
others, in a way that the kernel does not do itself, is marked; texts in which it matters are left to Python.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple, TypeAlias
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from analytics.listening import text
from analytics.listening.engine.cache import place
from analytics.listening.folding import MARKS, fold_word

Array: TypeAlias = npt.NDArray[Any]

# Classes. Their order matters: letters, then characters of scripts without spaces, and all that a tag's name may hold.
OTHER = 0
LETTER, LETTERS, HARD_LETTER = 1, 2, 3  # folds to one character, to none or several, in context only
UNSPACED, UNSPACEDS, HARD_UNSPACED, AM, LIGATURE = 4, 5, 6, 7, 8
MARK, HARD_MARK, VOICING, UNDERSCORE, APOSTROPHE = 9, 10, 11, 12, 13
INVISIBLE, ZERO_WIDTH_SPACE, SIGIL, PICTURE, FLAG = 14, 15, 16, 17, 18
CLASS = 31

# What becomes of the marks after a letter (bits 5 and 6). TAIL: they stay, and its own last one is part of it.
KEPT, DROPPED, AS_BEFORE, TAIL = 0, 1 << 5, 2 << 5, 3 << 5
AFTER = 3 << 5
# Of a mark: it is not always dropped; it may melt into the character before it.
STAYS, SECOND = 1 << 5, 1 << 6
# Any class: a picture after a joiner.
PICTURE_BIT = 1 << 7
# Above: how much to add for the folded character; where the sequence is; a mark's combining class and, above it,
# that of the last of its parts.
SHIFT, TAIL_SHIFT = 8, 16

_PAGE_BITS = 7
_PAGE = 1 << _PAGE_BITS
_LAST = 0x110000
_LONGEST_SEQUENCE = 18  # one Arabic character is a sentence
_HIGHEST_TAIL = 9
_HAN, _LATIN, _ENCLOSING = "\u4e00", "a", "\u20e3"
_AM = "\u0e33\u0eb3"
_LIGATURES = "\u0edc\u0edd\u309f\u30ff"
# Blocks of letters that fold to themselves and stand alone; the slow tests try each of them all the same.
_PLAIN = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xAC00, 0xD7A4), (0x20000, 0x2A6E0))


class Tables(NamedTuple):
    """`info[pages[c >> 7] << 7 | c & 127]` is what is known of code point c. Sequence s is
    `sequences[sequence_firsts[s]:sequence_firsts[s + 1]]`, its last character has combining class `sequence_tails[s]`.
    `pairs` (sorted; first << 21 | second) melt into `composites`."""

    pages: Array  # int32 (8704)
    info: Array  # int32
    sequence_firsts: Array  # int32
    sequences: Array  # uint32
    sequence_tails: Array  # int32
    pairs: Array  # int64
    composites: Array  # uint32


class _Found(NamedTuple):
    folded: str
    after: int
    steady: bool  # folds alike wherever it stands


def _try(character: str) -> _Found:
    folded = fold_word(character)
    steady = (
        fold_word(_LATIN + character) == _LATIN + folded
        and fold_word(_HAN + character) == _HAN + folded
        and fold_word(character + _LATIN) == folded + _LATIN
        and fold_word(character + _HAN) == folded + _HAN
    )
    # Is a mark kept that never melts into anything?
    kept = [
        fold_word(before + character + _ENCLOSING).endswith(_ENCLOSING) for before in (_LATIN, _HAN)
    ]  # fmt: skip
    after = AS_BEFORE if kept == [False, True] else KEPT if all(kept) else DROPPED
    return _Found(folded, after, steady and kept != [True, False])


def _tail(folded: str) -> int:
    return unicodedata.combining(unicodedata.normalize("NFD", folded)[-1]) if folded else 0


def _pairs() -> dict[tuple[str, str], str]:
    """All that canonical composition joins, but for Hangul (its rule is arithmetic)."""
    found = {}
    for code in range(0x80, 0x30000):
        composite = chr(code)
        parts = unicodedata.decomposition(composite)
        if parts and parts[0] != "<" and " " in parts and unicodedata.normalize("NFC", composite) == composite:
            first, second = (chr(int(part, 16)) for part in parts.split())
            found[first, second] = composite
    return found


class _Builder:
    def __init__(self) -> None:
        self.info = np.zeros(_LAST, np.int32)
        self._sequences: dict[str, int] = {}
        self._pairs = _pairs()
        self._seconds = {second for _, second in self._pairs}
        self._characters = "".join(map(chr, range(_LAST)))

    def _every(self, pattern: str) -> Iterator[int]:
        return (found.start() for found in re.finditer(pattern, self._characters))

    def letter(self, code: int, plain: int, several: int, hard: int) -> int:
        if any(first <= code < last for first, last in _PLAIN):
            return plain
        folded, after, steady = _try(chr(code))
        if not steady or len(folded) > _LONGEST_SEQUENCE:
            return hard
        if folded and (after == AS_BEFORE or unicodedata.category(folded[0])[0] == "M"):
            return hard
        if len(folded) == 1 and not "\u1161" <= folded <= "\u11c2":
            if after == KEPT and (tail := _tail(folded)):
                if tail > _HIGHEST_TAIL:
                    return hard
                after = TAIL
            return (ord(folded) - code << SHIFT) | after | plain
        return (self._sequences.setdefault(folded, len(self._sequences)) << SHIFT) | after | several

    def mark(self, code: int) -> int:
        character = chr(code)
        rest = fold_word(_HAN + character)[1:]
        if fold_word(_LATIN + character) != _LATIN:
            return HARD_MARK
        if not rest:
            return MARK
        head = unicodedata.normalize("NFD", character)[0]
        if rest != character or (head != character and (unicodedata.combining(head) or head in self._seconds)):
            return HARD_MARK
        melts = SECOND if character in self._seconds else 0
        return _tail(character) << TAIL_SHIFT | unicodedata.combining(character) << SHIFT | STAYS | melts | MARK

    def build(self) -> Tables:
        info = self.info
        for code in self._every(text._SPACED):
            info[code] = self.letter(code, LETTER, LETTERS, HARD_LETTER)
        for code in self._every(f"[{text._UNSPACED}]"):
            is_letter = unicodedata.category(chr(code))[0] in "LN"  # or not assigned
            info[code] = self.letter(code, UNSPACED, UNSPACEDS, HARD_UNSPACED) if is_letter else HARD_UNSPACED
        for code in self._every(f"[{MARKS}]"):
            assert not info[code]
            info[code] = self.mark(code)
        for characters, kind in (
            (text._INVISIBLE, INVISIBLE), (text._ZERO_WIDTH_SPACE, ZERO_WIDTH_SPACE),
            (text._SIGIL.pattern[1:-1], SIGIL), (text._FLAG_LETTER[1:-1], FLAG), (text._HALF_WIDTH_VOICING, VOICING),
            ("_", UNDERSCORE), (text._APOSTROPHE_LETTER, APOSTROPHE),
        ):  # fmt: skip
            for code in self._every(f"[{characters}]"):
                assert not info[code]
                info[code] = kind
        for character in _AM:
            info[ord(character)] = AM
        for character in _LIGATURES:
            info[ord(character)] = LIGATURE
        for code in self._every(text._PICTURE):
            info[code] = (info[code] or PICTURE) | PICTURE_BIT
        return self._tables()

    def _tables(self) -> Tables:
        blocks, pages = np.unique(self.info.reshape(-1, _PAGE), axis=0, return_inverse=True)
        sequences = list(self._sequences)
        pairs = sorted((ord(first) << 21 | ord(second), ord(whole)) for (first, second), whole in self._pairs.items())
        return Tables(
            pages.reshape(-1).astype(np.int32),
            np.ascontiguousarray(blocks.reshape(-1)),
            np.cumsum([0, *map(len, sequences)]).astype(np.int32),
            np.array([ord(character) for sequence in sequences for character in sequence], np.uint32),
            np.array([_tail(sequence) for sequence in sequences], np.int32),
            np.array([pair for pair, _ in pairs], np.int64),
            np.array([whole for _, whole in pairs], np.uint32),
        )


@cache
def load() -> Tables:
    """The tables, from the cache where they are there; they take some seconds to build."""
    folder = place()
    if folder is None:
        return _Builder().build()
    path = folder / "tables.npz"
    try:
        with np.load(path, allow_pickle=False) as kept:
            return Tables(*(kept[name] for name in Tables._fields))
    except (OSError, ValueError, KeyError, BadZipFile):
        tables = _Builder().build()
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            np.savez_compressed(file, **tables._asdict())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)  # no room: the next process builds its own
    return tables
