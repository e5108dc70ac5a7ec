"""A file of words, read row by row: a row that cannot be read is reported with its line, and the others stand. Pure.

CSV in UTF-8, with commas, semicolons or tabs and a header with `language`, `text` and `valence`, in any order. An
empty language is every language. Other columns are passed over.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from analytics.language.tuning.lexicon import MOST_WORDS, key_of

MOST_ROWS: Final = 20_000
MOST_CHARACTERS: Final = 100
VALENCES: Final = range(-5, 6)
LANGUAGE: Final = re.compile(r"([a-z]{2,3})?")
_SEPARATORS: Final = ",;\t"
_NUMBER: Final = re.compile(r"[+-]?[0-5]")
NOTHING_TO_FIND: Final = (
    f"Nothing is left of it that could be found in a text: it needs one to {MOST_WORDS} words, signs or emoji."
)


class UnreadableFile(ValueError):
    """Nothing of a file can be taken: a stable code and a sentence."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass(frozen=True, slots=True)
class Word:
    """A row that can be read. `key` is what texts are compared with."""

    line: int
    language: str
    text: str
    key: str
    valence: int


@dataclass(frozen=True, slots=True)
class BadWord:
    """A row that cannot: its line, a stable code, the column ("" for the whole row) and a sentence."""

    line: int
    code: str
    field: str
    reason: str


def read_words(content: bytes) -> tuple[list[Word], list[BadWord]]:
    """The rows of a file. Raises UnreadableFile where it is not UTF-8, has no usable header, or more than 20,000
    rows."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableFile("not_utf8", "The file is not UTF-8.") from None
    first = text.partition("\n")[0]
    lines = _lines(text, max(_SEPARATORS, key=first.count))
    names = [name.strip().lower() for name in (next(lines, (1, None))[1] or ())]
    if any(names.count(wanted) != 1 for wanted in ("language", "text", "valence")):
        raise UnreadableFile("bad_header", "The first line must name the columns language, text and valence once each.")
    good: list[Word] = []
    bad: list[BadWord] = []
    seen: set[tuple[str, str]] = set()
    for number, (line, cells) in enumerate(lines):
        if number >= MOST_ROWS:
            raise UnreadableFile("too_many_rows", f"A file may have at most {MOST_ROWS:,} rows.")
        if cells is None:
            read: Word | BadWord = BadWord(line, "unreadable_row", "", "The row cannot be parted into cells.")
        else:
            row = dict(zip(names, cells, strict=False))
            read = _word(line, row.get("language", ""), row.get("text", ""), row.get("valence", ""))
        if isinstance(read, Word) and (read.language, read.key) in seen:
            read = BadWord(line, "repeated", "text", "An earlier row has this word in this language.")
        if isinstance(read, Word):
            seen.add((read.language, read.key))
            good.append(read)
        else:
            bad.append(read)
    return good, bad


def _lines(text: str, separator: str) -> Iterator[tuple[int, list[str] | None]]:
    """Rows with the line they start on; None for one that cannot be parted into cells. Empty lines are passed over."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    while True:
        start = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield start, None
            continue
        if any(cell.strip() for cell in cells):
            yield start, cells


def _word(line: int, language: str, text: str, valence: str) -> Word | BadWord:
    language, text, valence = language.strip().lower(), text.strip(), valence.strip()
    if not LANGUAGE.fullmatch(language):
        return BadWord(line, "bad_language", "language", "Must be an ISO 639 code, such as en, or empty.")
    # A spreadsheet that wrote the file down safely put an apostrophe before signs.
    text = text[1:].strip() if text[:1] == "'" and text[1:2] and not text[1].isalnum() else text
    if len(text) > MOST_CHARACTERS or "\x00" in text:
        return BadWord(line, "bad_text", "text", f"Must be at most {MOST_CHARACTERS} characters, none of them NUL.")
    key = key_of(text)
    if not key:
        return BadWord(line, "nothing_to_find", "text", NOTHING_TO_FIND)
    if not _NUMBER.fullmatch(valence):
        return BadWord(line, "bad_valence", "valence", "Must be a whole number from -5 to 5.")
    return Word(line, language, text, key, int(valence))
