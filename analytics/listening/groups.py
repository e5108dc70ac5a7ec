"""What pairs of parentheses gather while a query is read: parts joined by AND, OR, NOT and NEAR."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from analytics.listening.fields import SINGLE
from analytics.listening.lexer import Symbol
from analytics.listening.tree import And, Between, Is, Near, Node, Not, Or, QueryError, Title, is_anchored

MAX_DEPTH = 100  # of parentheses, and of the tree
MAX_NEAR_DEPTH = 5  # of a NEAR in a NEAR

_A_TERM = "a word, phrase, #tag, @handle, prefix*, field or opening parenthesis"


@dataclass(frozen=True, slots=True)
class Part:
    """A finished piece of tree. `blame` is where a part begins that would match posts holding none of its terms;
    `nearable`: it may stand beside a NEAR; `nears` is how deep the NEARs in it are nested."""

    node: Node
    depth: int
    start: int
    blame: int | None = None
    nearable: bool = False
    nears: int = 0

    @classmethod
    def of(cls, node: Node, start: int) -> Part:
        """A leaf, or what one symbol amounts to."""
        blame = None if is_anchored(node) else start
        if isinstance(node, (Near, Or)):
            return cls(node, 2, start, blame, isinstance(node, Near), int(isinstance(node, Near)))
        return cls(node, 1, start, blame, not isinstance(node, (Is, Between)))


@dataclass(slots=True)
class Group:
    """What one pair of parentheses (or the whole query) has gathered so far.

    `value_of` is the field whose values the words in it are, "" for none; `title`: it is the value of title:, and
    `in_title`: it is that or stands in one. `latest` is what a NEAR would take hold of, with the NOTs before it.
    """

    start: int
    value_of: str = ""
    title: bool = False
    in_title: bool = False
    alternatives: list[Part] = field(default_factory=list)
    conjuncts: list[Part] = field(default_factory=list)
    latest: Part | None = None
    denied: list[int] = field(default_factory=list)
    near: Symbol | None = None
    negations: list[int] = field(default_factory=list)
    operator: Symbol | None = None

    def is_empty(self) -> bool:
        return not (self.latest or self.conjuncts or self.alternatives or self.negations)


def _joined(parts: list[Part], kind: type[And | Or]) -> Part:
    if len(parts) == 1:
        return parts[0]
    blames = [part.blame for part in parts]
    anchored = kind is And and None in blames
    blame = None if anchored else next((blame for blame in blames if blame is not None), None)
    nearable = kind is Or and all(part.nearable for part in parts)
    return Part(
        kind(tuple(part.node for part in parts)),
        1 + max(part.depth for part in parts),
        parts[0].start,
        blame,
        nearable,
        max(part.nears for part in parts),
    )


def _negated(part: Part, start: int) -> Part:
    if isinstance(part.node, Not):
        child = part.node.child
        blame = None if is_anchored(child) else start
        return replace(part, node=child, depth=part.depth - 1, start=start, blame=blame, nearable=False)
    return Part(Not(part.node), part.depth + 1, start, start, False, part.nears)


def wrap(part: Part) -> Part:
    """The value of title: as a part."""
    return Part(Title(part.node), part.depth + 1, part.start, part.blame, False, part.nears)


def too_deep(position: int) -> QueryError:
    """The error for a query that is nested too deep."""
    return QueryError(
        f"The query is nested more than {MAX_DEPTH} levels deep.",
        position,
        expected=f"at most {MAX_DEPTH} levels",
        suggestion="Remove parentheses that enclose parentheses, or split the query.",
    )


def add(group: Group, part: Part) -> None:
    """Put a finished part behind the operators that wait for it. Raises QueryError."""
    if group.near is not None:
        assert group.latest is not None  # or there would be no NEAR
        group.latest = _near(group.latest, part, group.near)
        group.near = None
        return
    _settle(group)
    group.latest, group.denied, group.negations = part, group.negations, []
    group.operator = None


def _near(left: Part, right: Part, symbol: Symbol) -> Part:
    for part, side in ((left, "before"), (right, "after")):
        if not part.nearable:
            raise QueryError(
                f"What stands {side} NEAR must be words.",
                part.start,
                expected="a word, phrase, #tag, @handle, prefix*, a NEAR, or several of these joined by OR",
                suggestion="Write (slow OR late) NEAR/5 coffee, and join what else the post must hold by AND.",
            )
    nears = 1 + max(left.nears, right.nears)
    if nears > MAX_NEAR_DEPTH:
        raise QueryError(
            f"More than {MAX_NEAR_DEPTH} NEARs stand in each other.",
            symbol.position,
            expected=f"at most {MAX_NEAR_DEPTH} of them",
            suggestion='Write "slow cold coffee"~5 for several words that stand near each other.',
        )
    # The same on both sides: two different places are meant, and their order makes no difference.
    ordered = symbol.ordered or left.node == right.node
    node = Near((left.node, right.node), symbol.words - 1, ordered)
    return Part(node, 1 + max(left.depth, right.depth), left.start, None, True, nears)


def _settle(group: Group) -> None:
    """The latest part is complete: no NEAR follows it."""
    part = group.latest
    if part is None:
        return
    if len(group.denied) % 2:
        part = _negated(part, group.denied[0])
    if (
        group.value_of in SINGLE
        and not isinstance(part.node, Not)
        and any(not isinstance(conjunct.node, Not) for conjunct in group.conjuncts)
    ):
        raise QueryError(
            f"A post has one {group.value_of} only.",
            part.start,
            expected="OR",
            suggestion=f"Join the values by OR, as in {group.value_of}:(a OR b).",
        )
    group.latest, group.denied = None, []
    group.conjuncts.append(part)


def negate(group: Group, symbol: Symbol) -> None:
    """Note a NOT. Raises QueryError directly after a NEAR."""
    if group.near is not None:
        raise QueryError(
            "NEAR cannot be followed by NOT.",
            symbol.position,
            expected="what is to be near",
            suggestion="Write coffee NOT (coffee NEAR/5 decaf).",
        )
    group.negations.append(symbol.position)


def operate(group: Group, symbol: Symbol) -> None:
    """Note an AND, OR or NEAR: it needs something finished before it. Raises QueryError."""
    _check_complete(group, symbol.position, between=True)
    if symbol.kind == "NEAR":
        if group.latest is None or group.value_of:
            raise _missing_before("NEAR", symbol.position)
        group.near = symbol
        return
    _settle(group)
    if not group.conjuncts or group.operator is not None:
        raise _missing_before(symbol.kind, symbol.position)
    group.operator = symbol
    if symbol.kind == "OR":
        group.alternatives.append(_joined(group.conjuncts, And))
        group.conjuncts = []


def finish(group: Group, position: int) -> Part:
    """Close a group at `position`: the one part it amounts to. Raises QueryError."""
    _check_complete(group, position)
    _settle(group)
    if not group.conjuncts:
        raise QueryError(
            "There is nothing between these parentheses.",
            group.start,
            expected=_A_TERM,
            suggestion="Remove them, or write a term between them.",
        )
    part = _joined([*group.alternatives, _joined(group.conjuncts, And)], Or)
    if group.title:
        part = wrap(part)
    if part.depth > MAX_DEPTH:
        raise too_deep(group.start)
    return part


def empty(position: int) -> QueryError:
    """The error for a query without anything."""
    return QueryError(
        "The query is empty.", position, expected=_A_TERM, suggestion="Write what to look for, as in coffee OR tea."
    )


def _check_complete(group: Group, position: int, *, between: bool = False) -> None:
    """Raises QueryError where an operator still waits for what it is about."""
    if group.negations:
        raise _missing_after("NOT", position)
    if group.near is not None:
        raise _missing_after("NEAR", position)
    if group.operator is not None and not between:
        raise _missing_after(group.operator.kind, position)


def _missing_before(operator: str, position: int) -> QueryError:
    return QueryError(
        f"{operator} needs something before it.",
        position,
        expected=_A_TERM,
        suggestion=f'To search for the word, write it in quotation marks: "{operator.lower()}".',
    )


def _missing_after(operator: str, position: int) -> QueryError:
    return QueryError(
        f"{operator} needs something after it.",
        position,
        expected=_A_TERM,
        suggestion=f"Complete or remove the {operator} before this position.",
    )
