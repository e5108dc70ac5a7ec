"""Why a stored mention is here: for each query that matched it, by the version that did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from analytics.journey.facts import Named, named_handles, readable_kept
from analytics.journey.search import StoredLookups
from analytics.listening.document import read
from analytics.listening.explain import Explanation, explain
from analytics.listening.models import QueryVersion
from analytics.listening.parser import parse_placed
from analytics.listening.placed import Placed, place
from analytics.listening.query import QueryError
from analytics.listening.text import scan
from analytics.mentions.models import Mention, MentionMatch
from analytics.mentions.pages import kept
from kernel.ids import decode


@dataclass(frozen=True, slots=True)
class WhyMatched:
    """What became of one query that matches a mention: its id and name, the version that matched and its text, whether
    that is the present one, whether the match is settled, and the explanation by the text and facts that are stored.

    `text` is "" and the explanation None where that version is not known any more. An explanation whose truth is "no"
    is of a match that rested on what was taken out before the post was stored.
    """

    query_id: str
    name: str
    version: int
    current: bool
    settled: bool
    text: str
    explanation: Explanation | None


def explain_mention(*, mention: Mention, data_key: Callable[[], bytes]) -> tuple[WhyMatched, ...]:
    """Explain every match of a mention, by the queries' names. In the client's schema; writes nothing."""
    matches = list(MentionMatch.objects.filter(mention=mention).select_related("query").order_by("query__name"))
    read_as = {match.query_id: _text_of(match) for match in matches}
    placed = {query_id: tree for query_id, given in read_as.items() if given and (tree := _placed(*given))}
    handles = named_handles([tree.node for tree in placed.values()])
    (post,) = kept([decode("men", str(mention.id))])
    readable = readable_kept(post, Named(StoredLookups(data_key).pseudonym, handles))
    document = read(scan(readable.text), title_length=readable.title_length, facts=readable.facts)
    found = []
    for match in matches:
        given, tree = read_as[match.query_id], placed.get(match.query_id)
        found.append(
            WhyMatched(
                str(match.query_id),
                match.query.name,
                match.query_version,
                match.query_version == match.query.version,
                match.settled,
                given[0] if given and tree else "",
                explain(tree, document) if tree else None,
            )
        )
    return tuple(found)


def _text_of(match: MentionMatch) -> tuple[str, dict[str, str]] | None:
    """The text and snippets of the version that matched."""
    if match.query_version == match.query.version:
        return match.query.text, match.query.snippets
    version = QueryVersion.objects.filter(query=match.query_id, version=match.query_version).first()
    return (version.text, version.snippets) if version else None


def _placed(text: str, snippets: dict[str, str]) -> Placed | None:
    try:
        return place(*parse_placed(text, snippets=snippets))
    except QueryError:  # of a language before the present one
        return None
