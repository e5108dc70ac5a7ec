"""Which keys the index looks for: for each query a set of which every matching post holds at least one.

Of an ALL the rarest branch is enough; of an ANY every branch is needed (the "covering terms" of the percolators of
Lucene and Elasticsearch). How rare a key is, is counted in the posts that come by (see frequencies.py). With each
anchor goes a guard: up to five more keys that must be there too when that anchor is what makes the query match, as
places in a bitmap of 4,096 bits that the kernel fills for each post. Most candidates fail there, before their program
is looked at.
"""

from __future__ import annotations

import numpy as np

from analytics.listening.engine.batch import Array
from analytics.listening.engine.compiling import compiled
from analytics.listening.engine.frequencies import share, signed
from analytics.listening.engine.programs import ALL, ANY, KEY, LEAF, NONE, ROW

NO_ANCHOR = np.float32(np.inf)
GUARDS = 5
_GUARD_BITS = 12
# How many leaves are looked at, at most, for the guards of one anchor.
_LOOKED_AT = 64


@compiled
def leaf_costs(
    acts: Array, widths: Array, values: Array, guesses: Array, leaves: Array, parts: Array, part_keys: Array,
    part_guesses: Array, counts: Array, costs: Array, keys: Array,
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
                    cost = share(counts, part_keys[part], part_guesses[part])
                    if cost < costs[leaf]:
                        costs[leaf] = cost
                        keys[leaf] = part_keys[part]


@compiled
def _add_guards(
    node: int, skipped: int, kinds: Array, sizes: Array, leaf_of: Array, acts: Array, widths: Array, values: Array,
    parts_first: int, part_keys: Array, part_guesses: Array, counts: Array, costs: Array, keys: Array,
    anchor: np.uint64, found: Array, found_costs: Array, number: int,
) -> int:  # fmt: skip
    """Add the keys that must be there for the ALL `node`, but for those of its child `skipped`, rarest first."""
    looked = 0
    end = node + sizes[node]
    child = node + 1 if kinds[node] == ALL else node
    while child < end and looked < _LOOKED_AT:
        if child == skipped or kinds[child] == ANY or kinds[child] == NONE:
            child += sizes[child]
            continue
        if kinds[child] == ALL:
            child += 1  # its children must be there like those of the node itself
            continue
        leaf = leaf_of[child]
        looked += 1
        if acts[leaf] == KEY:
            number = _keep(keys[leaf], costs[leaf], anchor, found, found_costs, number)
        elif acts[leaf] == ROW:
            first = parts_first + signed(values[leaf])
            for part in range(first, first + min(signed(widths[leaf]), _LOOKED_AT)):
                cost = share(counts, part_keys[part], part_guesses[part])
                number = _keep(part_keys[part], cost, anchor, found, found_costs, number)
        child += 1
    return number


@compiled
def _keep(key: np.uint64, cost: float, anchor: np.uint64, found: Array, found_costs: Array, number: int) -> int:
    """Insert a key into the short list of the rarest ones."""
    if key == anchor:
        return number
    for place in range(number):
        if found[place] == key:
            return number
    if number == GUARDS and cost >= found_costs[number - 1]:
        return number
    place = number if number < GUARDS else GUARDS - 1
    while place > 0 and found_costs[place - 1] > cost:
        found[place] = found[place - 1]
        found_costs[place] = found_costs[place - 1]
        place -= 1
    found[place] = key
    found_costs[place] = cost
    return min(number + 1, GUARDS)


@compiled
def choose(
    nodes: Array, kinds: Array, sizes: Array, leaves: Array, acts: Array, flags: Array, widths: Array, values: Array,
    parts: Array, part_keys: Array, part_guesses: Array, counts: Array, costs: Array, keys: Array,
    anchor_keys: Array, anchor_queries: Array, anchor_guards: Array,
) -> int:  # fmt: skip
    """Write the anchors of all queries: keys, query numbers (as -1 - number where the anchor alone makes the query
    match) and guards. Returns how many there are, or -1 - query for a query that has no anchor."""
    most = 1
    for query in range(len(nodes) - 1):
        most = max(most, nodes[query + 1] - nodes[query])
    best = np.empty(most, np.float64)
    leaf_of = np.empty(most, np.int64)
    pending = np.empty(most, np.int64)
    found = np.empty(GUARDS, np.uint64)
    found_costs = np.empty(GUARDS, np.float64)
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
            number = 0
            guard = np.uint64(0)
            if not plain:
                # From the root down to the anchor: what stands beside the way must be there too.
                above = 0
                while above != node:
                    child = above + 1
                    while child + span[child] <= node:
                        child += span[child]
                    if kind[above] == ALL:
                        number = _add_guards(
                            above, child, kind, span, leaf_of, acts, widths, values, parts[query], part_keys,
                            part_guesses, counts, costs, keys, key, found, found_costs, number,
                        )  # fmt: skip
                    above = child
                number = _add_guards(
                    node, -1, kind, span, leaf_of, acts, widths, values, parts[query], part_keys, part_guesses,
                    counts, costs, keys, key, found, found_costs, number,
                )  # fmt: skip
            for place in range(GUARDS):
                shown = found[place] if place < number else (found[0] if number else key)
                guard |= (shown >> np.uint64(64 - _GUARD_BITS)) << np.uint64(_GUARD_BITS * place)
            anchor_keys[written] = key
            anchor_queries[written] = -1 - query if plain else query
            anchor_guards[written] = guard
            written += 1
    return written


@compiled
def guard_place(key: np.uint64) -> np.uint64:
    """Where a key stands in the bitmap that guards look at."""
    return key >> np.uint64(64 - _GUARD_BITS)
