"""Small tables that people bring as files: CSV in UTF-8, with commas, semicolons or tabs and a header. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

_SEPARATORS: Final = ",;\t"

Lines: TypeAlias = Iterator[tuple[int, Mapping[str, str] | None]]


class UnreadableFile(ValueError):
    """Nothing of a file can be taken: a stable code and a sentence."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be read: its line, a stable code, the column ("" for the whole row) and a sentence without
    content."""

    line: int
    code: str
    field: str
    reason: str


def unreadable(line: int) -> BadRow:
    """Of a row without cells (see `read_table`)."""
    return BadRow(line, "unreadable_row", "", "The row cannot be parted into cells.")


def read_table(content: bytes, *, most_rows: int) -> tuple[list[str], Lines]:
    """The names in the header, in lower case, and the rows: the line that each starts on and its cells by name, None
    where it cannot be parted into cells. Empty lines are passed over.

    Raises UnreadableFile where it is not UTF-8 and, when that row is asked for, where there are more than `most_rows`.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableFile("not_utf8", "The file is not UTF-8.") from None
    first = text.partition("\n")[0]
    rows = _rows(text, max(_SEPARATORS, key=first.count))
    names = [name.strip().lower() for name in (next(rows, (1, None))[1] or ())]
    return names, _named(names, rows, most_rows)


def _named(names: list[str], rows: Iterator[tuple[int, list[str] | None]], most_rows: int) -> Lines:
    for number, (line, cells) in enumerate(rows):
        if number >= most_rows:
            raise UnreadableFile("too_many_rows", f"A file may have at most {most_rows:,} rows.")
        yield line, None if cells is None else dict(zip(names, cells, strict=False))


def _rows(text: str, separator: str) -> Iterator[tuple[int, list[str] | None]]:
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
