"""The listening query language: text -> tree -> canonical text. See docs/query-language.md."""

from __future__ import annotations

from analytics.listening.parser import MAX_DEPTH, MAX_LENGTH, MAX_WORDS, parse
from analytics.listening.tree import (
    And,
    Handle,
    Hashtag,
    Leaf,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    QueryError,
    Term,
    handles,
    is_anchored,
    leaves,
    terms,
    to_text,
)

__all__ = [
    "MAX_DEPTH",
    "MAX_LENGTH",
    "MAX_WORDS",
    "And",
    "Handle",
    "Hashtag",
    "Leaf",
    "Node",
    "Not",
    "Or",
    "Phrase",
    "Prefix",
    "QueryError",
    "Term",
    "handles",
    "is_anchored",
    "leaves",
    "parse",
    "terms",
    "to_text",
]
