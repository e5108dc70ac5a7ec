"""Keeping the hourly rollups: added to in the very transaction that writes the mentions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from django.db import connection

from analytics.mentions import tallies
from analytics.mentions.contracts import Stored
from analytics.mentions.copytext import array, plain_array
from analytics.mentions.filtering import Shifted
from kernel.ids import decode, encode

_MEASURES = (*tallies.MEASURES, "hidden")
_HIDDEN = len(tallies.MEASURES)
# What every row must be given; the others are 0 where nothing is said.
_ALWAYS = ("mentions", "reach", "engagement", *tallies.SENTIMENTS)
_COUNTED = (
    "SELECT q.query_id, date_trunc('hour', m.posted_at, 'UTC'), m.source, "
    f"{tallies.sums('NOT q.hidden')}, count(*) FILTER (WHERE q.hidden) "
    "FROM mentions_mentionmatch q JOIN mentions_mention m ON m.id = q.mention_id WHERE {which} AND q.settled "
    "GROUP BY 1, 2, 3"
)
Key = tuple[str, datetime, str]


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


@contextmanager
def keep_counting(ids: Sequence[UUID], *, query_id: str | None = None) -> Iterator[None]:
    """Count the difference that is made within to what some stored mentions are read as and match, whatever it is: for
    all queries, or for one. Call it in a transaction that holds `mentions.services.lock_matches`, and once: who writes
    these rows twice could wait for somebody who waits too."""
    before = _counted(ids, query_id)
    yield
    after = _counted(ids, query_id)
    sums = {key: [-value for value in cell] for key, cell in before.items()}
    for key, cell in after.items():
        sums[key] = [now + gone for now, gone in zip(cell, sums[key], strict=True)] if key in sums else cell
    changed = {key: cell for key, cell in sums.items() if any(cell)}
    _add(changed)
    _drop_empty([key for key, cell in changed.items() if cell[0] < 0 or cell[_HIDDEN] < 0])


def _counted(ids: Sequence[UUID], query_id: str | None) -> dict[Key, list[int]]:
    which, given = "q.mention_id = ANY(%s::uuid[])", [plain_array([pk.hex for pk in ids])]
    if query_id is not None:
        which, given = f"{which} AND q.query_id = %s::uuid", [*given, decode("qry", query_id).hex]
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED.format(which=which), given)
        return {
            (encode("qry", query), hour, source): [int(value) for value in values]
            for query, hour, source, *values in cursor.fetchall()
        }


def shift(shifted: Iterable[Shifted]) -> None:
    """Count mentions as hidden, or as shown again. Call it in the transaction that changes it in their matches."""
    sums: dict[Key, list[int]] = defaultdict(lambda: [0] * len(_MEASURES))
    for each in shifted:
        cell, sign = sums[each.query_id, each.hour, each.source], -1 if each.hidden else 1
        for place, value in enumerate(each.sums):
            cell[place] += sign * value
        cell[_HIDDEN] -= sign * each.sums[0]
    _add(sums)


def rebuild(query_id: str) -> None:
    """Count one query anew from its matches, after it was matched anew."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM insights_hourlyrollup WHERE query_id = %s", [decode("qry", query_id)])
        cursor.execute(
            f"INSERT INTO insights_hourlyrollup (query_id, hour, source, {', '.join(_MEASURES)}) "
            + _COUNTED.format(which="q.query_id = %s"),
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
    columns = zip(_MEASURES, zip(*(sums[key] for key in keys), strict=True), strict=True)
    given = {name: values for name, values in columns if name in _ALWAYS or any(values)}
    updates = ", ".join(f"{name} = insights_hourlyrollup.{name} + EXCLUDED.{name}" for name in given)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO insights_hourlyrollup (query_id, hour, source, {', '.join(given)}) "
            "SELECT * FROM unnest(%s::uuid[], %s::timestamptz[], %s::text[], "
            f"{', '.join(['%s::bigint[]'] * len(given))}) "
            f"ON CONFLICT (query_id, hour, source) DO UPDATE SET {updates}",
            [*_columns(keys), *map(plain_array, given.values())],
        )


def _columns(keys: Sequence[Key]) -> list[str]:
    """Queries, hours and sources, each as PostgreSQL reads an array."""
    return [
        plain_array([decode("qry", query).hex for query, _, _ in keys]),
        plain_array([hour.isoformat() for _, hour, _ in keys]),
        array([source for _, _, source in keys]),
    ]
