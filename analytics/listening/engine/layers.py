"""A layer: queries with the index over them. Never changes once built."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from analytics.listening.engine import index as indexing
from analytics.listening.engine.batch import Array
from analytics.listening.engine.besides import Asked, asked_for
from analytics.listening.engine.frequencies import Frequencies
from analytics.listening.engine.index import Index, assemble
from analytics.listening.engine.programs import BETWEEN, IN_TITLE, Programs, flatten, joined
from analytics.listening.facts import MEASURED
from analytics.listening.tree import Node

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Layer(Generic[K]):
    """`keys[i]` is the caller's key of query i, `places` the way back. `trees` has the trees of queries for which the
    reference may have to be asked."""

    keys: tuple[K, ...]
    places: Mapping[K, int]
    programs: Programs
    index: Index
    trees: Mapping[int, Node]
    stems: frozenset[str]
    facts: frozenset[str]
    asked: Asked

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def nbytes(self) -> int:
        """Memory of the arrays, in bytes."""
        return self.programs.nbytes + indexing.nbytes(self.index)


def build(queries: Iterable[tuple[K, Node]], frequencies: Frequencies) -> Layer[K]:
    """A layer of these queries. Raises ValueError for a query without an anchor and for a key that comes twice."""
    pairs = list(queries)
    flat = flatten(node for _, node in pairs)
    trees = {place: pairs[place][1] for place, unsure in enumerate(flat.unsure) if unsure}
    return _laid(tuple(key for key, _ in pairs), flat.programs, trees, flat.stems, flat.facts, frequencies)


def merged(several: Sequence[tuple[Layer[K], Array]], frequencies: Frequencies) -> Layer[K]:
    """A layer of the given queries of several layers: their numbers, ascending."""
    keys: list[K] = []
    trees: dict[int, Node] = {}
    for layer, wanted in several:
        offset = len(keys)
        numbers = wanted.tolist()
        keys += [layer.keys[number] for number in numbers]
        trees.update(
            (offset + place, layer.trees[number]) for place, number in enumerate(numbers) if number in layer.trees
        )
    return _laid(
        tuple(keys),
        joined([layer.programs.chosen(wanted) for layer, wanted in several]),
        trees,
        frozenset[str]().union(*(layer.stems for layer, _ in several)),
        frozenset[str]().union(*(layer.facts for layer, _ in several)),
        frequencies,
    )


def _laid(
    keys: tuple[K, ...],
    programs: Programs,
    trees: Mapping[int, Node],
    stems: frozenset[str],
    facts: frozenset[str],
    frequencies: Frequencies,
) -> Layer[K]:
    places = {key: place for place, key in enumerate(keys)}
    if len(places) < len(keys):
        raise ValueError("two queries have the same key")
    asked = asked_for(
        stems,
        facts,
        numbers=[MEASURED[number] for number in np.unique(programs.widths[programs.acts == BETWEEN]).tolist()],
        titles=bool((programs.flags & IN_TITLE).any()),
    )
    return Layer(keys, places, programs, assemble(programs, stems, frequencies), trees, stems, facts, asked)


def everything(layer: Layer[K]) -> Array:
    """The numbers of all queries of a layer."""
    return np.arange(len(layer))
