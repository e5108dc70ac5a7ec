"""Where tokens end, as machine code: each function mirrors one pattern of `text`.

Indices never leave a text because each text is closed by a NUL, which is in no class but OTHER.
"""

from __future__ import annotations

from analytics.listening.engine.batch import Array
from analytics.listening.engine.characters import known
from analytics.listening.engine.compiling import lean
from analytics.listening.engine.tables import (
    AM,
    CLASS,
    FLAG,
    HARD_LETTER,
    HARD_MARK,
    INVISIBLE,
    LETTER,
    MARK,
    PICTURE_BIT,
    VOICING,
)


@lean
def word_end(codes: Array, place: int, pages: Array, info: Array) -> int:
    """Where the word ends of which the characters up to `place` were read: `_WORD`."""
    end = i = place
    while True:
        kind = known(codes, i, pages, info) & CLASS
        if LETTER <= kind <= HARD_LETTER or kind in (MARK, HARD_MARK):
            i += 1
            end = i
        elif kind == INVISIBLE:
            while kind in (INVISIBLE, MARK, HARD_MARK):
                i += 1
                kind = known(codes, i, pages, info) & CLASS
            if not LETTER <= kind <= HARD_LETTER:
                return end
        else:
            return end


@lean
def is_vowel_of_am(codes: Array, place: int) -> bool:
    """Whether the second half of a Thai or Lao "am" stands here, behind the first."""
    if codes[place] == 0x0E32:
        return bool(codes[place - 1] == 0x0E4D)
    return bool(codes[place] == 0x0EB2 and codes[place - 1] == 0x0ECD)


@lean
def cluster_end(codes: Array, place: int, pages: Array, info: Array) -> int:
    """Where the cluster ends of which the first character is before `place`: `_CLUSTER`."""
    i = place
    while True:
        kind = known(codes, i, pages, info) & CLASS
        if kind != MARK and kind != HARD_MARK and kind != VOICING:
            break
        i += 1
    return i + 1 if kind == AM or is_vowel_of_am(codes, i) else i


@lean
def is_dress(code: int) -> bool:
    return code == 0xFE0E or code == 0xFE0F or 0x1F3FB <= code <= 0x1F3FF


@lean
def emoji_end(codes: Array, place: int, pages: Array, info: Array) -> int:
    """Where the emoji that begins at `place` ends: `_EMOJI`."""
    i = place + 1
    if known(codes, place, pages, info) & CLASS == FLAG:
        return i + 1 if known(codes, i, pages, info) & CLASS == FLAG else i
    while True:
        while is_dress(codes[i]):
            i += 1
        if codes[i] != 0x200D or not known(codes, i + 1, pages, info) & PICTURE_BIT:
            break
        i += 2
    while 0xE0020 <= codes[i] <= 0xE007F:
        i += 1
    return i
