"""Emotions, irony and intents over a period, read from the rollups alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection

from analytics.insights import measures
from analytics.insights.contracts import Period
from analytics.insights.measures import Estimate
from analytics.insights.selectors import bounds
from analytics.listening.models import Query
from analytics.mentions.copytext import plain_array
from analytics.mentions.tallies import EMOTIONS, INTENTS
from kernel.ids import decode

_COLUMNS = (
    "mentions",
    "emotions_read",
    *(f"emotion_{name}{which}" for name in EMOTIONS for which in ("", "_read")),
    "irony_read",
    "ironic",
    "intents_read",
    *(f"intent_{name}{which}" for name in INTENTS for which in ("", "_read")),
)
_SUMS = ", ".join(f"sum({column})" for column in _COLUMNS)


@dataclass(frozen=True, slots=True)
class Part:
    """How many mentions have a label, and the share of those of which somebody says whether they do: an engine may know
    some labels only, and then the share is of nothing."""

    name: str
    mentions: int
    share: Estimate


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody says of some mentions, label by label. A mention can have several labels or none, so shares need
    not sum to 1. Of `read` mentions something is said; of `untold` ones nothing: they were not read yet, or the
    engine abstained."""

    read: int
    untold: int
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Readings:
    """The mentions that a query shows over a period or a day: what is said of their emotions, irony and intents."""

    mentions: int
    emotions: Told
    irony: Told
    intents: Told


def readings(*, period: Period, zone: str, queries: Sequence[Query]) -> list[Readings]:
    """Each query's over the whole period, in the order given."""
    found = _sums("query_id", [], period, zone, queries)
    return [_readings(found.get((decode("qry", query.id),))) for query in queries]


def daily_readings(*, period: Period, zone: str, queries: Sequence[Query]) -> list[list[tuple[date, Readings]]]:
    """Each query's day by day without gaps, in the order given. Rollups are by the UTC hour: in a zone off by half an
    hour, an hour counts for the day it starts in."""
    found = _sums("query_id, (hour AT TIME ZONE %s)::date", [zone], period, zone, queries)
    days = [period.start + timedelta(days=number) for number in range(period.days)]
    return [[(day, _readings(found.get((decode("qry", query.id), day)))) for day in days] for query in queries]


def _sums(by: str, given: list[Any], period: Period, zone: str, queries: Sequence[Query]) -> dict[Any, list[int]]:
    ids = plain_array([decode("qry", query.id).hex for query in queries])
    keys = by.count(",") + 1
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {by}, {_SUMS} FROM insights_hourlyrollup WHERE hour >= %s AND hour < %s "
            f"AND query_id = ANY(%s::uuid[]) GROUP BY {', '.join(str(place + 1) for place in range(keys))}",
            [*given, *bounds(period, zone), ids],
        )
        return {row[:keys]: [int(value) for value in row[keys:]] for row in cursor.fetchall()}


def _readings(values: list[int] | None) -> Readings:
    sums = dict(zip(_COLUMNS, values or [0] * len(_COLUMNS), strict=True))
    every = sums["mentions"]

    def told(read: str, columns: dict[str, tuple[str, str]]) -> Told:
        parts = [
            Part(name, sums[column], measures.share(sums[column], sums[known]))
            for name, (column, known) in columns.items()
        ]
        return Told(sums[read], every - sums[read], tuple(parts))

    return Readings(
        every,
        told("emotions_read", {name: (f"emotion_{name}", f"emotion_{name}_read") for name in EMOTIONS}),
        told("irony_read", {"ironic": ("ironic", "irony_read")}),
        told("intents_read", {name: (f"intent_{name}", f"intent_{name}_read") for name in INTENTS}),
    )
