"""Why a query matches a post, or does not: what became of each of its clauses, and where it shows.

A clause is one word, phrase, tag, fact or stretch of near words, as it stands in the query. Truth is three-valued, as
in the matcher: what hangs on a reading that has not been made yet is pending.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from analytics.listening.document import Document, Span
from analytics.listening.facts import Facts
from analytics.listening.placed import Placed
from analytics.listening.residual import NO, PENDING, YES, build
from analytics.listening.tree import And, Between, Handle, Is, Node, Not, Or, Title

Outcome = Literal["matched", "missing", "absent", "present", "pending"]
Truth = Literal["yes", "no", "pending"]
_TRUTHS: dict[int, Truth] = {NO: "no", PENDING: "pending", YES: "yes"}


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of a query and what became of it.

    [`start`, `end`) is its place in the query's text. `wanted` is False where it stands under a NOT. The outcome of a
    wanted clause is `matched` or `missing`, that of an unwanted one `absent` or `present`, of both `pending`.
    `decisive`: the query's answer rests on it, together with the other decisive ones; a word that is found in an
    alternative which fails for another reason is not. `in_title`: it was looked for in the title alone. `spans` are
    [start, end) in the text that was read, `facts` what beside the text made it true (`lang:en`, `@acme`).
    """

    node: Node
    start: int
    end: int
    wanted: bool
    outcome: Outcome
    decisive: bool
    in_title: bool
    spans: tuple[Span, ...]
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The query's answer and all its clauses, in the order of its text."""

    truth: Truth
    clauses: tuple[Clause, ...]


def explain(query: Placed, document: Document) -> Explanation:
    """What became of each clause of a query in one post. Asks for the language where a clause does. Linear in the
    clauses times what each takes to be looked for."""
    seen = _look(query, document, in_title=False)
    clauses = _clauses(seen, document.facts, wanted=True, decisive=True, in_title=False)
    return Explanation(_TRUTHS[seen.truth], tuple(clauses))


@dataclass(frozen=True, slots=True)
class _Seen:
    """A part with its answer; `below` are the parts that it is joined of, () for a clause."""

    part: Placed
    truth: int
    spans: tuple[Span, ...] = ()
    below: tuple[_Seen, ...] = ()


def _look(part: Placed, document: Document, *, in_title: bool) -> _Seen:
    match part.node:
        case And() | Or():
            below = tuple(_look(child, document, in_title=in_title) for child in part.children)
            truths = [child.truth for child in below]
            return _Seen(part, min(truths) if isinstance(part.node, And) else max(truths), (), below)
        case Not():
            (child,) = part.children
            inner = _look(child, document, in_title=in_title)
            return _Seen(part, YES - inner.truth, (), (inner,))
        case Title():
            (child,) = part.children
            inner = _look(child, document.title, in_title=True)
            return _Seen(part, inner.truth, (), (inner,))
        case node:
            truth, spans = build(node).look(document)
            return _Seen(part, truth, tuple(spans))


def _clauses(seen: _Seen, facts: Facts, *, wanted: bool, decisive: bool, in_title: bool) -> Iterator[Clause]:
    node = seen.part.node
    if not seen.below:
        yield Clause(
            node, seen.part.start, seen.part.end, wanted, _outcome(seen.truth, wanted), decisive, in_title,
            seen.spans if seen.truth != NO else (),
            _telling(node, facts, seen) if seen.truth == YES else (),
        )  # fmt: skip
        return
    for child in seen.below:
        below = decisive and _rests_on(node, seen.truth, child.truth)
        yield from _clauses(
            child,
            facts,
            wanted=wanted != isinstance(node, Not),
            decisive=below,
            in_title=in_title or isinstance(node, Title),
        )


def _rests_on(node: Node, whole: int, child: int) -> bool:
    """Whether the answer of a part rests on that of one of its children."""
    if isinstance(node, (Not, Title)):
        return True
    if whole == PENDING:
        return child != (NO if isinstance(node, And) else YES) and (isinstance(node, And) or child == PENDING)
    return child == whole


def _outcome(truth: int, wanted: bool) -> Outcome:
    if truth == PENDING:
        return "pending"
    if wanted:
        return "matched" if truth == YES else "missing"
    return "present" if truth == YES else "absent"


def _telling(node: Node, facts: Facts, seen: _Seen) -> tuple[str, ...]:
    """What beside the text made a clause true."""
    match node:
        case Is(field, value):
            return (f"{field}:{value}",)
        case Between("posted"):
            return (f"posted:{datetime.fromtimestamp(facts.posted or 0, UTC):%Y-%m-%dT%H:%M:%SZ}",)
        case Between(field):
            return (f"{field}:{getattr(facts, field):.12g}",)
        case Handle(text) if not seen.spans:
            return (f"@{text}",)
    return ()
