"""Does the id column identify? And which rows of a file are the same post?"""

from __future__ import annotations

import hashlib
import re
from array import array
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

MAX_LISTED = 50_000
_SCIENTIFIC = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d+$")
_MASK = 2**64 - 1
_OTHER = np.uint64(0x9E3779B97F4A7C15)  # keeps hashes of contents apart from hashes of ids

Keys = npt.NDArray[np.uint64]

Basis = Literal["content", "row", "numbered_row"]


@dataclass(frozen=True, slots=True)
class IdentityDecision:
    """What identifies a post of this file.

    `usable`: the id column does. `fallback`: what ids are derived from for rows without a usable id: "content"
    (source, author, time and text), "row" (the whole row, where author or time of day are not known) or
    "numbered_row" (the row and its occurrence, where neither author nor time tell posts apart).
    `rows` and `distinct` count rows with an id and distinct ids; `conflicts` rows whose id an earlier row with
    other content has. `exact_duplicates` counts rows equal to an earlier one in every column, `same_post`
    those that differ only in columns which do not make a post. `duplicates` and `rekeyed` are the lines of
    repeated rows and of conflicting rows (which get a derived id); `occurrences`, parallel to `duplicates`, is
    how often the row was there before. `complete` is False when there were more than 50,000 of them: then
    the rest is left to the store's unique constraint.
    """

    usable: bool
    fallback: Basis
    reason: str
    rows: int
    distinct: int
    conflicts: int
    exact_duplicates: int
    same_post: int
    duplicates: tuple[int, ...]
    occurrences: tuple[int, ...]
    rekeyed: tuple[int, ...]
    complete: bool


class IdentityColumn:
    """Gathers evidence in one pass, 32 bytes a row; `add` every row once, then `decide`."""

    def __init__(self) -> None:
        self._ids = array("Q")
        self._contents = array("Q")
        self._rows = array("Q")
        self._lines = array("Q")
        self._with_id = 0
        self._long = 0
        self._long_rounded = 0
        self._scientific = 0

    def add(self, line: int, external_id: str, content: object, row: object) -> None:
        """Take the row on `line`: its id cell or "", a hashable of what makes the post, and one of the whole row."""
        self._lines.append(line)
        self._contents.append(hash(content) & _MASK)
        self._rows.append(hash(row) & _MASK)
        self._ids.append(hash(external_id) & _MASK if external_id else 0)
        if external_id:
            self._with_id += 1
            if len(external_id) > 15 and external_id.isdigit():
                self._long += 1
                self._long_rounded += external_id[-1] == "0"
            elif "E" in external_id or "e" in external_id:
                self._scientific += _SCIENTIFIC.match(external_id) is not None

    def decide(self, *, has_column: bool, fallback: Basis) -> IdentityDecision:
        """Return the decision. `fallback` is the basis to derive ids from where the column does not serve."""
        ids, contents, rows, lines = (_view(column) for column in (self._ids, self._contents, self._rows, self._lines))
        distinct = len(np.unique(ids[ids != 0]))
        first, _ = _earlier(ids)
        conflicting = (ids != 0) & (contents != contents[first])
        conflicts = int(conflicting.sum())
        reason, usable = self._judge(has_column, distinct, conflicts)
        # Two rows are the same post when the key that will identify them is the same.
        keys = contents if fallback == "content" else rows
        if usable:
            keys = np.where((ids != 0) & ~conflicting, ids, keys ^ _OTHER)
        first_key, occurrence = _earlier(keys)
        first_row, _ = _earlier(rows)
        places = np.arange(len(lines))
        repeated = first_key != places
        exact = int((repeated & (first_row != places)).sum())
        same = int(repeated.sum()) - exact
        numbered = fallback == "numbered_row" and not usable
        listed = np.flatnonzero(repeated)
        rekeyed = lines[conflicting] if usable else lines[:0]
        return IdentityDecision(
            usable=usable, fallback=fallback, reason=reason, rows=self._with_id, distinct=distinct, conflicts=conflicts,
            exact_duplicates=0 if numbered else exact,
            same_post=0 if numbered else same,
            duplicates=tuple(lines[listed[:MAX_LISTED]].tolist()),
            occurrences=tuple(occurrence[listed[:MAX_LISTED]].tolist()),
            rekeyed=tuple(rekeyed[:MAX_LISTED].tolist()),
            complete=len(listed) <= MAX_LISTED and len(rekeyed) <= MAX_LISTED,
        )  # fmt: skip

    def _judge(self, has_column: bool, distinct: int, conflicts: int) -> tuple[str, bool]:
        if not has_column:
            return "The file has no id column; ids are derived from the content.", False
        if self._with_id * 2 < len(self._lines):
            return "Most rows have no id; ids are derived from the content.", False
        if self._scientific * 100 > self._with_id:
            return "A spreadsheet has written the ids in scientific notation and cut their digits off.", False
        # Of unrounded ids one in ten ends in 0: ten in a row that all do are a one-in-10^10 chance.
        if self._long >= 10 and self._long_rounded >= 0.99 * self._long and self._long * 2 > self._with_id:
            return "A spreadsheet has rounded the ids: they have more than 15 digits and end in zeros.", False
        if conflicts * 100 > self._with_id or conflicts > MAX_LISTED:
            return "The id column does not identify: rows with the same id differ in author, time or text.", False
        if conflicts:
            return "The id column identifies but for a few rows, which get an id derived from their content.", True
        return "The id column identifies: no two different posts share an id.", True


def _view(column: array[int]) -> Keys:
    return np.frombuffer(column, dtype=np.uint64) if column else np.zeros(0, dtype=np.uint64)


def _earlier(keys: Keys) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """For each place: the first place with the same key, and how many places before it have that key."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.ones(len(keys), dtype=bool)
    starts[1:] = ordered[1:] != ordered[:-1]
    group = np.cumsum(starts) - 1
    begins = np.flatnonzero(starts)
    first = np.empty(len(keys), dtype=np.intp)
    occurrence = np.empty(len(keys), dtype=np.intp)
    first[order] = order[begins[group]] if len(keys) else order
    occurrence[order] = np.arange(len(keys)) - (begins[group] if len(keys) else 0)
    return first, occurrence


def derive_id(parts: tuple[str, ...]) -> str:
    """A stable id of 32 hexadecimal digits (SHA-256, first 128 bits) of the parts and of how they are divided.

    It is no pseudonym: who knows source, author, time and text can compute it.
    """
    joined = "\x1f".join(parts)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()[:32]
