"""Reads the text of a query into its tree, with one explicit stack: no recursion, linear time."""

from __future__ import annotations

from dataclasses import dataclass, field

from analytics.listening.leaf import read_phrase, read_word
from analytics.listening.lexer import Symbol, symbols
from analytics.listening.tree import And, Leaf, Node, Not, Or, QueryError, is_anchored

MAX_LENGTH = 20_000  # characters
MAX_DEPTH = 100  # of parentheses, and of the tree
MAX_WORDS = 2_000  # words in all terms and phrases together

_A_TERM = "a word, phrase, #tag, @handle, prefix* or opening parenthesis"


@dataclass(frozen=True, slots=True)
class _Part:
    """A finished piece of tree. `blame` is where a part begins that would match texts holding none of its terms."""

    node: Node
    depth: int
    start: int
    blame: int | None = None


@dataclass(slots=True)
class _Group:
    """What one pair of parentheses (or the whole query) has gathered so far."""

    start: int
    alternatives: list[_Part] = field(default_factory=list)
    conjuncts: list[_Part] = field(default_factory=list)
    negations: list[int] = field(default_factory=list)
    operator: Symbol | None = None


def _joined(parts: list[_Part], kind: type[And | Or]) -> _Part:
    if len(parts) == 1:
        return parts[0]
    blames = [part.blame for part in parts]
    anchored = kind is And and None in blames
    blame = None if anchored else next((blame for blame in blames if blame is not None), None)
    children = tuple(part.node for part in parts)
    return _Part(kind(children), 1 + max(part.depth for part in parts), parts[0].start, blame)


def _negated(part: _Part, start: int) -> _Part:
    if isinstance(part.node, Not):
        child = part.node.child
        return _Part(child, part.depth - 1, start, None if is_anchored(child) else start)
    return _Part(Not(part.node), part.depth + 1, start, start)


def _too_deep(position: int) -> QueryError:
    return QueryError(
        f"The query is nested more than {MAX_DEPTH} levels deep.",
        position,
        suggestion="Remove parentheses that enclose parentheses, or split the query.",
    )


def _add(group: _Group, part: _Part) -> None:
    """Put a finished part behind the NOTs and operators that wait for it."""
    if len(group.negations) % 2:
        part = _negated(part, group.negations[0])
    group.negations.clear()
    group.operator = None
    group.conjuncts.append(part)


def _operate(group: _Group, symbol: Symbol) -> None:
    """Note an AND or OR: it needs something finished before it."""
    if group.negations:
        raise _missing_after("NOT", symbol.position)
    if not group.conjuncts or group.operator is not None:
        raise QueryError(
            f"{symbol.kind} needs something before it.",
            symbol.position,
            expected=_A_TERM,
            suggestion=f'To search for the word, write it in quotation marks: "{symbol.kind.lower()}".',
        )
    group.operator = symbol
    if symbol.kind == "OR":
        group.alternatives.append(_joined(group.conjuncts, And))
        group.conjuncts = []


def _missing_after(operator: str, position: int) -> QueryError:
    return QueryError(
        f"{operator} needs something after it.",
        position,
        expected=_A_TERM,
        suggestion=f"Complete or remove the {operator} before this position.",
    )


def _finish(group: _Group, position: int) -> _Part:
    """Close a group at `position`: the one part it amounts to."""
    if group.negations:
        raise _missing_after("NOT", position)
    if group.operator is not None:
        raise _missing_after(group.operator.kind, position)
    if not group.conjuncts:
        raise QueryError("There is nothing between these parentheses.", group.start, expected=_A_TERM)
    part = _joined([*group.alternatives, _joined(group.conjuncts, And)], Or)
    if part.depth > MAX_DEPTH:
        raise _too_deep(group.start)
    return part


def parse(text: str) -> Node:
    """Text of a query -> its tree (terms folded, redundant parentheses and double negations gone).

    At most MAX_LENGTH characters, MAX_DEPTH levels and MAX_WORDS words; at least one term that every matching text
    must contain. Raises QueryError otherwise, with the position of the first thing that is wrong.
    """
    if len(text) > MAX_LENGTH:
        raise QueryError(
            f"The query has more than {MAX_LENGTH:,} characters.",
            MAX_LENGTH,
            suggestion="Split it into several queries.",
        )
    stack = [_Group(0)]
    words = 0
    for symbol in symbols(text):
        group = stack[-1]
        if symbol.kind in ("word", "phrase"):
            leaf: Leaf
            leaf, count = (read_word if symbol.kind == "word" else read_phrase)(symbol.text, symbol.position)
            words += count
            if words > MAX_WORDS:
                raise QueryError(
                    f"The query has more than {MAX_WORDS:,} words.",
                    symbol.position,
                    suggestion="Split it into several queries.",
                )
            _add(group, _Part(leaf, 1, symbol.position))
        elif symbol.kind == "NOT":
            group.negations.append(symbol.position)
        elif symbol.kind == "(":
            if len(stack) > MAX_DEPTH:
                raise _too_deep(symbol.position)
            stack.append(_Group(symbol.position))
        elif symbol.kind == ")":
            if len(stack) == 1:
                raise QueryError(
                    "This closing parenthesis was never opened.",
                    symbol.position,
                    suggestion="Remove it, or open a parenthesis before it.",
                )
            finished = _finish(stack.pop(), symbol.position)
            _add(stack[-1], finished)
        elif symbol.kind == "end":
            if len(stack) > 1:
                raise QueryError(
                    "This parenthesis is never closed.",
                    stack[-1].start,
                    expected=")",
                    suggestion="Close it, or remove it.",
                )
            if not group.conjuncts and not group.alternatives and not group.negations:
                raise QueryError("The query is empty.", symbol.position, expected=_A_TERM)
        else:
            _operate(group, symbol)
    whole = _finish(stack[0], len(text))
    if whole.blame is not None:
        raise QueryError(
            "From here on the query would match posts that contain none of its terms.",
            whole.blame,
            expected="a term that must be present, beside what must not",
            suggestion="Join each NOT by AND to a term to look for, as in coffee AND NOT decaf.",
        )
    return whole.node
