"""Whether one query's program holds for one post."""

from __future__ import annotations

from typing import Any

import numpy as np

from analytics.listening.engine.batch import Array
from analytics.listening.engine.compiling import compiled
from analytics.listening.engine.frequencies import signed
from analytics.listening.engine.keytable import Table, at_place, find
from analytics.listening.engine.leaves import GLUED, TAG, WORD
from analytics.listening.engine.programs import BETWEEN, FACT_LATER, IN_TITLE, KEY, ROW

# A program is two words per leaf: act (4 bits), flags (4), width (16), where to go if true and if false (20 each); and
# the value. Places to go are leaves counted from the program's first, or one of these.
YES = (1 << 20) - 1
NO = (1 << 20) - 2
NEGATED = 2

# What an answer may rest on that is not known.
LANGUAGE, SENTIMENT, EMOTION, LANGUAGE_UNASKED, SPELLING = 1, 2, 4, 8, 16

NO_MATCH, MATCH, PENDING, ASK_LANGUAGE, ASK_REFERENCE = range(5)


@compiled
def _stands(
    table: Table, keys: Array, glued: Array, first: int, count: int, part_kinds: Array, part_keys: Array, at: int,
    width: int, place: int, limit: int,
) -> bool:  # fmt: skip
    """Whether a row's parts stand one after the other from a place on, all before the word `limit`."""
    for part in range(at, at + width):
        kind = part_kinds[part]
        if kind in (WORD, GLUED):
            if place >= limit or keys[first + place] != part_keys[part]:
                return False
            if kind == GLUED and not glued[first + place]:
                return False
            place += 1
        else:
            slot = find(table, at_place(part_keys[part], place))
            if slot < 0:
                return False
            place += table.places[table.heads[slot]]
            if place > limit:
                return False
    return True


@compiled
def _row(
    table: Table, keys: Array, glued: Array, first: int, count: int, part_kinds: Array, part_keys: Array, at: int,
    width: int, limit: int,
) -> bool:  # fmt: skip
    """Whether a row stands anywhere before the word `limit`; tried where its rarest word is."""
    lead, fewest = 0, signed(-1)
    for part in range(at, at + width):
        slot = find(table, part_keys[part])
        if slot < 0:
            return False
        kind = part_kinds[part]
        if fewest < 0 or table.counts[slot] < table.counts[fewest]:
            lead, fewest = part - at, slot
        if kind == TAG:
            break  # as wide as its words in the post: what follows it cannot be counted back from
    entry = table.heads[fewest]
    while entry >= 0:
        place = table.places[entry] - lead
        if (
            place >= 0
            and place < limit
            and _stands(table, keys, glued, first, count, part_kinds, part_keys, at, width, place, limit)
        ):
            return True
        entry = table.followers[entry]
    return False


@compiled
def run(
    code: Array, begin: int, part_kinds: Array, part_keys: Array, part_numbers: Array, table: Table, keys: Array,
    glued: Array, first: int, count: int, in_title: int, numbers: Array, unknown: int, hopeful: bool,
) -> int:  # fmt: skip
    """Run a program with what is not known taken for the better (`hopeful`) or the worse. The lowest bit of the answer
    says whether it holds, the others (shifted by one) on what unknown things it met."""
    met = 0
    leaf = 0
    while True:
        head = code[2 * (begin + leaf)]
        value = code[2 * (begin + leaf) + 1]
        act = signed(head & np.uint64(15))
        flags = signed((head >> np.uint64(4)) & np.uint64(15))
        width = signed((head >> np.uint64(8)) & np.uint64(0xFFFF))
        holds: Any = False
        lacking = 0
        if act == KEY:
            slot = find(table, value)
            if slot >= 0:
                holds = flags & IN_TITLE == 0 or table.places[table.heads[slot]] < in_title
        elif act == ROW:
            limit = in_title if flags & IN_TITLE else count
            holds = _row(table, keys, glued, first, count, part_kinds, part_keys, signed(value), width, limit)
        elif act == BETWEEN:
            number = numbers[width]
            holds = number >= part_numbers[signed(value)] and number <= part_numbers[signed(value) + 1]
        elif act == FACT_LATER:
            holds = find(table, value) >= 0
            if not holds:
                lacking = unknown & (width | LANGUAGE_UNASKED if width == LANGUAGE else width)
        else:
            lacking = SPELLING
        if lacking:
            met |= lacking
            holds = hopeful == (flags & NEGATED == 0)
        leaf = signed((head >> np.uint64(24 if holds else 44)) & np.uint64(0xFFFFF))
        if leaf >= NO:
            return 2 * met + (1 if leaf == YES else 0)
