"""Queries and posts in the words of systems that have no tokeniser of ours: keys with positions, given ready made.

Both PostgreSQL and Lucene get our keys (folded words and tags) with their positions, so that they need not tokenise,
and answer about the same. Left out, in their favour: fields, titles, exact case (they look for the folded words), the
letters after a `*` or `?` inside a word (they look for its beginning), and that unspaced characters must touch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from analytics.listening.query import (
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
from analytics.listening.text import scan

T = TypeVar("T")
Word = tuple[str, bool, int]  # key, whether it is a beginning only, and how many words it covers


def positions(text: str) -> list[tuple[str, int]]:
    """The keys of a text with their positions, from 1; a tag stands where its first word does."""
    scanned = scan(text)
    found = [(key, place + 1) for place, key in enumerate(scanned.words)]
    return found + [(tag.key, tag.first + 1) for tag in scanned.tags]


def words_of(parts: Sequence[str]) -> list[Word]:
    """The keys that a phrase's parts ask for, in order."""
    found: list[Word] = []
    for part in parts:
        stem = part.split("*")[0].split("?")[0]
        wild = len(stem) < len(part)
        if part[0] in "#@$":
            found.append((stem, wild, max(1, len(scan(part).words))))
        else:
            keys = scan(stem).words
            found += [(key, wild and place == len(keys) - 1, 1) for place, key in enumerate(keys)]
    return found


def rebuilt(
    node: Node,
    *,
    phrase: Callable[[list[Word]], T],
    near: Callable[[list[T], int, bool], T],
    every: Callable[[list[T]], T],
    some: Callable[[list[T]], T],
    no: Callable[[T], T],
) -> T | None:
    """The query in other words; None where it comes to what was left out, which is taken as true."""

    def again(child: Node) -> T | None:
        return rebuilt(child, phrase=phrase, near=near, every=every, some=some, no=no)

    match node:
        case Term(text):
            return phrase(words_of((text,)))
        case Prefix(text):
            return phrase([(text, True, 1)])
        case Pattern(text):
            return phrase(words_of((text,)))
        case Phrase(parts):
            return phrase(words_of(parts))
        case Hashtag(text):
            return phrase(words_of((f"#{text}",)))
        case Handle(text):
            return phrase(words_of((f"@{text}",)))
        case Cashtag(text):
            return phrase([(f"${text}", False, 1)])
        case Cased(parts):
            return phrase([(key, False, 1) for part in parts for key in scan(part).words])
        case Title(child):
            return again(child)
        case Is() | Between():
            return None
        case Near(children, slack, ordered):
            return near([made for child in children if (made := again(child)) is not None], slack, ordered)
        case Not(child):
            inner = again(child)
            return None if inner is None else no(inner)
        case And(children):
            parts_made = [made for child in children if (made := again(child)) is not None]
            return every(parts_made) if parts_made else None
        case Or(children):
            branches = [again(child) for child in children]
            known = [branch for branch in branches if branch is not None]
            return some(known) if len(known) == len(branches) else None
