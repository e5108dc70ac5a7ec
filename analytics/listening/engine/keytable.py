"""One post's keys in a small hash table that stays in the nearest cache, and where each of them stands."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from analytics.listening.engine.batch import Array
from analytics.listening.engine.compiling import compiled
from analytics.listening.engine.frequencies import signed

NOWHERE = 2**31 - 1
_PLACE = np.uint64(0x9E3779B97F4A7C15)
_LOW = np.uint64(0xFFFF_FFFF)


class Table(NamedTuple):
    """An open hash table of keys; each slot heads a chain of entries in reading order. The upper half of a slot's
    `heads` is the number of the post that it was used for last (so nothing is cleared between posts), the lower half
    its first entry. `places` is the word at which an entry stands, NOWHERE for a fact."""

    keys: Array  # uint64 (power of two)
    heads: Array  # uint64
    entry_keys: Array  # uint64
    followers: Array  # int32: the next entry of the chain, or -1
    places: Array  # int32
    posts: Array  # int64 (2): how many posts have used it; something that is written only to be written


def table(entries: int) -> Table:
    """Room for so many entries a post."""
    slots = slots_for(entries)
    return Table(
        np.empty(slots, np.uint64),
        np.zeros(slots, np.uint64),
        np.empty(entries, np.uint64),
        np.empty(entries, np.int32),
        np.empty(entries, np.int32),
        np.zeros(2, np.int64),
    )


@compiled
def slots_for(entries: int) -> int:
    """How many slots so many entries need: a power of two."""
    slots = 64
    while slots < 2 * entries:
        slots *= 2
    return slots


@compiled
def chain(table: Table, post: int, mask: np.uint64, count: int) -> None:
    """Put the first `count` entries, which are written, into the slots. Entries of one key come last to first."""
    keys, heads, followers, entry_keys = table.keys, table.heads, table.followers, table.entry_keys
    stamp = np.uint64(post)
    for entry in range(count):
        key = entry_keys[entry]
        slot = (key >> np.uint64(20)) & mask
        while heads[slot] >> np.uint64(32) == stamp and keys[slot] != key:
            slot = (slot + np.uint64(1)) & mask
        if heads[slot] >> np.uint64(32) == stamp:
            followers[entry] = np.int32(heads[slot] & _LOW)
        else:
            keys[slot] = key
            followers[entry] = -1
        heads[slot] = (stamp << np.uint64(32)) | np.uint64(entry)


@compiled
def find(keys: Array, heads: Array, mask: np.uint64, post: np.uint64, key: np.uint64) -> int:
    """The first entry of a key, or -1."""
    slot = (key >> np.uint64(20)) & mask
    while heads[slot] >> np.uint64(32) == post:
        if keys[slot] == key:
            return signed(heads[slot] & _LOW)
        slot = (slot + np.uint64(1)) & mask
    return -1


@compiled
def at_place(key: np.uint64, place: int) -> np.uint64:
    """The key under which it is noted that a tag or a beginning of a word stands at a place."""
    mixed = (key ^ (np.uint64(place) + np.uint64(1))) * _PLACE
    return mixed ^ (mixed >> np.uint64(29))
