"""Rows of CSV from nested values, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

# What a spreadsheet takes for a formula when it stands first in a cell, also in full width.
_DANGEROUS = frozenset("=+-@|%\t\r\n＝＋－＠")
_BLANKS = " \u00a0\u3000\ufeff"


class Lines:
    """Turns rows into lines of CSV with these columns; `author.id` is what is in `author` under `id`."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = [column.split(".") for column in columns]
        self._text = io.StringIO()
        self._writer = csv.writer(self._text)
        self._writer.writerow(columns)

    def add(self, row: Mapping[str, Any]) -> None:
        self._writer.writerow([cell(_found(row, path)) for path in self._columns])

    def take(self) -> bytes:
        """The lines since the last call."""
        lines = self._text.getvalue()
        self._text.seek(0)
        self._text.truncate()
        return lines.encode()


def cell(value: Any) -> str:
    """A value as a spreadsheet may show it: numbers as they are, lists and objects as JSON, text that it could take for
    a formula behind an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    first = text.lstrip(_BLANKS)[:1]
    return "'" + text if first in _DANGEROUS and first else text


def _found(row: Mapping[str, Any], path: Sequence[str]) -> Any:
    value: Any = row
    for name in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value
