"""Nearness in the kernel: rows of words that stand near each other, where each thing is always equally wide.

A thing that can be of several widths makes several things, one for each (a post holds one choice of widths or none), so
that the shortest stretch from each word is found with one pointer per thing: the minimal-interval semantics of Clarke,
Cormack and Burkowski (1995), The Computer Journal 38(1). Nearness of tags, of spellings, of words with wildcards inside
and of nearness is left to the reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np

from analytics.listening.engine.batch import Array
from analytics.listening.engine.compiling import compiled
from analytics.listening.engine.frequencies import signed
from analytics.listening.engine.keytable import at_place, find
from analytics.listening.engine.leaves import GLUED, HEAD, SIGILS, WORD, Part
from analytics.listening.text import scan
from analytics.listening.tree import Node, Or, Phrase, Prefix, Term

# More ways than this to choose widths are left to the reference, and longer descriptions.
_MOST_WAYS = 16
_MOST_PARTS = 4000


@dataclass(frozen=True, slots=True)
class Rows:
    """One thing: any of these rows, each a tuple of texts (a star at the end: the beginning of a word), all of them
    `width` words wide."""

    width: int
    rows: tuple[tuple[str, ...], ...]


def split(children: Sequence[Node]) -> list[tuple[Rows, ...]]:
    """The ways to choose one width for each child; none where the kernel cannot tell."""
    things: list[list[Rows]] = []
    for child in children:
        by_width: dict[int, list[tuple[str, ...]]] = {}
        for leaf in child.children if isinstance(child, Or) else (child,):
            row = _row(leaf)
            if row is None:
                return []
            width = sum(1 if text.endswith("*") else len(scan(text).words) for text in row)
            by_width.setdefault(width, []).append(row)
        things.append([Rows(width, tuple(rows)) for width, rows in by_width.items()])
    parts = sum(2 + rows.width * len(rows.rows) for thing in things for rows in thing)
    if prod(map(len, things)) > _MOST_WAYS or parts > _MOST_PARTS:
        return []
    return list(product(*things))


def _row(leaf: Node) -> tuple[str, ...] | None:
    match leaf:
        case Term(text):
            return (text,)
        case Prefix(text):
            return (f"{text}*",)
        case Phrase(parts):
            plain = all(part[0] not in SIGILS and not any(sign in part[:-1] for sign in "*?") for part in parts)
            return parts if plain and not any(part.endswith("?") for part in parts) else None
        case _:
            return None


def written(things: Sequence[Sequence[list[Part]]], widths: Sequence[int], slack: int, ordered: bool) -> list[Part]:
    """The parts of a NEAR: how many things, the slack, and whether in order; of each thing how many rows and how wide,
    of each row its length and its parts."""

    def head(number: int) -> Part:
        return Part(HEAD, number, 0.0)

    parts = [head(len(things)), head(slack), head(int(ordered))]
    for rows, width in zip(things, widths, strict=True):
        parts += [head(len(rows)), head(width)]
        for row in rows:
            parts += [head(len(row)), *row]
    return parts


@compiled
def stands(
    keys: Array, heads: Array, mask: np.uint64, number: np.uint64, word_keys: Array, glued: Array, first: int,
    part_kinds: Array, part_keys: Array, at: int, width: int, place: int, limit: int,
) -> bool:  # fmt: skip
    """Whether a row's parts stand one after the other from a place on, all before the word `limit`. `number` is the
    post's in its table of `keys` and `heads`, `first` its first word."""
    for part in range(at, at + width):
        if place >= limit:
            return False
        kind = part_kinds[part]
        if kind in (WORD, GLUED):
            if word_keys[first + place] != part_keys[part] or (kind == GLUED and not glued[first + place]):
                return False
            place += 1
        else:
            # Where the beginning of a word stands is noted under a key of its own.
            if find(keys, heads, mask, number, at_place(part_keys[part], place)) < 0:
                return False
            place += 1
    return True


@compiled
def near(
    keys: Array, heads: Array, followers: Array, places: Array, mask: np.uint64, number: np.uint64, word_keys: Array,
    glued: Array, first: int, part_kinds: Array, part_keys: Array, at: int, limit: int,
) -> bool:  # fmt: skip
    """Whether the things of a NEAR stand near each other before the word `limit`."""
    things, slack = signed(part_keys[at]), signed(part_keys[at + 1])
    ordered = part_keys[at + 2] != np.uint64(0)
    widths = np.empty(things, np.int64)
    bounds = np.zeros(things + 1, np.int64)
    begins = np.empty(64, np.int64)
    written = 0
    part = at + 3
    longest = slack
    for thing in range(things):
        rows = signed(part_keys[part])
        widths[thing] = signed(part_keys[part + 1])
        longest += widths[thing]
        part += 2
        for _ in range(rows):
            length = signed(part_keys[part])
            entry = find(keys, heads, mask, number, part_keys[part + 1])
            while entry >= 0:
                place = signed(places[entry])
                if place < limit and stands(
                    keys, heads, mask, number, word_keys, glued, first, part_kinds, part_keys, part + 1, length, place,
                    limit,
                ):  # fmt: skip
                    if written == len(begins):
                        more = np.empty(4 * written, np.int64)
                        more[:written] = begins
                        begins = more
                    begins[written] = place
                    written += 1
                entry = signed(followers[entry])
            part += 1 + length
        bounds[thing + 1] = written
        if bounds[thing] == written:
            return False
        if rows > 1:
            begins[bounds[thing] : written] = np.sort(begins[bounds[thing] : written])
    pointers = bounds[:-1].copy()
    while ordered:
        start = begins[pointers[0]]
        after = start + widths[0]
        for thing in range(1, things):
            while pointers[thing] < bounds[thing + 1] and begins[pointers[thing]] < after:
                pointers[thing] += 1
            if pointers[thing] == bounds[thing + 1]:
                return False
            after = begins[pointers[thing]] + widths[thing]
        if after - start <= longest:
            return True
        pointers[0] += 1
        if pointers[0] == bounds[1]:
            return False
    while True:
        start, after = limit, 0
        for thing in range(things):
            begin = begins[pointers[thing]]
            start = min(start, begin)
            after = max(after, begin + widths[thing])
        if after - start <= longest:
            return True
        for thing in range(things):
            if begins[pointers[thing]] == start:
                pointers[thing] += 1
                if pointers[thing] == bounds[thing + 1]:
                    return False
