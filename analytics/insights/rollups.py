"""Keeping the hourly rollups: added to in the very transaction that writes the mentions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from analytics.mentions.contracts import Stored
from analytics.mentions.copytext import array, plain_array
from analytics.mentions.filtering import Shifted
from kernel.ids import decode

_PLACES = {"negative": 3, "neutral": 4, "positive": 5}
_MEASURES = ("mentions", "reach", "engagement", "negative", "neutral", "positive", "hidden")
_HIDDEN = 6
# All but the last, as PostgreSQL sums them over the mentions that are shown.
_SHOWN = (
    ("count(*)", ""),
    ("sum(m.reach)", ""),
    ("sum(m.likes + m.reposts + m.replies)", ""),
    *(("count(*)", f" AND m.sentiment = '{sentiment}'") for sentiment in _PLACES),
)
Key = tuple[str, datetime, str]


@dataclass(frozen=True, slots=True)
class Reading:
    """A sentiment that one mention was given: which query and hour it counts for. Where it settled a match, the mention
    itself counts from then on, with `reach` and `engagement`."""

    query_id: str
    posted_at: datetime
    source: str
    sentiment: str
    settles: bool = False
    reach: int = 0
    engagement: int = 0


@dataclass(frozen=True, slots=True)
class Counted:
    """A stored mention as one query counts it. `sentiment` is empty where it was not read, or not told."""

    posted_at: datetime
    source: str
    reach: int
    engagement: int
    sentiment: str = ""


def hour_of(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def add_mentions(stored: Iterable[Stored]) -> None:
    """Count mentions that are new to the store for what they surely match, in the transaction that stores them."""
    sums: dict[Key, list[int]] = defaultdict(lambda: [0] * len(_MEASURES))
    for row in stored:
        mention = row.mention
        hour = hour_of(mention.posted_at)
        for hit in mention.hits:
            if not hit.settled:
                continue
            cell = sums[hit.query_id, hour, mention.source]
            cell[0] += 1
            cell[1] += mention.reach
            cell[2] += mention.engagement
    _add(sums)


def add_readings(readings: Iterable[Reading], shifted: Iterable[Shifted] = ()) -> None:
    """Count sentiments that mentions were given, what they settled, and which of these mentions are noise. Call it in
    the transaction that writes them, and once: who writes these rows twice could wait for somebody who waits too."""
    sums: dict[Key, list[int]] = defaultdict(lambda: [0] * len(_MEASURES))
    for reading in readings:
        if reading.sentiment or reading.settles:
            cell = sums[reading.query_id, hour_of(reading.posted_at), reading.source]
            if reading.sentiment:
                cell[_PLACES[reading.sentiment]] += 1
            if reading.settles:
                cell[0] += 1
                cell[1] += reading.reach
                cell[2] += reading.engagement
    _shift(sums, shifted)
    _add(sums)


def shift(shifted: Iterable[Shifted]) -> None:
    """Count mentions as hidden, or as shown again. Call it in the transaction that changes it in their matches."""
    sums: dict[Key, list[int]] = defaultdict(lambda: [0] * len(_MEASURES))
    _shift(sums, shifted)
    _add(sums)


def _shift(sums: dict[Key, list[int]], shifted: Iterable[Shifted]) -> None:
    for each in shifted:
        cell, sign = sums[each.query_id, each.hour, each.source], -1 if each.hidden else 1
        for place, value in enumerate(each.sums):
            cell[place] += sign * value
        cell[_HIDDEN] -= sign * each.sums[0]


def change(
    query_id: str, *, gone: Iterable[Counted], found: Iterable[Counted], shifted: Iterable[Shifted] = ()
) -> None:
    """Take mentions off one query and count others for it. Call it in the transaction that changes the matches; where
    its noise filter hides some, `shifted` says which it showed before the change, and which it hides after it."""
    sums: dict[Key, list[int]] = defaultdict(lambda: [0] * len(_MEASURES))
    for sign, mentions in ((-1, gone), (1, found)):
        for mention in mentions:
            cell = sums[query_id, hour_of(mention.posted_at), mention.source]
            cell[0] += sign
            cell[1] += sign * mention.reach
            cell[2] += sign * mention.engagement
            if mention.sentiment:
                cell[_PLACES[mention.sentiment]] += sign
    _shift(sums, shifted)
    changed = {key: cell for key, cell in sums.items() if any(cell)}
    _add(changed)
    _drop_empty([key for key, cell in changed.items() if cell[0] < 0 or cell[_HIDDEN] < 0])


def rebuild(query_id: str) -> None:
    """Count one query anew from its matches, after it was matched anew."""
    sums = ", ".join(f"{name} = EXCLUDED.{name}" for name in _MEASURES)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM insights_hourlyrollup WHERE query_id = %s", [decode("qry", query_id)])
        cursor.execute(
            "INSERT INTO insights_hourlyrollup "
            f"(query_id, hour, source, {', '.join(_MEASURES)}) "
            "SELECT q.query_id, date_trunc('hour', m.posted_at, 'UTC'), m.source, "
            f"{', '.join(f'coalesce({sum_} FILTER (WHERE NOT q.hidden{more}), 0)' for sum_, more in _SHOWN)}, "
            "count(*) FILTER (WHERE q.hidden) "
            "FROM mentions_mentionmatch q JOIN mentions_mention m ON m.id = q.mention_id "
            "WHERE q.query_id = %s AND q.settled GROUP BY 1, 2, 3 "
            f"ON CONFLICT (query_id, hour, source) DO UPDATE SET {sums}",
            [decode("qry", query_id)],
        )


def _drop_empty(keys: Sequence[Key]) -> None:
    """Forget those of some hours in which nothing is left. They must have been changed before, in this transaction: who
    waited for other rows now could wait for somebody who waits for these."""
    if keys:
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM insights_hourlyrollup r USING unnest(%s::uuid[], %s::timestamptz[], %s::text[]) "
                "AS k(query_id, hour, source) WHERE r.query_id = k.query_id AND r.hour = k.hour "
                "AND r.source = k.source AND r.mentions = 0 AND r.hidden = 0",
                _columns(keys),
            )


def _add(sums: dict[Key, list[int]]) -> None:
    if not sums:
        return
    # In a fixed order, so that two writers can never wait for each other's rows.
    keys = sorted(sums)
    updates = ", ".join(f"{name} = insights_hourlyrollup.{name} + EXCLUDED.{name}" for name in _MEASURES)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO insights_hourlyrollup (query_id, hour, source, {', '.join(_MEASURES)}) "
            "SELECT * FROM unnest(%s::uuid[], %s::timestamptz[], %s::text[], "
            f"{', '.join(['%s::bigint[]'] * len(_MEASURES))}) "
            f"ON CONFLICT (query_id, hour, source) DO UPDATE SET {updates}",
            [
                *_columns(keys),
                *(plain_array(measure) for measure in zip(*(sums[key] for key in keys), strict=True)),
            ],
        )


def _columns(keys: Sequence[Key]) -> list[str]:
    """Queries, hours and sources, each as PostgreSQL reads an array."""
    return [
        plain_array([decode("qry", query).hex for query, _, _ in keys]),
        plain_array([hour.isoformat() for _, hour, _ in keys]),
        array([source for _, _, source in keys]),
    ]
