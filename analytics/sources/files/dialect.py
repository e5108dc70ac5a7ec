"""Which delimiter, quote and escape does this delimited file use, and on which row is its header?"""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from typing import TypedDict

SINGLE_COLUMN = "\x1f"  # a delimiter that text does not contain: the file has one column
_MAX_ROWS = 300
_MAX_PREAMBLE = 20


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the cells of a row are told apart. `escape` is "\\\\" or empty. `preamble` counts the rows before the
    header (some exports begin with a few lines about themselves)."""

    delimiter: str
    quote: str
    escape: str
    preamble: int


def parse(lines: list[str], dialect: Dialect) -> list[list[str]]:
    """Cells of each row; a row that csv refuses ends the list."""
    rows: list[list[str]] = []
    try:
        for row in csv.reader(lines, **csv_options(dialect)):
            rows.append(row)
            if len(rows) >= _MAX_ROWS:
                break
    except csv.Error:
        pass
    return rows


class CsvOptions(TypedDict):
    """What `csv.reader` is told."""

    delimiter: str
    quotechar: str
    escapechar: str | None
    doublequote: bool
    strict: bool


def csv_options(dialect: Dialect, *, strict: bool = False) -> CsvOptions:
    """The options of `csv.reader` for a dialect."""
    return {
        "delimiter": dialect.delimiter,
        "quotechar": dialect.quote,
        "escapechar": dialect.escape or None,
        "doublequote": not dialect.escape,
        "strict": strict,
    }


def sniff_dialect(lines: list[str]) -> Dialect:
    """Choose the dialect under which the most rows of the sample have as many cells as the header.

    `lines` are physical lines with their ends, from the start of the file. Ties go to the usual dialect (quote
    ", doubled), then to the more columns, then to comma, semicolon, tab, pipe in that order.
    """
    lines = list(lines)
    preamble = 0
    if lines and lines[0].strip().lower()[:4] == "sep=" and len(lines[0].strip()) <= 5:
        named = lines[0].rstrip("\r\n")[4:] or "\t"
        return Dialect(named, '"', "", 1)
    best: tuple[float, int, int] | None = None
    choice = Dialect(SINGLE_COLUMN, '"', "", 0)
    for quote, escape in (('"', ""), ('"', "\\"), ("'", "")):
        if (escape and not any('\\"' in line for line in lines)) or (quote == "'" and lines[0].count("'") < 2):
            continue
        for delimiter in ",;\t|":
            candidate = Dialect(delimiter, quote, escape, 0)
            rows = [row for row in parse(lines, candidate) if row]
            if not rows:
                continue
            widths = Counter(map(len, rows))
            width, _ = max(widths.items(), key=lambda item: (item[1], item[0]))
            if len(rows[0]) * 2 > width:  # lines before a header are much narrower than the table
                width = len(rows[0])
            if width < 2:
                continue
            preamble = _find_header(rows, width)
            body = rows[preamble:]
            share = sum(len(row) == width for row in body) / len(body)
            penalty = 0.3 * (preamble > 0) + 0.05 * (quote != '"' or escape != "")
            score = (round(share - penalty, 2), width, -",;\t|".index(delimiter))
            if best is None or score > best:
                best = score
                choice = Dialect(delimiter, quote, escape, preamble)
    if choice.delimiter not in lines[0] and choice.preamble == 0:
        return Dialect(SINGLE_COLUMN, '"', "", 0)
    return choice


def _find_header(rows: list[list[str]], width: int) -> int:
    """The header is the first row as wide as the rest; 0 where the first 20 have none such."""
    for number, row in enumerate(rows[:_MAX_PREAMBLE]):
        if len(row) == width and sum(bool(cell.strip()) for cell in row) * 2 >= width:
            return number
    return 0


def name_columns(cells: list[str]) -> tuple[str, ...]:
    """Column names from the header's cells: stripped, capped at 200 characters, never empty, never twice."""
    names: dict[str, None] = {}
    copies: dict[str, int] = {}
    for position, cell in enumerate(cells, 1):
        name = base = " ".join(cell.split())[:200] or f"column {position}"
        while name in names:
            copies[base] = copies.get(base, 1) + 1
            name = f"{base} ({copies[base]})"
        names[name] = None
    return tuple(names)
