"""One post's keys in a small hash table that stays in the nearest cache, and where each of them stands."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from analytics.listening.engine.batch import Array
from analytics.listening.engine.compiling import compiled
from analytics.listening.engine.frequencies import signed

NOWHERE = np.int32(2**31 - 1)
_PLACE = np.uint64(0x9E3779B97F4A7C15)


class Table(NamedTuple):
    """An open hash table of keys; each slot heads a chain of entries in reading order. A slot is in use where its
    stamp is the post's, so that nothing is cleared between posts. `places` is the word at which an entry stands,
    NOWHERE for a fact."""

    keys: Array  # uint64 (power of two)
    stamps: Array  # int32
    heads: Array  # int32
    counts: Array  # int32: how many entries the chain has
    followers: Array  # int32: the next entry of the chain, or -1
    places: Array  # int32
    state: Array  # int64 (3): entries used, the mask of this post's slots, the stamp


ENTRIES, MASK, STAMP = range(3)


def table(entries: int) -> Table:
    """Room for so many entries a post."""
    slots = 64
    while slots < 2 * entries:
        slots *= 2
    return Table(
        np.empty(slots, np.uint64),
        np.zeros(slots, np.int32),
        np.empty(slots, np.int32),
        np.empty(slots, np.int32),
        np.empty(max(entries, 1), np.int32),
        np.empty(max(entries, 1), np.int32),
        np.zeros(3, np.int64),
    )


@compiled
def clear(table: Table, entries: int) -> None:
    """Begin a post of at most so many entries."""
    slots = signed(64)
    while slots < 2 * entries:
        slots *= 2
    table.state[ENTRIES] = 0
    table.state[MASK] = slots - 1
    table.state[STAMP] += 1


@compiled
def add(table: Table, key: np.uint64, place: np.int32) -> None:
    """Put an entry before those of its key: entries come last to first."""
    mask = np.uint64(table.state[MASK])
    stamp = np.int32(table.state[STAMP])
    slot = (key >> np.uint64(20)) & mask
    while table.stamps[slot] == stamp and table.keys[slot] != key:
        slot = (slot + np.uint64(1)) & mask
    entry = np.int32(table.state[ENTRIES])
    table.state[ENTRIES] += 1
    table.places[entry] = place
    if table.stamps[slot] == stamp:
        table.followers[entry] = table.heads[slot]
        table.counts[slot] += np.int32(1)
    else:
        table.stamps[slot] = stamp
        table.keys[slot] = key
        table.followers[entry] = np.int32(-1)
        table.counts[slot] = np.int32(1)
    table.heads[slot] = entry


@compiled
def find(table: Table, key: np.uint64) -> int:
    """The slot of a key, or -1."""
    mask = np.uint64(table.state[MASK])
    stamp = np.int32(table.state[STAMP])
    slot = (key >> np.uint64(20)) & mask
    while table.stamps[slot] == stamp:
        if table.keys[slot] == key:
            return signed(slot)
        slot = (slot + np.uint64(1)) & mask
    return signed(-1)


@compiled
def at_place(key: np.uint64, place: int) -> np.uint64:
    """The key under which it is noted that a tag or a beginning of a word stands at a place."""
    mixed = (key ^ (np.uint64(place) + np.uint64(1))) * _PLACE
    return mixed ^ (mixed >> np.uint64(29))
