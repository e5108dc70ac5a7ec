"""Texts as they were saved: each could be read then, by the language of its time."""

from __future__ import annotations

from collections.abc import Mapping

from analytics.listening.query import Node, QueryError, parse
from kernel.errors import Conflict


class UnreadableQuery(Conflict):
    """The language has grown since the query was saved, and what was plain text has a meaning now."""

    code = "unreadable_query"
    title = "The query was saved in an older form of the language"


def read_saved(text: str, snippets: Mapping[str, str]) -> Node:
    """A saved query's tree, with its snippets as they were saved with it. Raises UnreadableQuery."""
    try:
        return parse(text, snippets=snippets)
    except QueryError as error:
        raise UnreadableQuery(f"It finds nothing until its text is saved anew. {error}") from None
