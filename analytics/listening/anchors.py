"""Anchors: a small set of keys of which every matching post holds at least one, in its text or among its facts.

Of an AND the branch that looks rarest is enough; of an OR every branch is needed. (The idea of "covering terms" of
the percolators of Lucene and Elasticsearch.)
"""

from __future__ import annotations

from dataclasses import dataclass

from analytics.listening.text import scan
from analytics.listening.tree import (
    ANCHORING,
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
from analytics.listening.wildcard import Wildcard, is_wild
from analytics.listening.words import SIGILS


@dataclass(frozen=True, slots=True)
class Anchors:
    """`keys` and `prefixes` of which one must be there; `cost` is their guessed frequency, in no unit."""

    keys: frozenset[str] = frozenset()
    prefixes: frozenset[str] = frozenset()
    cost: float = 0.0


def _key_cost(key: str) -> float:
    if key[0] in SIGILS:
        return 1.0
    if "\u3400" <= key[0] <= "\u9fff" or "\uac00" <= key[0] <= "\ud7a3":
        return 64.0 / len(key)  # an ideograph or a syllable says more than a letter
    return 4096.0 / 3.0 ** min(len(key), 7)


def _key(key: str) -> Anchors:
    return Anchors(keys=frozenset((key,)), cost=_key_cost(key))


def _prefix(text: str) -> Anchors:
    return Anchors(prefixes=frozenset((text,)), cost=16.0 * _key_cost(text))


def _part_anchors(part: str) -> list[Anchors]:
    """What a part of a phrase needs: each of these."""
    if part[0] in SIGILS:
        return [_prefix(part[:-1]) if part.endswith("*") else _key(part)]
    if is_wild(part):
        return [_prefix(Wildcard(part).stem)]
    return [_key(word) for word in scan(part).words]


def _rarest(found: list[Anchors]) -> Anchors:
    return min(found, key=lambda anchors: anchors.cost)


def find_anchors(node: Node) -> Anchors | None:
    """The anchors of a query, or None for one that can match a post with none of its terms (a lone NOT)."""
    match node:
        case Not() | Between():
            return None
        case Is(field, value):
            return Anchors(frozenset((f"{field}:{value}",)), cost=1.0) if field in ANCHORING else None
        case Title(child):
            return find_anchors(child)
        case And(children) | Near(children):
            known = [found for child in children if (found := find_anchors(child)) is not None]
            return _rarest(known) if known else None
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
        case Term(text) | Pattern(text):
            return _rarest(_part_anchors(text))
        case Prefix(text):
            return _prefix(text)
        case Hashtag(text):
            return _rarest(_part_anchors(f"#{text}"))
        case Handle(text):
            return _rarest(_part_anchors(f"@{text}"))
        case Cashtag(text):
            return _rarest(_part_anchors(f"${text}"))
        case Phrase(parts) | Cased(parts):
            return _rarest([anchors for part in parts for anchors in _part_anchors(part)])
