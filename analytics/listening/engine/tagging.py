"""Where tags end, as machine code: each function mirrors a pattern of `text` (see bounds.py)."""

from __future__ import annotations

from analytics.listening.engine.batch import Array
from analytics.listening.engine.characters import known
from analytics.listening.engine.compiling import lean
from analytics.listening.engine.tables import (
    APOSTROPHE,
    CLASS,
    HARD_LETTER,
    HARD_MARK,
    INVISIBLE,
    LETTER,
    MARK,
    UNDERSCORE,
)

_MOST_CASH = 6


@lean
def _name_end(codes: Array, place: int, pages: Array, info: Array) -> int:
    """Where the name that begins at `place` ends, or `place` where there is none: `_NAME`."""
    end = i = place
    while True:
        kind = known(codes, i, pages, info) & CLASS
        if LETTER <= kind <= APOSTROPHE:
            i += 1
            end = i
        elif kind == INVISIBLE and end > place:
            while kind == INVISIBLE:
                i += 1
                kind = known(codes, i, pages, info) & CLASS
            if not LETTER <= kind <= APOSTROPHE:
                return end
        else:
            return end


@lean
def _ends(codes: Array, place: int, pages: Array, info: Array) -> bool:
    """`_ENDS`."""
    while True:
        kind = known(codes, place, pages, info) & CLASS
        if kind != INVISIBLE:
            return not LETTER <= kind <= APOSTROPHE
        place += 1


@lean
def _is_ascii_word(code: int) -> bool:
    return 48 <= code <= 57 or 97 <= (code | 32) <= 122 or code == 95


@lean
def _label_end(codes: Array, place: int) -> int:
    """Where words joined by hyphens end."""
    i = place
    while _is_ascii_word(codes[i]):
        i += 1
    while codes[i] == 45:
        k = i
        while codes[k] == 45:
            k += 1
        if not _is_ascii_word(codes[k]):
            break
        while _is_ascii_word(codes[k]):
            k += 1
        i = k
    return i


@lean
def _domain_end(codes: Array, place: int, pages: Array, info: Array) -> int:
    """Where the name with dots that begins at `place` ends, and with it the whole, or 0: `_DOMAIN` and `_ENDS`."""
    if not _is_ascii_word(codes[place]):
        return 0
    i = _label_end(codes, place)
    dots = 0
    while codes[i] == 46 and _is_ascii_word(codes[i + 1]) and not 65 <= codes[i + 1] <= 90:
        i = _label_end(codes, i + 1)
        dots += 1
    return i if dots and _ends(codes, i, pages, info) else 0


@lean
def _is_letter(code: int) -> bool:
    return 65 <= code <= 90 or 97 <= code <= 122


@lean
def _cash_ends(codes: Array, place: int, pages: Array, info: Array) -> bool:
    """`_CASH_ENDS`."""
    while True:
        kind = known(codes, place, pages, info) & CLASS
        if kind != INVISIBLE:
            return not (LETTER <= kind <= HARD_LETTER or kind in (MARK, HARD_MARK, UNDERSCORE))
        place += 1


@lean
def _cash_end(codes: Array, place: int, pages: Array, info: Array) -> int:
    """Where the ticker symbol that begins at `place` ends, or `place`: `_CASH`."""
    i = place
    while i - place <= _MOST_CASH and _is_letter(codes[i]):
        i += 1
    if i == place or i - place > _MOST_CASH:
        return place
    if (codes[i] == 46 or codes[i] == 45) and _is_letter(codes[i + 1]) and _cash_ends(codes, i + 2, pages, info):
        return i + 2
    return i if _cash_ends(codes, i, pages, info) else place


@lean
def plain_sigil(code: int) -> int:
    """`#`, `@` or `$`."""
    if code == 0x23 or code == 0xFF03 or code == 0xFE5F:
        return 0x23
    return 0x40 if code == 0x40 or code == 0xFF20 or code == 0xFE6B else 0x24


@lean
def tag_end(codes: Array, sigil: int, pages: Array, info: Array) -> int:
    """Where the tag ends whose sigil is at `sigil`; `sigil + 1` where there is none: `_TAG`."""
    kind = plain_sigil(codes[sigil])
    if kind == 0x23:
        return _name_end(codes, sigil + 1, pages, info)
    if kind == 0x24:
        return _cash_end(codes, sigil + 1, pages, info)
    end = _domain_end(codes, sigil + 1, pages, info)
    if not end:
        end = _name_end(codes, sigil + 1, pages, info)
    if end > sigil + 1 and (codes[end] == 0x40 or codes[end] == 0xFF20):
        host = _domain_end(codes, end + 1, pages, info)
        if host:
            return host
    return end


@lean
def touches(codes: Array, sigil: int, first: int, pages: Array, info: Array) -> bool:
    """Whether a letter stands before the sigil, or `&` before `#`: then it is none."""
    if sigil > first and codes[sigil - 1] == 0x26 and plain_sigil(codes[sigil]) == 0x23:
        return True
    i = sigil - 1
    while i >= first:
        kind = known(codes, i, pages, info) & CLASS
        if kind != MARK and kind != HARD_MARK:
            return LETTER <= kind <= HARD_LETTER or kind == UNDERSCORE
        i -= 1
    return False
