"""What comes of reading another tool's query: a query of ours, and remarks on single tokens of theirs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Note:
    """A remark on `length` characters of the original query from `position` on (0-based); `token` is what stands there.

    An "error" says that this cannot be said in our language, a "warning" that it was translated to something that
    differs a little, an "info" that it looks different and means the same. `code` is stable and for programs.
    """

    position: int
    length: int
    token: str
    code: str
    severity: Severity
    reason: str
    suggestion: str = ""


@dataclass(frozen=True, slots=True)
class Translation:
    """`text` is a query that `parse` accepts, or None where any note is an error. `notes` are in order of position.

    `translated` are the spans [start, end) of the original that are part of the text; what is neither there nor in a
    note is white space.
    """

    text: str | None
    notes: tuple[Note, ...]
    translated: tuple[tuple[int, int], ...]
