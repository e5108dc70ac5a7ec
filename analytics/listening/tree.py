"""The listening query language's tree: what a parsed query is, and what can be asked of it.

`parser.parse` reads text into these nodes; `canonical.to_text` writes them back. Other rooms import all of
it from `analytics.listening.query`. Grammar and meaning: docs/query-language.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Term:
    """One word, folded; or, in a script without spaces, a run of characters that stand directly together."""

    text: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """Two or more parts, one after the other. A part is what a Term holds, a `#tag`, `@handle` or `$cashtag`, or a
    pattern of one word (it holds `*` or `?`)."""

    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prefix:
    """Any word that begins with `text` (folded, without the star, at least two letters or digits)."""

    text: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """Any word that the folded `text` describes: `*` stands for any run of characters, also none, `?` for exactly one.
    At least two letters or digits come before the first of them; a lone star at the end is a Prefix instead."""

    text: str


@dataclass(frozen=True, slots=True)
class Hashtag:
    """Exactly this hashtag; `text` is folded and has no `#`. A star at its end stands for any rest."""

    text: str


@dataclass(frozen=True, slots=True)
class Handle:
    """Exactly this handle; `text` is folded and has no `@`. A star at its end stands for any rest."""

    text: str


@dataclass(frozen=True, slots=True)
class Cashtag:
    """Exactly this ticker symbol; `text` is folded and has no `$`."""

    text: str


@dataclass(frozen=True, slots=True)
class Cased:
    """Words in a row in exactly this spelling (`text.spelling`), case and accents included. A part is one word or, in
    a script without spaces, a run of characters that stand directly together; never a tag."""

    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Near:
    """One occurrence of each of two or more children in a stretch of text that is at most `slack` words longer than
    they are together (so at most `slack` other words are among them). In any order, and two may share words; if
    `ordered`, in this order and without overlap. A child is a leaf over words, a Near, or an Or of such.

    An occurrence of a Near is the stretch from its first to its last word; all such stretches count for a Near
    around it. What is shown of one at the top: from each word where one begins, the shortest.
    """

    children: tuple[Node, ...]
    slack: int
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Title:
    """The child (no Title, Is or Between in it), looked for in the text of the post's title only."""

    child: Node


@dataclass(frozen=True, slots=True)
class Is:
    """A fact about the post: `field` (one of facts.KEYED or facts.LATE) is `value`, both folded."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Between:
    """A number of the post (`field` is one of facts.MEASURED) within bounds, both inclusive, None for open. A post of
    which the number is not known does not match."""

    field: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class And:
    """All of two or more."""

    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of two or more."""

    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Not this. `parse` never puts a Not directly into a Not."""

    child: Node


Leaf: TypeAlias = Term | Phrase | Prefix | Pattern | Hashtag | Handle | Cashtag | Cased | Is | Between
Node: TypeAlias = Leaf | Near | Title | And | Or | Not


ANCHORING = ("author", "site", "links")
"""Fields that single out few posts, so that a query may rest on them alone."""


class QueryError(ValueError):
    """A query that cannot be used. None of its texts repeats what the user wrote.

    `message` says in one sentence what is wrong, `position` is the 0-based character at which it shows,
    `expected` what could have stood there and `suggestion` what to write instead; both may be empty.
    """

    def __init__(self, message: str, position: int, *, expected: str = "", suggestion: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        self.expected = expected
        self.suggestion = suggestion

    def __str__(self) -> str:
        return f"{self.message} (at character {self.position})"


def leaves(node: Node, *, positive_only: bool = False) -> Iterator[Leaf]:
    """The terms of a query from left to right; `positive_only` leaves out what stands under a NOT."""
    if isinstance(node, (Not, Title)):
        if not (positive_only and isinstance(node, Not)):
            yield from leaves(node.child, positive_only=positive_only)
    elif isinstance(node, (And, Or, Near)):
        for child in node.children:
            yield from leaves(child, positive_only=positive_only)
    else:
        yield node


def handles(node: Node) -> frozenset[str]:
    """The handles a query looks for, folded, without `@`, also those inside phrases; not those it excludes, nor those
    with a star, nor the authors it asks for."""
    found: set[str] = set()
    for leaf in leaves(node, positive_only=True):
        if isinstance(leaf, Handle):
            found.add(leaf.text)
        elif isinstance(leaf, Phrase):
            found.update(part[1:] for part in leaf.parts if part.startswith("@"))
    return frozenset(handle for handle in found if not handle.endswith("*"))


def is_anchored(node: Node) -> bool:
    """Whether every post that matches must hold at least one word, tag, author or address that the query names."""
    match node:
        case Not() | Between():
            return False
        case Is(field):
            return field in ANCHORING
        case Title(child):
            return is_anchored(child)
        case And(children):
            return any(is_anchored(child) for child in children)
        case Or(children):
            return all(is_anchored(child) for child in children)
        case _:
            return True
