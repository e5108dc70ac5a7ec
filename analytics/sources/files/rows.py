"""Rows of a delimited or JSON Lines file: cells, the line each starts on, and where to go on from."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Sequence, Set
from typing import BinaryIO, NamedTuple, Protocol

from analytics.sources.files.dialect import Dialect, csv_options
from analytics.sources.files.encoding import Encoding
from analytics.sources.files.lines import LineReader, LineTooLong

MAX_ROW_BYTES = 1_048_576
MAX_NESTING = 6
MAX_NAMES = 500
_MOST_IGNORED = 10_000
_BLANK = (b"\n", b"\r\n", b"\r")
_SURROGATE = re.compile("[\ud800-\udfff]")


class Row(NamedTuple):
    """One row. `cells` is as long as the header unless `problem` is a code; `nul` tells that NULs were taken out."""

    line: int
    cells: list[str]
    problem: str
    nul: bool


REASONS: dict[str, str] = {
    "row_too_long": f"The row is longer than {MAX_ROW_BYTES:,} bytes.",
    "cell_too_long": "A cell of the row is longer than can be read.",
    "unclosed_quote": "A quotation mark opens in this row and is never closed.",
    "wrong_column_count": "The row has another number of columns than the header.",
    "undecodable_bytes": "The row contains bytes that are not valid in the file's encoding.",
    "stray_line_break": "A line break stands outside quotation marks in this row.",
    "not_json": "The line is not a JSON object.",
}


class RowReader(Protocol):
    """Iterates over rows; between two rows `offset` and `line` say where the next one begins."""

    @property
    def offset(self) -> int: ...

    @property
    def line(self) -> int: ...

    @property
    def ignored(self) -> Set[str]:
        """Names that stood in rows read so far and are no column, at most about 10,000 of them."""
        ...

    def __iter__(self) -> Iterator[Row]: ...


class DelimitedRows:
    """Rows of a CSV-like file from byte `offset` (the start of line `line` + 1) on; blank lines are skipped."""

    def __init__(
        self, stream: BinaryIO, *, encoding: Encoding, dialect: Dialect, width: int, offset: int, line: int
    ) -> None:
        self._lines = LineReader(stream, newline=encoding.newline, max_bytes=MAX_ROW_BYTES, offset=offset, line=line)
        self._encoding = encoding.name
        self._options, self._strictly = csv_options(dialect), csv_options(dialect, strict=True)
        self._width = width
        self._dirty = self._nul = self._at_end = False
        self._taken = self._bytes = self._start = 0
        self._second: tuple[int, int] = (0, 0)
        self._texts: list[str] = []
        self.ignored: Set[str] = frozenset()

    @property
    def offset(self) -> int:
        return self._lines.offset

    @property
    def line(self) -> int:
        return self._lines.line

    def _feed(self) -> Iterator[str]:
        """Decoded lines for csv, which asks for one more only while a quoted cell is open."""
        lines, encoding = self._lines, self._encoding
        while True:
            before = lines.offset, lines.line
            raw = lines.read()
            if not raw:
                self._at_end = True
                return
            if not self._taken:
                if raw in _BLANK:
                    continue
                self._start = lines.line
            self._taken += 1
            try:
                text = raw.decode(encoding)
            except UnicodeDecodeError:
                text = raw.decode(encoding, "replace")
                self._dirty = True
            if "\0" in text:
                text = text.replace("\0", "")
                self._nul = True
            if self._taken > 1:
                if self._taken == 2:
                    self._second = before
                self._texts.append(text)
                self._bytes += len(raw)
                if self._bytes > MAX_ROW_BYTES:
                    raise LineTooLong
            else:
                self._bytes = len(raw)
                self._texts = [text]
            yield text

    def __iter__(self) -> Iterator[Row]:
        lines, width = self._lines, self._width
        reader = self._reader()
        while True:
            self._dirty = self._nul = False
            self._taken = 0
            problem = ""
            cells: list[str] = []
            try:
                cells = next(reader)
            except StopIteration:
                return
            except LineTooLong:
                problem = "row_too_long" if self._taken < 2 else "unclosed_quote"
                self._start = self._start if self._taken else lines.line
            except csv.Error as error:
                if "field limit" in str(error):
                    problem = "cell_too_long" if self._taken < 2 else "unclosed_quote"
                else:
                    problem = "stray_line_break"
            if self._at_end and self._taken:
                problem = "unclosed_quote"
            if not problem and (not cells or (not cells[0] and not any(map(str.strip, cells)))):
                continue  # a blank line, or one of delimiters only
            if not problem and len(cells) != width:
                if len(cells) > width and not any(map(str.strip, cells[width:])):
                    cells = cells[:width]
                else:
                    problem = "unclosed_quote" if self._swallowed(strictly=False) else "wrong_column_count"
            elif not problem and self._taken > 1 and self._swallowed(strictly=True):
                problem = "unclosed_quote"
            if not problem and self._dirty:
                problem = "undecodable_bytes"
            if problem:
                if problem == "unclosed_quote" and self._taken > 1:
                    # The quote has swallowed good rows: go on with the line after the one it stands on.
                    lines.seek(*self._second)
                self._at_end = False
                reader = self._reader()
                yield Row(self._start, [], problem, self._nul)
            else:
                yield Row(self._start, cells, "", self._nul)

    def skip_row(self) -> None:
        """Go behind the next row that is not blank, whatever its width."""
        reader = self._reader()
        try:
            while not next(reader):
                self._taken = 0
        except (StopIteration, LineTooLong, csv.Error):
            return

    def _reader(self) -> Iterator[list[str]]:
        return csv.reader(self._feed(), **self._options)

    def _swallowed(self, *, strictly: bool) -> bool:
        """Has a stray quote swallowed good rows? So it looks when the row's second physical line is a full row by
        itself; `strictly` asks besides that the quotes of the whole row are not as csv writes them."""
        if self._taken < 2 or len(self._cells(self._texts[1:2], strict=False)) != self._width:
            return False
        return not strictly or not self._cells(self._texts, strict=True)

    def _cells(self, texts: list[str], *, strict: bool) -> list[str]:
        """The cells of lines that are one row, or none."""
        try:
            rows = list(csv.reader(texts, **(self._strictly if strict else self._options)))
        except csv.Error:
            return []
        return rows[0] if len(rows) == 1 else []


class JsonRows:
    """Rows of a JSON Lines file. `columns` names the cells; nested objects give dotted names (author.name).

    Without `columns` the reader collects them: read on and look at `columns` afterwards (the cells are then
    in the order in which names were first seen, and grow).
    """

    def __init__(
        self, stream: BinaryIO, *, encoding: Encoding, offset: int, line: int, columns: Sequence[str] | None = None
    ) -> None:
        self._lines = LineReader(stream, newline=encoding.newline, max_bytes=MAX_ROW_BYTES, offset=offset, line=line)
        self._encoding = encoding.name
        self._growing = columns is None
        self.columns: dict[str, None] = dict.fromkeys(columns or ())
        self.ignored: set[str] = set()

    @property
    def offset(self) -> int:
        return self._lines.offset

    @property
    def line(self) -> int:
        return self._lines.line

    def __iter__(self) -> Iterator[Row]:
        lines = self._lines
        while True:
            try:
                raw = lines.read()
            except LineTooLong:
                yield Row(lines.line, [], "row_too_long", False)
                continue
            if not raw:
                return
            try:
                text = raw.decode(self._encoding)
            except UnicodeDecodeError:
                yield Row(lines.line, [], "undecodable_bytes", False)
                continue
            nul = "\0" in text or "\\u0000" in text
            text = text.replace("\0", "") if nul else text
            if not text.strip():
                continue
            try:
                value = json.loads(text)
            except (ValueError, RecursionError):
                value = None
            if not isinstance(value, dict):
                yield Row(lines.line, [], "not_json", nul)
                continue
            flat: dict[str, str] = {}
            flatten(value, "", flat, clean="\\u" in text)
            if self._growing:
                for name in flat:
                    if len(self.columns) < MAX_NAMES:
                        self.columns.setdefault(name)
            elif len(self.ignored) < _MOST_IGNORED:
                self.ignored |= flat.keys() - self.columns.keys()
            yield Row(lines.line, [flat.get(name, "") for name in self.columns], "", nul)


def flatten(value: dict[str, object], prefix: str, into: dict[str, str], *, clean: bool, depth: int = 0) -> None:
    """Write the scalars of nested objects into `into` as text under dotted names; lists become words."""
    for key, item in value.items():
        name = f"{prefix}{key}"[:200]
        if isinstance(item, dict):
            if depth < MAX_NESTING:
                flatten(item, f"{name}.", into, clean=clean, depth=depth + 1)
            continue
        text = _words(item) if isinstance(item, list) else _scalar(item)
        if clean:  # escapes can spell what no encoding holds
            text = _SURROGATE.sub("\ufffd", text).replace("\0", "")
            name = _SURROGATE.sub("\ufffd", name).replace("\0", "")
        into[name] = text


def _scalar(item: object) -> str:
    if isinstance(item, str):
        return item
    if item is None:
        return ""
    if isinstance(item, bool):
        return "true" if item else "false"
    return str(item) if isinstance(item, int | float) else ""


def _words(items: list[object]) -> str:
    """A list as words: scalars as they are, of objects the part that names them (tags, mentioned accounts)."""
    words = []
    for item in items:
        if isinstance(item, dict):
            item = next((item[key] for key in ("acct", "text", "tag", "screen_name", "username", "name", "url")
                         if isinstance(item.get(key), str)), None)  # fmt: skip
        if isinstance(item, str | int | float) and not isinstance(item, bool):
            words.append(str(item))
    return " ".join(words)
