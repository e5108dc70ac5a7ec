"""The one spelling of a tree: folded words, explicit AND, parentheses only where the tree has them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from math import inf, nextafter

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
    leaves,
)

_BARE_VALUE = re.compile(r"[\w@][\w.@/+%=&?~:,;!$'-]*")


def terms(node: Node) -> tuple[str, ...]:
    """The distinct positive terms in canonical spelling, in order of first appearance: what a query looks for in the
    text (so without its fields)."""
    found = (leaf for leaf in leaves(node, positive_only=True) if not isinstance(leaf, (Is, Between)))
    return tuple(dict.fromkeys(map(to_text, found)))


def to_text(node: Node) -> str:
    """Canonical spelling: `parse(to_text(node)) == node` for every tree that `parse` can give.

    The text can be longer than the one the user typed, so a query just below the length limit may come out above it.
    Raises ValueError for a Near that the language cannot say (of three or more that are not words or end in `?`).
    """
    match node:
        case Term(text) | Pattern(text):
            return text
        case Phrase(parts):
            return _phrase(parts)
        case Prefix(text):
            return f"{text}*"
        case Hashtag(text):
            return f"#{text}"
        case Handle(text):
            return f"@{text}"
        case Cashtag(text):
            return f"${text}"
        case Cased(parts):
            return "{" + " ".join(parts) + "}"
        case Near():
            return _near(node)
        case Title(child):
            inner = to_text(child)
            return (
                f"title:({inner})"
                if isinstance(child, (And, Or, Not, Near)) or " ONEAR/" in inner
                else f"title:{inner}"
            )
        case Is(field, value):
            return f"{field}:{value}" if _BARE_VALUE.fullmatch(value) else f'{field}:"{value}"'
        case Between():
            return _between(node)
        case Not(child):
            return f"NOT {_operand(child)}"
        case And(children):
            return " AND ".join(_operand(child) for child in children)
        case Or(children):
            return " OR ".join(to_text(child) if isinstance(child, And) else _operand(child) for child in children)


def _operand(node: Node) -> str:
    return f"({to_text(node)})" if isinstance(node, (And, Or)) else to_text(node)


def _phrase(parts: tuple[str, ...]) -> str:
    if any(part.endswith("?") for part in parts):  # in quotation marks that would be a question mark
        return " ONEAR/1 ".join(parts) if len(parts) == 2 else _chained(parts)
    return f'"{" ".join(parts)}"'


def _chained(parts: tuple[str, ...]) -> str:
    text = parts[0]
    for part in parts[1:]:
        text = f"({text}) ONEAR/1 {part}" if " " in text else f"{text} ONEAR/1 {part}"
    return text


def _near(node: Near) -> str:
    if (
        not node.ordered
        and (len(node.children) > 2 or node.slack > 99)
        and all(
            isinstance(child, (Term, Prefix, Pattern, Hashtag, Handle, Cashtag)) and not to_text(child).endswith("?")
            for child in node.children
        )
    ):
        return f'"{" ".join(to_text(child) for child in node.children)}"~{node.slack}'
    if len(node.children) > 2 or node.slack > 99:
        raise ValueError("only words without a question mark at their end can be near each other so")
    operator = f"{'ONEAR' if node.ordered else 'NEAR'}/{node.slack + 1}"
    return f" {operator} ".join(
        f"({text})" if isinstance(child, (Near, Or)) or " ONEAR/" in text else text
        for child in node.children
        for text in (to_text(child),)
    )


def _between(node: Between) -> str:
    field, low, high = node.field, node.low, node.high
    if field == "posted":
        bounds = [] if low is None else [f"since:{_time(low)}"]
        bounds += [] if high is None else [f"until:{_time(nextafter(high, inf))}"]
        return bounds[0] if len(bounds) == 1 else f"({' AND '.join(bounds)})"
    if low is not None and low == high:
        return f"{field}:{_number(low)}"
    if low is not None and high is not None:
        return f"{field}:[{_number(low)} TO {_number(high)}]"
    if low is not None:
        open_end = nextafter(low, -inf)
        return f"{field}:>{_number(open_end)}" if _is_plainer(open_end, low) else f"{field}:>={_number(low)}"
    if high is not None:
        open_end = nextafter(high, inf)
        return f"{field}:<{_number(open_end)}" if _is_plainer(open_end, high) else f"{field}:<={_number(high)}"
    return f"{field}:[* TO *]"


def _is_plainer(one: float, other: float) -> bool:
    return len(_number(one)) < len(_number(other))


def _number(number: float) -> str:
    return str(int(number)) if number == int(number) else repr(number)


def _time(seconds: float) -> str:
    moment = datetime.fromtimestamp(round(seconds), UTC)
    return moment.strftime("%Y-%m-%d" if round(seconds) % 86_400 == 0 else "%Y-%m-%dT%H:%M:%SZ")
