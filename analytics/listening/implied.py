"""What one part of a query says of another: never wrong in saying that something follows, and not always finding it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from analytics.listening.text import scan
from analytics.listening.tree import (
    And,
    Between,
    Cased,
    Cashtag,
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

# Of these a post has one value at most.
_SINGLE = frozenset({"source", "type", "country", "region", "city", "verified", "lang", "sentiment"})
_WILD = ("*", "?")


class Reasoner:
    """Tells what follows from what, in at most `steps` comparisons of two nodes; after that nothing does."""

    def __init__(self, steps: int) -> None:
        self.steps = steps

    def implies(self, one: Node, other: Node) -> bool:
        """Whether every post that `one` matches is matched by `other` too."""
        self.steps -= 1
        if self.steps < 0:
            return False
        if one == other:
            return True
        match other:
            case And(children):
                return all(self.implies(one, child) for child in children)
            case Or(children) if not isinstance(one, Or):
                if any(self.implies(one, child) for child in children):
                    return True
            case Not(child):
                if self.excludes(one, child):
                    return True
        match one:
            case And(children):
                return any(self.implies(child, other) for child in children)
            case Or(children):
                return all(self.implies(child, other) for child in children)
            case Near(children, slack, ordered):
                if isinstance(other, Near) and other.children == children and slack <= other.slack:
                    return ordered or not other.ordered
                return any(self.implies(child, other) for child in children)
            case Title(child):
                if isinstance(other, Title):
                    return self.implies(child, other.child)
                return _is_positive(child) and self.implies(child, other)
            case Between(field, low, high):
                return (
                    isinstance(other, Between)
                    and other.field == field
                    and (other.low is None or (low is not None and low >= other.low))
                    and (other.high is None or (high is not None and high <= other.high))
                )
        return _leaf_implies(one, other)

    def excludes(self, one: Node, other: Node) -> bool:
        """Whether no post matches both."""
        self.steps -= 1
        if self.steps < 0:
            return False
        match one:
            case Not(child):
                return self.implies(other, child)
            case And(children):
                if any(self.excludes(child, other) for child in children):
                    return True
            case Or(children):
                return all(self.excludes(child, other) for child in children)
            case Is(field, value) if isinstance(other, Is):
                return other.field == field and field in _SINGLE and other.value != value
            case Between(field, low, high) if isinstance(other, Between):
                if other.field != field:
                    return False
                above = low is not None and other.high is not None and low > other.high
                return above or (high is not None and other.low is not None and high < other.low)
        match other:
            case Not(child):
                return self.implies(one, child)
            case And(children):
                return any(self.excludes(one, child) for child in children)
            case Or(children):
                return all(self.excludes(one, child) for child in children)
        return False


@lru_cache(maxsize=8192)
def words_of(node: Node) -> tuple[str, ...]:
    """The folded words that a leaf over words looks for; () for anything else, and for patterns."""
    match node:
        case Term(text):
            return tuple(scan(text).words)
        case Phrase(parts):
            return tuple(word for part in parts if not _is_wild(part) for word in scan(part).words)
        case Hashtag(text) | Cashtag(text):
            return () if _is_wild(text) else tuple(scan(text).words)
        case Cased(parts):
            return tuple(word for part in parts for word in scan(part).words)
    return ()


def _is_positive(node: Node) -> bool:
    match node:
        case Not():
            return False
        case And(children) | Or(children) | Near(children):
            return all(map(_is_positive, children))
        case Title(child):
            return _is_positive(child)
    return True


def _is_wild(part: str) -> bool:
    return any(sign in part for sign in _WILD)


def _leaf_implies(one: Node, other: Node) -> bool:
    """Of two leaves over words. A handle says nothing of words: a post can address somebody outside its text."""
    match other:
        case Term(text):
            wanted = list(scan(text).words)
            if len(wanted) > 1:  # a run in a script without spaces stands directly together
                return isinstance(one, (Term, Phrase)) and any(text in part for part in _parts(one))
            return wanted[0] in words_of(one)
        case Prefix(text):
            if isinstance(one, (Prefix, Pattern)):
                return one.text.startswith(text)
            return any(word.startswith(text) for word in words_of(one))
        case Hashtag(text):
            sought = f"#{text}"
            return isinstance(one, Phrase) and sought in one.parts
        case Cashtag(text):
            return isinstance(one, Phrase) and f"${text}" in one.parts
        case Phrase(parts):
            if isinstance(one, Phrase):
                return _holds(one.parts, parts)
            return isinstance(one, Cased) and _holds(words_of(one), parts)
    return False


def _parts(leaf: Term | Phrase) -> tuple[str, ...]:
    return (leaf.text,) if isinstance(leaf, Term) else tuple(part for part in leaf.parts if part[0] not in "#@$")


def _holds(parts: Sequence[str], sought: Sequence[str]) -> bool:
    """Whether `sought` stands in `parts`, one after the other."""
    width = len(sought)
    return any(tuple(parts[at : at + width]) == tuple(sought) for at in range(len(parts) - width + 1))
