"""Queries as flat arrays: what the kernel needs of each tree, before it is decided what the index looks for first.

A tree becomes its nodes in pre-order and its leaves from left to right. What the kernel cannot decide alone (spelling,
patterns, some nearness) becomes "what must be there at least, and UNSURE"; such a query is asked of the reference for
the posts of which nothing else is left to know.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from analytics.listening.engine import globs, leaves, nearness
from analytics.listening.engine.leaves import Part
from analytics.listening.facts import LATE, MEASURED
from analytics.listening.tree import (
    And,
    Between,
    Cased,
    Cashtag,
    Handle,
    Hashtag,
    Is,
    Near,
    Node,
    Not,
    Or,
    Pattern,
    Phrase,
    Prefix,
    Term,
    Title,
)

Array: TypeAlias = npt.NDArray[Any]

# Kinds of nodes.
ALL, ANY, NONE, LEAF = range(4)
# What a leaf does.
KEY, ROW, NEAR, BETWEEN, FACT_LATER, UNSURE, GLOB = range(7)
# Flags of leaves.
IN_TITLE = 1
# Longest row of words that the kernel compares itself.
LONGEST_ROW = 4095


@dataclass(frozen=True, slots=True)
class Flat:
    """Flat trees with what is said of them in words. `unsure[i]`: the reference must be asked where the kernel is
    unsure of tree i. `stems`: beginnings of words that are asked for. `facts`: keys of facts, as `Facts.keys()` has
    them."""

    programs: Programs
    unsure: list[bool]
    stems: frozenset[str]
    facts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Programs:
    """`n` trees. `nodes[i]:nodes[i + 1]` are those of tree i in `kinds` (ALL, ANY, NONE, LEAF) and `sizes` (nodes of
    the subtree, itself included); likewise `leaves` for `acts` (KEY, ROW …), `flags`, `widths`, `values`, `guesses`,
    and `parts` for `part_kinds`, `part_keys`, `part_guesses`. `widths` and `values`, by act:

    - KEY: the kind of its part; its key.
    - ROW, NEAR, GLOB: how many parts; the first of them, counted from the tree's first. Of a NEAR and a GLOB see
      nearness.py and globs.py.
    - BETWEEN: the number's place in facts.MEASURED; the part whose key holds the lower bound as a float's bits (the
      next one holds the upper).
    - FACT_LATER: the bit of its field in facts.LATE; its key.
    """

    nodes: Array
    kinds: Array
    sizes: Array
    leaves: Array
    acts: Array
    flags: Array
    widths: Array
    values: Array
    guesses: Array
    parts: Array
    part_kinds: Array
    part_keys: Array
    part_guesses: Array

    def __len__(self) -> int:
        return len(self.nodes) - 1

    @property
    def nbytes(self) -> int:
        return sum(getattr(self, name).nbytes for name in self.__slots__)

    def chosen(self, wanted: Array) -> Programs:
        """Only the trees at the given numbers, in that order."""
        nodes, at_nodes = _rows(self.nodes, wanted)
        leaf_bounds, at_leaves = _rows(self.leaves, wanted)
        parts, at_parts = _rows(self.parts, wanted)
        return Programs(
            nodes, self.kinds[at_nodes], self.sizes[at_nodes],
            leaf_bounds, self.acts[at_leaves], self.flags[at_leaves], self.widths[at_leaves], self.values[at_leaves],
            self.guesses[at_leaves],
            parts, self.part_kinds[at_parts], self.part_keys[at_parts], self.part_guesses[at_parts],
        )  # fmt: skip


def _rows(bounds: Array, wanted: Array) -> tuple[Array, Array]:
    """Bounds of the wanted rows laid one after the other, and the places that they come from."""
    first, length = bounds[wanted], bounds[wanted + 1] - bounds[wanted]
    laid = np.zeros(len(wanted) + 1, np.int64)
    np.cumsum(length, out=laid[1:])
    return laid, np.arange(laid[-1]) - np.repeat(laid[:-1] - first, length)


def joined(several: Sequence[Programs]) -> Programs:
    """All trees of several, one after the other."""

    def together(name: str) -> Array:
        return np.concatenate([getattr(programs, name) for programs in several])

    def bounds(name: str) -> Array:
        lengths = [np.diff(getattr(programs, name)) for programs in several]
        return np.concatenate([np.zeros(1, np.int64), np.cumsum(np.concatenate(lengths), dtype=np.int64)])

    return Programs(
        *(bounds(name) if name in ("nodes", "leaves", "parts") else together(name) for name in Programs.__slots__)
    )


def flatten(trees: Iterable[Node]) -> Flat:
    """The trees as arrays."""
    writer = _Writer()
    for tree in trees:
        writer.add(tree)
    return Flat(writer.programs(), writer.unsure, frozenset(writer.stems), frozenset(writer.facts))


class _Writer:
    def __init__(self) -> None:
        self.unsure: list[bool] = []
        self.stems: set[str] = set()
        self.facts: set[str] = set()
        self._nodes, self._leaves, self._parts = array("q", [0]), array("q", [0]), array("q", [0])
        self._kinds, self._sizes = array("B"), array("i")
        self._acts, self._flags, self._widths = array("B"), array("B"), array("H")
        self._values, self._guesses = array("Q"), array("f")
        self._part_kinds, self._part_keys, self._part_guesses = array("B"), array("Q"), array("f")
        self._words: dict[str, list[Part]] = {}
        self._flag = 0

    def programs(self) -> Programs:
        return Programs(
            *(
                np.array(column, dtype=column.typecode)
                for column in (
                    self._nodes, self._kinds, self._sizes,
                    self._leaves, self._acts, self._flags, self._widths, self._values, self._guesses,
                    self._parts, self._part_kinds, self._part_keys, self._part_guesses,
                )
            )
        )  # fmt: skip

    def add(self, tree: Node) -> None:
        self._flag = 0
        self.unsure.append(False)
        self._write(tree)
        self._nodes.append(len(self._kinds))
        self._leaves.append(len(self._acts))
        self._parts.append(len(self._part_kinds))

    def _open(self, kind: int) -> int:
        self._kinds.append(kind)
        self._sizes.append(1)
        return len(self._kinds) - 1

    def _close(self, node: int) -> None:
        self._sizes[node] = len(self._kinds) - node

    def _leaf(self, act: int, width: int = 0, value: int = 0, guess: float = 0.0) -> None:
        self._open(LEAF)
        self._acts.append(act)
        self._flags.append(self._flag)
        self._widths.append(width)
        self._values.append(value)
        self._guesses.append(guess)

    def _part(self, part: Part) -> None:
        self._part_kinds.append(part.kind)
        self._part_keys.append(part.key)
        self._part_guesses.append(part.guess)

    def _key(self, part: Part) -> None:
        self._leaf(KEY, part.kind, part.key, part.guess)

    def _row(self, parts: list[Part]) -> None:
        if len(parts) == 1:
            self._key(parts[0])
        else:
            self._leaf(ROW, len(parts), len(self._part_kinds) - self._parts[-1], min(part.guess for part in parts))
            for part in parts:
                self._part(part)

    def _unsure(self) -> None:
        self.unsure[-1] = True
        self._leaf(UNSURE)

    def _write(self, node: Node) -> None:
        match node:
            case Term(text):
                self._row(self._parts_of(text))
            case Phrase(texts):
                self._phrase(texts)
            case Prefix(text):
                self._key(self._beginning(text))
            case Pattern(text):
                head = self._beginning(leaves.before_wildcard(text))
                opened = self._open(ALL)
                self._key(head)
                parts = [head, *globs.written(text)]
                self._leaf(GLOB, len(parts), len(self._part_kinds) - self._parts[-1])
                for part in parts:
                    self._part(part)
                self._close(opened)
            case Hashtag(text):
                self._key(self._tag(f"#{text}"))
            case Handle(text):
                self.facts.add(f"@{text}")
                self._key(self._tag(f"@{text}"))
            case Cashtag(text):
                self._key(self._tag(f"${text}"))
            case Cased(texts):
                self._partly([part for text in texts for part in self._parts_of(text)], False)
            case Is(field, value):
                self._is(field, value)
            case Between(field, low, high):
                self._between(field, low, high)
            case Title(child):
                before, self._flag = self._flag, IN_TITLE
                self._write(child)
                self._flag = before
            case Not(child):
                opened = self._open(NONE)
                self._write(child)
                self._close(opened)
            case And(children):
                self._several(ALL, sorted(children, key=_weight))
            case Or(children):
                self._several(ANY, sorted(children, key=_weight))
            case Near(children, slack, ordered):
                opened = self._open(ALL)
                for child in sorted(children, key=_weight):
                    self._write(child)
                self._near(nearness.split(children), slack, ordered)
                self._close(opened)

    def _near(self, split: list[tuple[nearness.Rows, ...]], slack: int, ordered: bool) -> None:
        """The rows that stand near each other, in one way or another; none where only the reference can tell."""
        if not split:
            self._unsure()
            return
        opened = self._open(ANY) if len(split) > 1 else -1
        for things in split:
            parts = nearness.written(
                [[self._row_of(texts) for texts in rows.rows] for rows in things],
                [rows.width for rows in things], slack, ordered,
            )  # fmt: skip
            self._leaf(NEAR, len(parts), len(self._part_kinds) - self._parts[-1])
            for part in parts:
                self._part(part)
        if opened >= 0:
            self._close(opened)

    def _row_of(self, texts: tuple[str, ...]) -> list[Part]:
        return [
            part
            for text in texts
            for part in ([self._beginning(text[:-1])] if text.endswith("*") else self._parts_of(text))
        ]

    def _several(self, kind: int, children: Sequence[Node]) -> None:
        opened = self._open(kind)
        for child in children:
            self._write(child)
        self._close(opened)

    def _partly(self, parts: list[Part], exact: bool) -> None:
        if exact:
            self._row(parts)
            return
        opened = self._open(ALL)
        self._row(parts)
        self._unsure()
        self._close(opened)

    def _parts_of(self, text: str) -> list[Part]:
        known = self._words.get(text)
        if known is None:
            known = self._words[text] = leaves.word_parts(text)
        return known

    def _beginning(self, text: str) -> Part:
        self.stems.add(text)
        return leaves.prefix_part(text)

    def _tag(self, tag: str) -> Part:
        """A tag with its sigil; a star at its end stands for any rest."""
        return self._beginning(tag[:-1]) if tag.endswith("*") else leaves.tag_part(tag)

    def _phrase(self, texts: tuple[str, ...]) -> None:
        parts: list[Part] = []
        exact = True
        for text in texts:
            if text[0] in leaves.SIGILS:
                parts.append(self._tag(text))
            elif (head := leaves.before_wildcard(text)) != text:
                exact = exact and text == f"{head}*"
                parts.append(self._beginning(head))
            else:
                parts += self._parts_of(text)
        self._partly(parts, exact)

    def _is(self, field: str, value: str) -> None:
        self.facts.add(f"{field}:{value}")
        part = leaves.fact_part(field, value)
        if field in LATE:
            self._leaf(FACT_LATER, 1 << LATE.index(field), part.key, part.guess)
        else:
            self._key(part)

    def _between(self, field: str, low: float | None, high: float | None) -> None:
        first = len(self._part_kinds) - self._parts[-1]
        self._leaf(BETWEEN, MEASURED.index(field), first)
        for bound in (-np.inf if low is None else low, np.inf if high is None else high):
            self._part(Part(leaves.HEAD, int(np.float64(bound).view(np.uint64)), 0.0))


def _weight(node: Node) -> int:
    """What decides soonest comes first; what must not be there last, because it decides least often."""
    match node:
        case Not():
            return 4
        case Near() | Cased() | Pattern():
            return 3
        case And() | Or() | Title():
            return 2
        case Phrase():
            return 1
        case _:
            return 0
