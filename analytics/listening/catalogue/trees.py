"""A query's tree as text, exactly: what `query.to_text` writes is for people, and can be longer than `parse` takes."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields
from typing import Any

from analytics.listening import tree
from analytics.listening.tree import Node

_NODES: dict[str, type[Any]] = {
    name: getattr(tree, name)
    for name in (
        "Term", "Phrase", "Prefix", "Pattern", "Hashtag", "Handle", "Cashtag", "Cased", "Near", "Title", "Is",
        "Between", "And", "Or", "Not",
    )
}  # fmt: skip


class UnknownTree(ValueError):
    """A tree that other code than this wrote."""


def written(node: Node) -> str:
    """The tree as JSON, in ASCII; the same for equal trees."""
    return json.dumps(_plain(node), separators=(",", ":"))


def read(text: str) -> Node:
    """The tree that `written` wrote. Raises UnknownTree for anything else."""
    try:
        node: Node = _node(json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError):
        raise UnknownTree("this is no tree that is known here") from None
    return node


def _plain(value: Any) -> Any:
    if type(value).__name__ in _NODES:
        told = {"is": type(value).__name__}
        for field in fields(value):
            held = getattr(value, field.name)
            if field.default is MISSING or held != field.default:
                told[field.name] = _plain(held)
        return told
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value


def _node(told: dict[str, Any]) -> Any:
    kind = _NODES[told.pop("is")]
    return kind(**{name: _held(value) for name, value in told.items()})


def _held(value: Any) -> Any:
    if isinstance(value, dict):
        return _node(value)
    if isinstance(value, list):
        return tuple([_held(each) for each in value])
    return value
