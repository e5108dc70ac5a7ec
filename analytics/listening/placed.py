"""A query's tree with the places in its text at which each part was written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analytics.listening.tree import And, Near, Node, Not, Or, Title


@dataclass(frozen=True, slots=True)
class Placed:
    """A node, [start, end) in the query's text from its first to its last leaf, and its children, placed too."""

    node: Node
    start: int
    end: int
    children: tuple[Placed, ...] = ()

    def walk(self) -> Iterator[Placed]:
        """This part and all below it, each before its children."""
        yield self
        for child in self.children:
            yield from child.walk()


def place(node: Node, places: Sequence[tuple[int, int]]) -> Placed:
    """A tree and the places of its leaves, both as `parse_placed` gives them, as one. Raises ValueError where there are
    more or fewer places than leaves."""
    rest = iter(places)
    placed = _placed(node, rest)
    if placed is None or next(rest, None) is not None:
        raise ValueError("a query has as many places as leaves")
    return placed


def _placed(node: Node, rest: Iterator[tuple[int, int]]) -> Placed | None:
    match node:
        case And(children) | Or(children) | Near(children):
            found = [_placed(child, rest) for child in children]
        case Not(child) | Title(child):
            found = [_placed(child, rest)]
        case _:
            at = next(rest, None)
            return None if at is None else Placed(node, *at)
    below = [child for child in found if child is not None]
    if len(below) < len(found):
        return None
    return Placed(node, min(child.start for child in below), max(child.end for child in below), tuple(below))
