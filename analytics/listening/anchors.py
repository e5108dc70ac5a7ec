"""Anchors: a small set of keys of which every matching text contains at least one.

Of an AND the branch that looks rarest is enough; of an OR every branch is needed. (The idea of "covering terms" of
the percolators of Lucene and Elasticsearch.)
"""

from __future__ import annotations

from dataclasses import dataclass

from analytics.listening.text import scan
from analytics.listening.tree import And, Handle, Hashtag, Leaf, Node, Not, Or, Phrase, Prefix, Term


@dataclass(frozen=True, slots=True)
class Anchors:
    """`keys` and `prefixes` of which one must be there; `cost` is their guessed frequency, in no unit."""

    keys: frozenset[str] = frozenset()
    prefixes: frozenset[str] = frozenset()
    cost: float = 0.0


def _key_cost(key: str) -> float:
    if key[0] in "#@":
        return 1.0
    if "\u3400" <= key[0] <= "\u9fff" or "\uac00" <= key[0] <= "\ud7a3":
        return 64.0 / len(key)  # an ideograph or a syllable says more than a letter
    return 4096.0 / 3.0 ** min(len(key), 7)


def _leaf_anchors(leaf: Leaf) -> Anchors:
    match leaf:
        case Prefix(text):
            return Anchors(prefixes=frozenset((text,)), cost=16.0 * _key_cost(text))
        case Hashtag(text):
            keys = [f"#{text}"]
        case Handle(text):
            keys = [f"@{text}"]
        case Term(text):
            keys = scan(text).words
        case Phrase(parts):
            keys = [key for part in parts for key in ([part] if part[0] in "#@" else scan(part).words)]
    rarest = min(keys, key=_key_cost)
    return Anchors(keys=frozenset((rarest,)), cost=_key_cost(rarest))


def find_anchors(node: Node) -> Anchors | None:
    """The anchors of a query, or None for one that can match a text with none of its terms (a lone NOT)."""
    match node:
        case Not():
            return None
        case And(children):
            known = [found for child in children if (found := find_anchors(child)) is not None]
            return min(known, key=lambda found: found.cost) if known else None
        case Or(children):
            branches = [find_anchors(child) for child in children]
            needed = [found for found in branches if found is not None]
            if len(needed) < len(branches):
                return None
            return Anchors(
                frozenset[str]().union(*(found.keys for found in needed)),
                frozenset[str]().union(*(found.prefixes for found in needed)),
                sum(found.cost for found in needed),
            )
        case _:
            return _leaf_anchors(node)
