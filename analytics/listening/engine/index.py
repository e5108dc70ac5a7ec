"""The index over many queries, built from their flat trees: what to look for, and what to do when it is there."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from analytics.listening.engine.batch import Array
from analytics.listening.engine.choosing import Flat, choose, leaf_costs
from analytics.listening.engine.compiling import compiled
from analytics.listening.engine.frequencies import Frequencies, signed
from analytics.listening.engine.hashing import hash_key, hash_prefix
from analytics.listening.engine.leaves import GLUED, PREFIX
from analytics.listening.engine.programs import ALL, BETWEEN, GLOB, KEY, LEAF, NEAR, NONE, ROW, Programs

_HEAD_BITS = 12
# A program is two words per leaf: act (4 bits), flags (4), width (16), where to go if true and if false (20 each); and
# the value. Places to go are leaves counted from the program's first, or one of these.
YES = (1 << 20) - 1
NO = (1 << 20) - 2
NEGATED = 2
LONG = 63  # the bit of a head's lengths that stands for all lengths from this on


class Index(NamedTuple):
    """What the kernel reads. A key's slot leads to its postings, which have a query each (as -1 - query where the key
    alone is enough) and a guard. Beginnings of words that any query asks for have a slot too, with or without postings.
    """

    sieve: Array  # uint64 (power of two): a bit for each key that has a slot
    slots: Array  # uint64 (power of two): keys
    entries: Array  # int32: the entry of the slot's key, or -1
    postings: Array  # int32 (entries + 1)
    queries: Array  # int32
    guards: Array  # uint64
    code: Array  # uint64: see above
    begins: Array  # int32 (queries): the first leaf of each program
    part_kinds: Array  # uint8
    part_keys: Array  # uint64
    part_numbers: Array  # float64: the same memory
    heads: Array  # uint64 (4096): for two first characters, the lengths of the beginnings to look for
    longest: Array  # int64 (1): the longest such beginning, 0 for none
    pairs: Array  # bool (1): whether any key may be that of a pair of glued words


def nbytes(index: Index) -> int:
    """The memory of an index, in bytes."""
    return sum(part.nbytes for part in index) - index.part_numbers.nbytes


@compiled
def head_place(state: np.uint64) -> int:
    """Where the hash of a word's first two characters has its lengths in `heads`."""
    return signed(state >> np.uint64(64 - _HEAD_BITS))


@compiled
def _write_code(
    nodes: Array, kinds: Array, sizes: Array, leaves: Array, acts: Array, flags: Array, widths: Array, values: Array,
    parts: Array, code: Array,
) -> None:  # fmt: skip
    most = 1
    for query in range(len(nodes) - 1):
        most = max(most, nodes[query + 1] - nodes[query])
    if_true = np.empty(most, np.int64)
    if_false = np.empty(most, np.int64)
    negated = np.empty(most, np.bool_)
    before = np.empty(most + 1, np.int64)  # leaves before the node
    for query in range(len(nodes) - 1):
        base = nodes[query]
        size = nodes[query + 1] - base
        leaf = 0
        for node in range(size):
            before[node] = leaf
            if kinds[base + node] == LEAF:
                leaf += 1
        before[size] = leaf
        if_true[0], if_false[0], negated[0] = YES, NO, False
        for node in range(size):
            kind = kinds[base + node]
            if kind == LEAF:
                at = leaves[query] + before[node]
                flag = signed(flags[at])
                if negated[node]:
                    flag |= NEGATED
                head = signed(acts[at]) | flag << 4 | signed(widths[at]) << 8
                head |= if_true[node] << 24 | if_false[node] << 44
                code[2 * at] = np.uint64(head)
                code[2 * at + 1] = values[at]
                if acts[at] in (ROW, NEAR, BETWEEN, GLOB):
                    code[2 * at + 1] += np.uint64(parts[query])
                continue
            child = node + 1
            end = node + sizes[base + node]
            while child < end:
                following = child + signed(sizes[base + child])
                negated[child] = negated[node]
                if kind == NONE:
                    if_true[child], if_false[child] = if_false[node], if_true[node]
                    negated[child] = not negated[node]
                elif kind == ALL:
                    if_true[child] = before[following] if following < end else if_true[node]
                    if_false[child] = if_false[node]
                else:
                    if_true[child] = if_true[node]
                    if_false[child] = before[following] if following < end else if_false[node]
                child = following


@compiled
def _fill_slots(keys: Array, sieve: Array, slots: Array, entries: Array) -> None:
    mask = np.uint64(len(slots) - 1)
    for entry in range(len(keys)):
        key = keys[entry]
        bit = key & np.uint64(64 * len(sieve) - 1)
        sieve[bit >> np.uint64(6)] |= np.uint64(1) << (bit & np.uint64(63))
        slot = (key >> np.uint64(20)) & mask
        while entries[slot] >= 0:
            slot = (slot + np.uint64(1)) & mask
        slots[slot] = key
        entries[slot] = entry


@compiled
def entry_of(sieve: Array, slots: Array, entries: Array, key: np.uint64) -> int:
    """The entry of a key, or -1."""
    bit = key & np.uint64(64 * len(sieve) - 1)
    if (sieve[bit >> np.uint64(6)] >> (bit & np.uint64(63))) & np.uint64(1) == np.uint64(0):
        return -1
    mask = np.uint64(len(slots) - 1)
    slot = (key >> np.uint64(20)) & mask
    while entries[slot] >= 0:
        if slots[slot] == key:
            return signed(entries[slot])
        slot = (slot + np.uint64(1)) & mask
    return -1


def _power(least: int) -> int:
    return 1 << max(least - 1, 1).bit_length()


def _beginnings(programs: Programs, stems: frozenset[str]) -> tuple[Array, Array, Array]:
    """The beginnings of words that the programs ask for: keys, lengths by first characters, and the longest."""
    asked = np.concatenate(
        [programs.values[(programs.acts == KEY) & (programs.widths == PREFIX)],
         programs.part_keys[programs.part_kinds == PREFIX]]
    )  # fmt: skip
    used = set(asked.tolist())
    heads, keys, longest = np.zeros(1 << _HEAD_BITS, np.uint64), [], 0
    for stem in stems:
        key = hash_prefix(stem)
        if key in used:
            keys.append(key)
            longest = max(longest, len(stem))
            place = hash_key(stem[:2]) >> (64 - _HEAD_BITS)
            heads[place] |= np.uint64(1 << min(len(stem), LONG))
    return np.array(keys, np.uint64), heads, np.array([longest], np.int64)


def assemble(programs: Programs, stems: frozenset[str], frequencies: Frequencies) -> Index:
    """The index of all programs. `stems` holds at least the beginnings of words that they ask for. Raises ValueError
    for a query without an anchor (`parse` never gives one)."""
    leaf_count = len(programs.acts)
    costs, keys = np.empty(leaf_count, np.float64), np.empty(leaf_count, np.uint64)
    leaf_costs(
        programs.acts, programs.widths, programs.values, programs.guesses, programs.leaves, programs.parts,
        programs.part_kinds, programs.part_keys, programs.part_guesses, frequencies.counts, costs, keys,
    )  # fmt: skip
    anchor_keys, anchor_guards = np.empty(leaf_count, np.uint64), np.empty(leaf_count, np.uint64)
    anchor_queries = np.empty(leaf_count, np.int32)
    flat = Flat(
        programs.nodes, programs.kinds, programs.sizes, programs.leaves, programs.acts, programs.flags, programs.widths,
        programs.values, programs.parts, programs.part_kinds, programs.part_keys, programs.part_guesses,
        frequencies.counts, costs, keys,
    )  # fmt: skip
    written = choose(flat, anchor_keys, anchor_queries, anchor_guards)
    if written < 0:
        raise ValueError("a query must have a term that every matching text contains")
    order = np.argsort(anchor_keys[:written], kind="stable")
    beginnings, heads, longest = _beginnings(programs, stems)
    distinct = np.unique(np.concatenate([anchor_keys[:written], beginnings]))
    postings = np.searchsorted(anchor_keys[:written][order], distinct)
    sieve = np.zeros(max(_power(16 * len(distinct)) // 64, 1), np.uint64)
    slots = np.zeros(_power(2 * len(distinct) + 2), np.uint64)
    entries = np.full(len(slots), -1, np.int32)
    _fill_slots(distinct, sieve, slots, entries)
    code = np.empty(2 * leaf_count, np.uint64)
    _write_code(
        programs.nodes, programs.kinds, programs.sizes, programs.leaves, programs.acts, programs.flags,
        programs.widths, programs.values, programs.parts, code,
    )  # fmt: skip
    return Index(
        sieve, slots, entries, np.append(postings, written).astype(np.int32),
        anchor_queries[:written][order], anchor_guards[:written][order],
        code, programs.leaves[:-1].astype(np.int32), programs.part_kinds, programs.part_keys,
        programs.part_keys.view(np.float64), heads, longest,
        np.array([(programs.part_kinds == GLUED).any()]),
    )  # fmt: skip
