"""The listening query language: text -> tree -> canonical text. See docs/query-language.md."""

from __future__ import annotations

from analytics.listening.canonical import terms, to_text
from analytics.listening.parser import MAX_DEPTH, MAX_LENGTH, MAX_WORDS, parse
from analytics.listening.tree import (
    And,
    Between,
    Cased,
    Cashtag,
    Handle,
    Hashtag,
    Is,
    Leaf,
    Near,
    Node,
    Not,
    Or,
    Pattern,
    Phrase,
    Prefix,
    QueryError,
    Term,
    Title,
    handles,
    is_anchored,
    leaves,
)

__all__ = [
    "MAX_DEPTH",
    "MAX_LENGTH",
    "MAX_WORDS",
    "And",
    "Between",
    "Cased",
    "Cashtag",
    "Handle",
    "Hashtag",
    "Is",
    "Leaf",
    "Near",
    "Node",
    "Not",
    "Or",
    "Pattern",
    "Phrase",
    "Prefix",
    "QueryError",
    "Term",
    "Title",
    "handles",
    "is_anchored",
    "leaves",
    "parse",
    "terms",
    "to_text",
]
