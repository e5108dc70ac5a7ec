"""A file of labels, read row by row: a row that cannot be read is reported with its line, and the others stand. Pure.

A table (`tables`) in which `mention` is the mention's id; `sentiment`, `emotions`, `irony` and `intents` are labels, an
empty cell says nothing. Several emotions or intents are parted by `|`; `none` says that there is none. Other columns
are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from analytics.language.contracts import EMOTIONS, INTENTS, SENTIMENTS
from analytics.language.tables import BadRow, UnreadableFile, read_table, unreadable

MOST_ROWS: Final = 10_000
COLUMNS: Final = ("sentiment", "emotions", "irony", "intents")
_MENTION: Final = re.compile(r"men_[0-9a-f]{32}")  # as `kernel.ids` writes them
_KNOWN: Final[Mapping[str, tuple[str, ...]]] = {"emotions": EMOTIONS, "intents": INTENTS}
_TRUTHS: Final = {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}


@dataclass(frozen=True, slots=True)
class Row:
    """A row that can be read: its line, the mention's id, and its labels as JSON holds them, by field; at least one."""

    line: int
    mention: str
    labels: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Read:
    """What a file came to."""

    rows: tuple[Row, ...]
    bad: tuple[BadRow, ...]


def read_rows(content: bytes) -> Read:
    """Read a file. Raises UnreadableFile where it is not UTF-8, has no usable header, or more than 10,000 rows."""
    names, lines = read_table(content, most_rows=MOST_ROWS)
    if "mention" not in names or not set(names) & set(COLUMNS):
        wanted = ", ".join(COLUMNS)
        raise UnreadableFile("bad_header", f"The first line must name the column mention and at least one of {wanted}.")
    if len(set(names) & {"mention", *COLUMNS}) < sum(name in ("mention", *COLUMNS) for name in names):
        raise UnreadableFile("bad_header", "The first line names a column twice.")
    rows: list[Row] = []
    bad: list[BadRow] = []
    seen: set[str] = set()
    for line, cells in lines:
        read = unreadable(line) if cells is None else _row(line, cells)
        if isinstance(read, Row) and read.mention in seen:
            read = BadRow(line, "repeated", "mention", "An earlier row names this mention.")
        if isinstance(read, Row):
            seen.add(read.mention)
            rows.append(read)
        else:
            bad.append(read)
    return Read(tuple(rows), tuple(bad))


def _row(line: int, cells: Mapping[str, str]) -> Row | BadRow:
    mention = cells.get("mention", "").strip()
    if not _MENTION.fullmatch(mention):
        return BadRow(line, "bad_id", "mention", "Must be an id that starts with men_.")
    labels: dict[str, Any] = {}
    for field in COLUMNS:
        cell = cells.get(field, "").strip().lower()
        if cell:
            value = _label(field, cell)
            if value is None:
                return BadRow(line, "unknown_label", field, f"Must be {_wanted(field)}.")
            labels[field] = value
    return Row(line, mention, labels) if labels else BadRow(line, "no_label", "", "The row has no label.")


def _label(field: str, cell: str) -> Any:
    """The label a cell names, None where it names none there is."""
    if field == "sentiment":
        return cell if cell in SENTIMENTS else None
    if field == "irony":
        return _TRUTHS.get(cell)
    named = {name.strip() for name in cell.split("|")} if cell != "none" else set()
    return sorted(named) if named <= set(_KNOWN[field]) else None


def _wanted(field: str) -> str:
    if field == "sentiment":
        return _either(SENTIMENTS)
    if field == "irony":
        return "true or false"
    return f"none, or some of {', '.join(_KNOWN[field])} with | between"


def _either(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"
