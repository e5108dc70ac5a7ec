"""Folding: the one form in which words are compared, whatever their case, accents or invisible characters.

NFKC and case folding for every script; accents go where they are optional in everyday writing (Latin, Greek,
Arabic, Hebrew, Syriac, and Cyrillic apart from й ў ї ѓ ќ, which are letters of their own) and stay where they
carry the word (Devanagari and its sisters, Thai, kana). Method: Unicode Standard Annex 15 and 44, and the
"ASCII folding" habit of Lucene for letters without a decomposition (ø, ł, æ …).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

# Letters that Unicode does not decompose but people type without their stroke, and letters of one sound that
# Arabic and Persian keyboards write differently. None maps to the empty string, so no word can vanish here.
_LETTERS = {
    "ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ı": "i",
    "ĸ": "k", "ŋ": "n", "ی": "ي", "ى": "ي", "ک": "ك",
}  # fmt: skip
_TATWEEL = "\u0640"
_CYRILLIC_LETTERS = frozenset("йўїѓќ")
# Characters of scripts without spaces that NFKC would make two: one character stays one token.
_LIGATURES = frozenset("\u0edc\u0edd\u309f\u30ff")
_INVISIBLE_LETTERS = frozenset("\u115f\u1160\u17b4\u17b5\u034f\u180b\u180c\u180d\u180f")
_ACCENTS_OPTIONAL = (
    (0x0000, 0x0530),  # Latin, IPA, Greek, Cyrillic
    (0x0590, 0x0780),  # Hebrew, Arabic, Syriac
    (0x0860, 0x0900),  # Syriac and Arabic supplements
    (0x1D00, 0x1DC0),  # phonetic extensions
    (0x1E00, 0x2000),  # Latin and Greek with accents
    (0x2C60, 0x2C80),
    (0x2DE0, 0x2E00),
    (0xA640, 0xA6A0),
    (0xA720, 0xA800),
    (0xAB30, 0xAB70),
)
_KEPT_IN_TAGS = re.compile(r"([_.\-@]+)")
# More marks on one letter than any orthography uses: cut, because normalising a run of them is quadratic.
_MOST_MARKS = 24
_CACHED_LENGTH = 64


def character_class(characters: Iterable[int]) -> str:
    """Code points -> the inside of a regular expression's [...] that matches exactly them."""
    ranges: list[list[int]] = []
    for code in sorted(characters):
        if ranges and code == ranges[-1][1] + 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges)


def _mark_codes() -> list[int]:
    # Every mark of Unicode lies below U+20000 or among the variation selectors of plane 14.
    category = unicodedata.category
    return [*(code for code in range(0x300, 0x20000) if category(chr(code))[0] == "M"), *range(0xE0100, 0xE01F0)]


MARKS = character_class(_mark_codes())
_TOO_MANY_MARKS = re.compile(f"([{MARKS}]{{{_MOST_MARKS}}})[{MARKS}]+")


def _accents_optional(character: str) -> bool:
    code = ord(character)
    return any(first <= code < last for first, last in _ACCENTS_OPTIONAL)


def _is_selector(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def cut_marks(word: str) -> str:
    """Without the marks beyond what any orthography puts on one letter. Linear."""
    return _TOO_MANY_MARKS.sub(r"\1", word) if len(word) > _MOST_MARKS else word


def _fold(word: str) -> str:
    word = cut_marks(word)
    if word[:1] in _LIGATURES:
        normal = word
    else:
        # The subscript iota goes first: case folding would make a letter of it.
        bare = unicodedata.normalize("NFKD", word).replace("\u0345", "")
        normal = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", bare).casefold())
    kept: list[str] = []
    optional = False
    for composed in normal:
        if composed in _CYRILLIC_LETTERS:
            kept.append(composed)
            optional = True
            continue
        for character in unicodedata.normalize("NFD", composed):
            category = unicodedata.category(character)
            if category[0] == "M":
                if kept and not optional and not _is_selector(character) and character not in _INVISIBLE_LETTERS:
                    kept.append(character)
            elif category == "Nd":
                kept.append(str(unicodedata.decimal(character)))
                optional = True
            elif character == _TATWEEL:
                optional = True
            elif category[0] in "LN" and character not in _INVISIBLE_LETTERS and character != "\u02bc":
                kept.append(_LETTERS.get(character, character))
                optional = _accents_optional(character)
    return unicodedata.normalize("NFC", "".join(kept))


_fold_cached = lru_cache(maxsize=1 << 16)(_fold)


def fold_word(word: str) -> str:
    """One word of any script -> its key: letters, digits and the marks that matter; may be empty.

    Idempotent and linear in the length of the word; safe with NUL, lone surrogates and endless combining marks.
    """
    if word.isascii() and word.isalnum():
        return word.lower()
    return _fold_cached(word) if len(word) <= _CACHED_LENGTH else _fold(word)


def fold_tag(body: str) -> str:
    """The name of a hashtag or handle without its sigil -> its key; `_ . - @` inside it stay."""
    if body.isascii():
        return body.lower()
    return "".join(piece if index % 2 else fold_word(piece) for index, piece in enumerate(_KEPT_IN_TAGS.split(body)))
