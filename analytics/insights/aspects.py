"""How people speak of aspects and brands: figures per query and period, counted by mention.

A mention counts once for each aspect it speaks of, and for the aspect that this is a part of. Where it speaks of one
several times, the side that it takes more often counts; as often one as the other is `mixed` (the "conflict" of Pontiki
et al., 2014). Of a brand's query, what is said of another brand does not count (`MentionAspect.about`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.db import connection

from analytics.insights import measures
from analytics.insights.contracts import Period
from analytics.insights.measures import Estimate
from analytics.insights.selectors import bounds
from analytics.language.aspects.inforce import settings_row
from analytics.language.aspects.models import OwnAspect
from analytics.language.aspects.ontology import industry
from analytics.listening.models import Query
from kernel.ids import decode, encode


@dataclass(frozen=True, slots=True)
class Counts:
    """Mentions that speak of something, by how; those of which nothing was told are `abstained`."""

    negative: int
    neutral: int
    positive: int
    mixed: int
    abstained: int

    @property
    def mentions(self) -> int:
        return self.read + self.abstained

    @property
    def read(self) -> int:
        return self.negative + self.neutral + self.positive + self.mixed

    @property
    def positive_share(self) -> Estimate:
        return measures.share(self.positive, self.read)

    @property
    def negative_share(self) -> Estimate:
        return measures.share(self.negative, self.read)

    @property
    def net_sentiment(self) -> Estimate:
        return measures.net_sentiment(self.negative, self.neutral + self.mixed, self.positive)


@dataclass(frozen=True, slots=True)
class AspectFigures:
    """An aspect of the industry (`key`) or of the client's own (`key` is its id) over a period. `parent` is the aspect
    that it is a part of, "" for none. `talked_about` is its share of all mentions that were read."""

    kind: Literal["aspect", "own"]
    key: str
    parent: str
    name: str
    counts: Counts
    talked_about: Estimate


@dataclass(frozen=True, slots=True)
class BrandFigures:
    """How people speak of a brand or competitor itself. `together` are those mentions that name another one too."""

    query_id: str
    name: str
    kind: str
    counts: Counts
    together: int


@dataclass(frozen=True, slots=True)
class BrandAspects:
    """One brand's aspects; `read` is how many of its mentions were read."""

    query_id: str
    name: str
    kind: str
    read: int
    aspects: tuple[AspectFigures, ...]


# One row per (query, subject, mention), summed up to one per (query, subject).
_SUMS = """
SELECT query_id, subject, count(*) FILTER (WHERE minus > plus), count(*) FILTER (WHERE plus = 0 AND minus = 0 AND told),
    count(*) FILTER (WHERE plus > minus), count(*) FILTER (WHERE plus > 0 AND plus = minus),
    count(*) FILTER (WHERE NOT told), count(*) FILTER (WHERE together)
FROM (
    SELECT {query} AS query_id, s.subject, a.mention_id,
        count(*) FILTER (WHERE a.sentiment = 'positive') AS plus,
        count(*) FILTER (WHERE a.sentiment = 'negative') AS minus,
        bool_or(a.sentiment <> '') AS told, {together} AS together
    FROM aspects_mentionaspect a {joined}
    CROSS JOIN LATERAL unnest({subjects}) AS s(subject)
    WHERE a.posted_at >= %(since)s AND a.posted_at < %(until)s AND {which}
    GROUP BY 1, 2, 3
) each GROUP BY 1, 2
"""
_SUBJECTS = (
    "CASE WHEN a.own_id IS NOT NULL THEN ARRAY[a.own_id::text] WHEN position('.' in a.aspect) > 0 "
    "THEN ARRAY[a.aspect::text, split_part(a.aspect, '.', 1)] ELSE ARRAY[a.aspect::text] END"
)
_SHOWN = (
    "EXISTS (SELECT FROM mentions_mentionmatch m JOIN listening_query q ON q.id = m.query_id AND q.active "
    "WHERE m.mention_id = a.mention_id AND m.settled AND NOT m.hidden)"
)
_OF_QUERY = (
    "JOIN mentions_mentionmatch m ON m.mention_id = a.mention_id AND m.settled AND NOT m.hidden "
    "AND m.query_id = ANY(%(queries)s::uuid[]) JOIN listening_query q ON q.id = m.query_id "
    "AND (q.kind = 'topic' OR a.about_id IS NULL OR a.about_id = m.query_id)"
)
_TOGETHER = (
    "EXISTS (SELECT FROM aspects_mentionaspect o WHERE o.mention_id = a.mention_id AND o.entity_id IS NOT NULL "
    "AND o.entity_id <> m.query_id)"
)


def aspect_figures(*, period: Period, zone: str, query: Query | None = None) -> tuple[int, list[AspectFigures]]:
    """How many mentions were read, and each aspect that one of them speaks of, the most talked about first; of a query,
    or of all that is shown for any active one."""
    read = _read(period, zone, [query] if query else None)
    if query is None:
        sums = _summed(period, zone, query="NULL::uuid", joined="", which=f"a.entity_id IS NULL AND {_SHOWN}")
        return read.get(None, 0), _aspects(sums.get(None, {}), read.get(None, 0))
    sums = _of_queries(period, zone, [query])
    return read.get(query.id, 0), _aspects(sums.get(query.id, {}), read.get(query.id, 0))


def compare_brands(*, period: Period, zone: str) -> list[BrandAspects]:
    """The aspects of each active brand and competitor, own brands first."""
    brands = _brands()
    sums, read = _of_queries(period, zone, brands), _read(period, zone, brands)
    return [
        BrandAspects(
            brand.id,
            brand.name,
            brand.kind,
            read.get(brand.id, 0),
            tuple(_aspects(sums.get(brand.id, {}), read.get(brand.id, 0))),
        )
        for brand in brands
    ]


def brand_figures(*, period: Period, zone: str) -> list[BrandFigures]:
    """How people speak of each active brand and competitor itself, own brands first; where a post names two, by what it
    says of each."""
    brands = _brands()
    sums = _summed(
        period,
        zone,
        query="m.query_id",
        joined=_OF_QUERY,
        which="a.entity_id = m.query_id",
        subjects="ARRAY['']",
        together=f"bool_or({_TOGETHER})",
        queries=brands,
    )
    figures = []
    for brand in brands:
        counts, together = sums.get(brand.id, {}).get("", (Counts(0, 0, 0, 0, 0), 0))
        figures.append(BrandFigures(brand.id, brand.name, brand.kind, counts, together))
    return figures


def _brands() -> list[Query]:
    kinds = [Query.Kind.BRAND, Query.Kind.COMPETITOR]
    rows = Query.objects.filter(active=True, kind__in=kinds)
    return sorted(rows, key=lambda query: (kinds.index(Query.Kind(query.kind)), query.name))


_Sums = dict[str | None, dict[str, tuple[Counts, int]]]


def _of_queries(period: Period, zone: str, queries: Sequence[Query]) -> _Sums:
    return _summed(period, zone, query="m.query_id", joined=_OF_QUERY, which="a.entity_id IS NULL", queries=queries)


def _summed(
    period: Period,
    zone: str,
    *,
    query: str,
    joined: str,
    which: str,
    subjects: str = _SUBJECTS,
    together: str = "false",
    queries: Sequence[Query] = (),
) -> _Sums:
    statement = _SUMS.format(query=query, joined=joined, which=which, subjects=subjects, together=together)
    found: _Sums = {}
    for query_id, subject, *numbers in _rows(statement, period, zone, queries):
        key = None if query_id is None else encode("qry", query_id)
        *by_kind, both = map(int, numbers)
        found.setdefault(key, {})[subject] = Counts(*by_kind), both
    return found


def _read(period: Period, zone: str, queries: Sequence[Query] | None) -> dict[str | None, int]:
    """How many mentions of each query, or of all (None), were read."""
    matched = (
        "SELECT m.query_id, count(*) FROM mentions_mentionmatch m JOIN mentions_mention a ON a.id = m.mention_id "
        "WHERE m.query_id = ANY(%(queries)s::uuid[]) AND m.settled AND NOT m.hidden AND m.posted_at >= %(since)s "
        "AND m.posted_at < %(until)s AND a.understood_at IS NOT NULL GROUP BY 1"
    )
    everywhere = (
        "SELECT NULL::uuid, count(*) FROM (SELECT id AS mention_id FROM mentions_mention WHERE posted_at >= %(since)s "
        f"AND posted_at < %(until)s AND understood_at IS NOT NULL) a WHERE {_SHOWN}"
    )
    rows = _rows(everywhere if queries is None else matched, period, zone, queries or ())
    return {None if query_id is None else encode("qry", query_id): int(count) for query_id, count in rows}


def _rows(statement: str, period: Period, zone: str, queries: Sequence[Query]) -> list[tuple[Any, ...]]:
    since, until = bounds(period, zone)
    ids = [decode("qry", query.id) for query in queries]
    with connection.cursor() as cursor:
        cursor.execute(statement, {"since": since, "until": until, "queries": ids})
        return list(cursor.fetchall())


def _aspects(sums: dict[str, tuple[Counts, int]], read: int) -> list[AspectFigures]:
    """Those of the industry in force and of the client's own; found by an earlier ontology, an aspect has its key for a
    name."""
    chosen = settings_row().industry
    names = {aspect.key: aspect.name for aspect in industry(chosen).aspects} if chosen else {}
    own = {decode("asp", aspect.id): aspect for aspect in OwnAspect.objects.all()}
    by_text = {str(key): aspect for key, aspect in own.items()}
    figures = []
    for subject, (counts, _) in sums.items():
        mine = by_text.get(subject)
        figures.append(
            AspectFigures(
                kind="own" if mine else "aspect",
                key=mine.id if mine else subject,
                parent="" if mine else subject.rpartition(".")[0],
                name=mine.name if mine else names.get(subject, subject),
                counts=counts,
                talked_about=measures.share(min(counts.mentions, read), read),
            )
        )
    return sorted(figures, key=lambda each: (-each.counts.mentions, each.key))
