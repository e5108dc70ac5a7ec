"""Searching stored mentions with the whole query language: PostgreSQL finds what may match, the matcher decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from django.db import connection

from analytics.journey.facts import Named, named_handles, readable_kept
from analytics.listening.document import read
from analytics.listening.fields import fold_value
from analytics.listening.query import Node, QueryError, parse
from analytics.listening.residual import YES, build
from analytics.listening.sharing import texts
from analytics.listening.text import scan
from analytics.mentions.bounds import Condition, bounds
from analytics.mentions.pages import kept
from analytics.privacy.protect import Protector
from kernel.errors import ValidationFailed
from kernel.ids import decode, encode

# Index-only steps from one source to the next; there are few.
_SOURCES = """
WITH RECURSIVE known AS (
    (SELECT source FROM mentions_author ORDER BY source LIMIT 1)
    UNION ALL
    SELECT (SELECT a.source FROM mentions_author a WHERE a.source > known.source ORDER BY a.source LIMIT 1)
    FROM known WHERE known.source IS NOT NULL
) SELECT source FROM known WHERE source IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Search:
    """What a search asks of the store: every mention that it finds meets `condition`. `check` gives those of some
    mentions, by their public ids, that it does find; None where the condition says it all."""

    condition: Condition
    check: Callable[[Sequence[str]], set[str]] | None


def search_for(text: str, *, data_key: Callable[[], bytes]) -> Search:
    """Read a search and look up what it needs, the client's snippets too. In the client's schema; `data_key` is only
    asked for where the search names somebody. Raises ValidationFailed (/search) for a text that does not parse."""
    try:
        node = parse(text, snippets=texts(), anchored=False)
    except QueryError as error:
        raise ValidationFailed.of("/search", str(error), code="query_syntax") from None
    return read_search(node, data_key=data_key)


def read_search(node: Node, *, data_key: Callable[[], bytes]) -> Search:
    """`search_for` a tree."""
    handles = named_handles([node])
    lookups = StoredLookups(data_key)
    found = bounds(node, lookups, handles=handles)
    return Search(found.upper, None if found.exact else _checker(node, lookups, handles))


@dataclass
class StoredLookups:
    """What conditions need to know of this client's store; see `bounds.Lookups`. Each thing is asked for once."""

    data_key: Callable[[], bytes]
    _spellings: dict[str, list[str]] = field(default_factory=dict)

    @cached_property
    def _protector(self) -> Protector:
        return Protector(self.data_key())

    @cached_property
    def _sources(self) -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute(_SOURCES)
            return [row[0] for row in cursor.fetchall()]

    def pseudonym(self, source: str, handle: str) -> bytes:
        """The 16 bytes under which this client stores a handle."""
        return self._protector.pseudonym(source, handle)

    def pseudonyms(self, handle: str) -> Sequence[bytes]:
        return [self.pseudonym(source, handle) for source in self._sources]

    def spellings(self, column: str, value: str) -> Sequence[str]:
        if column not in self._spellings:
            if column not in ("country", "region", "city"):
                raise ValueError(f"no values are looked up of {column}")
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT DISTINCT {column} FROM mentions_mention WHERE {column} <> ''")
                self._spellings[column] = [row[0] for row in cursor.fetchall()]
        return [each for each in self._spellings[column] if fold_value(each) == value]


def _checker(node: Node, lookups: StoredLookups, handles: frozenset[str]) -> Callable[[Sequence[str]], set[str]]:
    residual = build(node)
    named = Named(lookups.pseudonym, handles)

    def check(mention_ids: Sequence[str]) -> set[str]:
        found = set()
        for post in kept([decode("men", each) for each in mention_ids]):
            readable = readable_kept(post, named)
            document = read(scan(readable.text), title_length=readable.title_length, facts=readable.facts)
            if residual.truth(document) == YES:
                found.add(encode("men", post.id))
        return found

    return check
