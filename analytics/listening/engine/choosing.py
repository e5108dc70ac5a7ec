"""Which keys the index looks for: for each query a set of which every matching post holds at least one.

Of an ALL the rarest branch is enough; of an ANY every branch is needed (the "covering terms" of the percolators of
Lucene and Elasticsearch). Of glued words it is not each that is looked for but each pair of them (see pairs.py). How
rare a key is, is counted in the posts that come by (see frequencies.py). With each anchor goes a guard: what else must
be there when that anchor is what makes the query match, as five places in a bitmap of 4,096 bits that the kernel fills
for each post. The first of them are keys that are all needed, the others keys of which one is needed. Most candidates
fail there, before their program is looked at.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from analytics.listening.engine.batch import Array
from analytics.listening.engine.compiling import compiled
from analytics.listening.engine.frequencies import share, signed
from analytics.listening.engine.leaves import GLUED
from analytics.listening.engine.pairs import pair_key, pair_share
from analytics.listening.engine.programs import ALL, ANY, KEY, LEAF, NONE, ROW

NO_ANCHOR = np.float32(np.inf)
GUARDS = 5
_GUARD_BITS = 12
# How many leaves are looked at, at most, for the guards of one anchor.
_LOOKED_AT = 64


@compiled
def _row_key(
    part_kinds: Array, part_keys: Array, part_guesses: Array, counts: Array, part: int
) -> tuple[np.uint64, float]:
    """The key by which a part of a row is looked for, and its share of posts."""
    if part_kinds[part] == GLUED:
        return pair_key(part_keys[part - 1], part_keys[part]), pair_share(counts, part_keys, part_guesses, part)
    return part_keys[part], share(counts, part_keys[part], part_guesses[part])


@compiled
def leaf_costs(
    acts: Array, widths: Array, values: Array, guesses: Array, leaves: Array, parts: Array, part_kinds: Array,
    part_keys: Array, part_guesses: Array, counts: Array, costs: Array, keys: Array,
) -> None:  # fmt: skip
    """For each leaf the share of posts that hold its rarest key, and that key; infinite where it has none."""
    for query in range(len(leaves) - 1):
        for leaf in range(leaves[query], leaves[query + 1]):
            costs[leaf] = np.inf
            keys[leaf] = 0
            if acts[leaf] == KEY:
                keys[leaf] = values[leaf]
                costs[leaf] = share(counts, values[leaf], guesses[leaf])
            elif acts[leaf] == ROW:
                first = parts[query] + signed(values[leaf])
                for part in range(first, first + widths[leaf]):
                    key, cost = _row_key(part_kinds, part_keys, part_guesses, counts, part)
                    # Of a pair and a word that look equally rare the pair is rarer.
                    if cost < costs[leaf] or (cost == costs[leaf] and part_kinds[part] == GLUED):
                        costs[leaf] = cost
                        keys[leaf] = key


@compiled
def guard_place(key: np.uint64) -> np.uint64:
    """Where a key stands in the bitmap that guards look at."""
    return key >> np.uint64(64 - _GUARD_BITS)


class Flat(NamedTuple):
    """What `choose` reads of Programs, and of each leaf the rarest key with its share of posts."""

    nodes: Array
    kinds: Array
    sizes: Array
    leaves: Array
    acts: Array
    flags: Array
    widths: Array
    values: Array
    parts: Array
    part_kinds: Array
    part_keys: Array
    part_guesses: Array
    counts: Array
    costs: Array
    keys: Array


class Guard(NamedTuple):
    """A guard in the making: up to five keys that are all needed, rarest first, and up to five of which one is."""

    needed: Array  # uint64 (5)
    needed_costs: Array  # float64 (5)
    group: Array  # uint64 (5)
    sizes: Array  # int64 (2): how many are needed, how many are in the group
    group_cost: Array  # float64 (1)
    tried: Array  # uint64 (5)


@compiled
def _keep(guard: Guard, key: np.uint64, cost: float, anchor: np.uint64) -> None:
    """Insert a needed key into the short list of the rarest ones."""
    found, costs, number = guard.needed, guard.needed_costs, guard.sizes[0]
    if key == anchor:
        return
    for place in range(number):
        if found[place] == key:
            return
    if number == GUARDS and cost >= costs[number - 1]:
        return
    place = number if number < GUARDS else GUARDS - 1
    while place > 0 and costs[place - 1] > cost:
        found[place] = found[place - 1]
        costs[place] = costs[place - 1]
        place -= 1
    found[place] = key
    costs[place] = cost
    guard.sizes[0] = min(number + 1, GUARDS)


@compiled
def _try_group(flat: Flat, node: int, leaf: int, guard: Guard) -> None:
    """Take the ANY `node`, of which `leaf` is the first leaf, for the guard's group if it is rarer than what is there
    and each branch has a key."""
    kinds, sizes, costs, keys = flat.kinds, flat.sizes, flat.costs, flat.keys
    number, total = 0, 0.0
    child = node + 1
    end = node + sizes[node]
    while child < end:
        if number == GUARDS:
            return
        best = np.inf
        # Of a branch that is an ALL, the leaves right below it.
        inner = child
        stop = child + sizes[child]
        if kinds[child] == ALL:
            inner += 1
        elif kinds[child] != LEAF:
            return
        while inner < stop:
            if kinds[inner] == LEAF:
                if costs[leaf] < best:
                    best = costs[leaf]
                    guard.tried[number] = keys[leaf]
                leaf += 1
                inner += 1
            else:
                for below in range(inner, inner + sizes[inner]):
                    if kinds[below] == LEAF:
                        leaf += 1
                inner += sizes[inner]
        if not best < np.inf:
            return
        number += 1
        total += best
        child = stop
    if total < guard.group_cost[0]:
        guard.group_cost[0] = total
        guard.sizes[1] = number
        guard.group[:] = guard.tried


@compiled
def _add_guards(
    flat: Flat, base: int, leaf_of: Array, node: int, skipped: int, parts: int, anchor: np.uint64, guard: Guard
) -> None:
    """Add what must be there for the ALL (or leaf) `node` of the query that begins at node `base`, but for what its
    child `skipped` needs."""
    kinds, sizes = flat.kinds, flat.sizes
    looked = 0
    end = node + sizes[base + node]
    child = node + 1 if kinds[base + node] == ALL else node
    while child < end and looked < _LOOKED_AT:
        kind = kinds[base + child]
        if child == skipped or kind == NONE:
            child += sizes[base + child]
        elif kind == ANY:
            looked += 1
            _try_group(flat, base + child, leaf_of[child], guard)
            child += sizes[base + child]
        elif kind == ALL:
            child += 1  # its children must be there like those of the node itself
        else:
            leaf = leaf_of[child]
            looked += 1
            if flat.acts[leaf] == KEY:
                _keep(guard, flat.keys[leaf], flat.costs[leaf], anchor)
            elif flat.acts[leaf] == ROW:
                first = parts + signed(flat.values[leaf])
                end_of_row = first + signed(flat.widths[leaf])
                for part in range(first, min(end_of_row, first + _LOOKED_AT)):
                    if part + 1 < end_of_row and flat.part_kinds[part] != GLUED and flat.part_kinds[part + 1] == GLUED:
                        continue  # the pair says more
                    key, cost = _row_key(flat.part_kinds, flat.part_keys, flat.part_guesses, flat.counts, part)
                    _keep(guard, key, cost, anchor)
            child += 1


@compiled
def _packed(guard: Guard, anchor: np.uint64) -> np.uint64:
    """The guard as one number: how many keys are needed (4 bits), and five places."""
    needed, group = guard.sizes[0], guard.sizes[1]
    if group:
        # With the group there is room for fewer that are needed; what lets fewer posts pass is taken.
        fewer = min(needed, GUARDS - group)
        with_group, without = min(guard.group_cost[0], 1.0), 1.0
        for place in range(needed):
            without *= guard.needed_costs[place]
            if place < fewer:
                with_group *= guard.needed_costs[place]
        if with_group < without:
            needed = fewer
        else:
            group = 0
    packed = np.uint64(needed if group else GUARDS) << np.uint64(_GUARD_BITS * GUARDS)
    for place in range(GUARDS):
        if place < needed:
            key = guard.needed[place]
        elif group:
            key = guard.group[min(place - needed, group - 1)]
        else:
            key = guard.needed[0] if needed else anchor
        packed |= guard_place(key) << np.uint64(_GUARD_BITS * place)
    return packed


@compiled
def choose(flat: Flat, anchor_keys: Array, anchor_queries: Array, anchor_guards: Array) -> int:
    """Write the anchors of all queries: keys, query numbers (as -1 - number where the anchor alone makes the query
    match) and guards. Returns how many there are, or -1 - query for a query that has no anchor."""
    nodes, kinds, sizes, leaves = flat.nodes, flat.kinds, flat.sizes, flat.leaves
    acts, flags, costs, keys, parts = flat.acts, flat.flags, flat.costs, flat.keys, flat.parts
    most = 1
    for query in range(len(nodes) - 1):
        most = max(most, nodes[query + 1] - nodes[query])
    best = np.empty(most, np.float64)
    leaf_of = np.empty(most, np.int64)
    pending = np.empty(most, np.int64)
    guard = Guard(
        np.empty(GUARDS, np.uint64), np.empty(GUARDS, np.float64), np.empty(GUARDS, np.uint64), np.zeros(2, np.int64),
        np.empty(1, np.float64), np.empty(GUARDS, np.uint64),
    )  # fmt: skip
    written = 0
    for query in range(len(nodes) - 1):
        base = nodes[query]
        size = nodes[query + 1] - base
        kind = kinds[base : base + size]
        span = sizes[base : base + size]
        leaf = leaves[query]
        plain = True
        for node in range(size):
            leaf_of[node] = leaf
            if kind[node] == LEAF:
                plain = plain and acts[leaf] == KEY and flags[leaf] == 0
                leaf += 1
            else:
                plain = plain and kind[node] == ANY
        for node in range(size - 1, -1, -1):
            if kind[node] == LEAF:
                best[node] = costs[leaf_of[node]]
            elif kind[node] == NONE:
                best[node] = np.inf
            else:
                total = 0.0 if kind[node] == ANY else np.inf
                child = node + 1
                while child < node + span[node]:
                    total = total + best[child] if kind[node] == ANY else min(total, best[child])
                    child += span[child]
                best[node] = total
        if not best[0] < np.inf:
            return -1 - query
        waiting = 1
        pending[0] = 0
        while waiting:
            waiting -= 1
            node = pending[waiting]
            if kind[node] != LEAF:
                chosen = -1
                child = node + 1
                while child < node + span[node]:
                    if kind[node] == ANY:
                        pending[waiting] = child
                        waiting += 1
                    elif chosen < 0 or best[child] < best[chosen]:
                        chosen = child
                    child += span[child]
                if kind[node] == ALL:
                    pending[waiting] = chosen
                    waiting += 1
                continue
            key = keys[leaf_of[node]]
            guard.sizes[:] = 0
            guard.group_cost[0] = np.inf
            if not plain:
                # From the root down to the anchor: what stands beside the way must be there too.
                above = 0
                while above != node:
                    child = above + 1
                    while child + span[child] <= node:
                        child += span[child]
                    if kind[above] == ALL:
                        _add_guards(flat, base, leaf_of, above, child, parts[query], key, guard)
                    above = child
                _add_guards(flat, base, leaf_of, node, -1, parts[query], key, guard)
            anchor_keys[written] = key
            anchor_queries[written] = -1 - query if plain else query
            anchor_guards[written] = _packed(guard, key)
            written += 1
    return written
