"""A file of words, read row by row: a row that cannot be read is reported with its line, and the others stand. Pure.

A table (`tables`) with the columns `language`, `text` and `valence`, in any order. An empty language is every
language. Other columns are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from analytics.language.tables import BadRow, UnreadableFile, read_table, unreadable
from analytics.language.tuning.lexicon import MOST_WORDS, key_of

MOST_ROWS: Final = 20_000
MOST_CHARACTERS: Final = 100
VALENCES: Final = range(-5, 6)
LANGUAGE: Final = re.compile(r"([a-z]{2,3})?")
_NUMBER: Final = re.compile(r"[+-]?[0-5]")
NOTHING_TO_FIND: Final = (
    f"Nothing is left of it that could be found in a text: it needs one to {MOST_WORDS} words, signs or emoji."
)


@dataclass(frozen=True, slots=True)
class Word:
    """A row that can be read. `key` is what texts are compared with."""

    line: int
    language: str
    text: str
    key: str
    valence: int


def read_words(content: bytes) -> tuple[list[Word], list[BadRow]]:
    """The rows of a file. Raises UnreadableFile where it is not UTF-8, has no usable header, or more than 20,000
    rows."""
    names, lines = read_table(content, most_rows=MOST_ROWS)
    if any(names.count(wanted) != 1 for wanted in ("language", "text", "valence")):
        raise UnreadableFile("bad_header", "The first line must name the columns language, text and valence once each.")
    good: list[Word] = []
    bad: list[BadRow] = []
    seen: set[tuple[str, str]] = set()
    for line, cells in lines:
        read = unreadable(line) if cells is None else _word(line, cells)
        if isinstance(read, Word) and (read.language, read.key) in seen:
            read = BadRow(line, "repeated", "text", "An earlier row has this word in this language.")
        if isinstance(read, Word):
            seen.add((read.language, read.key))
            good.append(read)
        else:
            bad.append(read)
    return good, bad


def _word(line: int, cells: Mapping[str, str]) -> Word | BadRow:
    language, text, valence = (cells.get(name, "").strip() for name in ("language", "text", "valence"))
    language = language.lower()
    if not LANGUAGE.fullmatch(language):
        return BadRow(line, "bad_language", "language", "Must be an ISO 639 code, such as en, or empty.")
    # A spreadsheet that wrote the file down safely put an apostrophe before signs.
    text = text[1:].strip() if text[:1] == "'" and text[1:2] and not text[1].isalnum() else text
    if len(text) > MOST_CHARACTERS or "\x00" in text:
        return BadRow(line, "bad_text", "text", f"Must be at most {MOST_CHARACTERS} characters, none of them NUL.")
    key = key_of(text)
    if not key:
        return BadRow(line, "nothing_to_find", "text", NOTHING_TO_FIND)
    if not _NUMBER.fullmatch(valence):
        return BadRow(line, "bad_valence", "valence", "Must be a whole number from -5 to 5.")
    return Word(line, language, text, key, int(valence))
