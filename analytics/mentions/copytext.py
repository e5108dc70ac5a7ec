"""Rows and arrays as PostgreSQL reads them: COPY's text format and array literals.

psycopg converts value by value, which takes longer than all the rest of storing a batch; a line written here costs
about a quarter of that. Reference: PostgreSQL documentation, COPY (text format) and "Array Input and Output Syntax".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

NULL = "\\N"
_LINES_AT_ONCE = 250  # the server works on one piece while the next is being written


def escaped(text: str) -> str:
    """A text as one column of COPY's text format. It must not hold NUL, which PostgreSQL cannot store."""
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def nullable(value: object) -> str:
    """A number, hexadecimal id or ISO 8601 time as a column; None is NULL."""
    return NULL if value is None else str(value)


def bytea(value: bytes | None) -> str:
    """Bytes as a column; None is NULL."""
    return NULL if value is None else "\\\\x" + value.hex()


def array(values: Iterable[str]) -> str:
    """An array literal of any texts."""
    texts = [value.replace("\\", "\\\\").replace('"', '\\"') for value in values]
    return '{"' + '","'.join(texts) + '"}' if texts else "{}"


def plain_array(values: Iterable[object]) -> str:
    """An array literal of values without a sign that means something there: numbers, hexadecimal, ISO 8601, booleans.
    None is NULL."""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def bytea_array(values: Iterable[bytes | None]) -> str:
    """An array literal of bytes; None is NULL."""
    return "{" + ",".join(["NULL" if value is None else f'"\\\\x{value.hex()}"' for value in values]) + "}"


def pieces(lines: Sequence[str]) -> Iterator[bytes]:
    """Lines, each ending in a line break, as pieces to write to a COPY."""
    for start in range(0, len(lines), _LINES_AT_ONCE):
        yield "".join(lines[start : start + _LINES_AT_ONCE]).encode()
