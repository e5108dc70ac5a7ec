"""Looking through mentions for what they speak of, and writing it down.

Finding takes an engine's time, so it goes before the locks that others wait for; writing comes after them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from analytics.language.aspects.contracts import Judged, Post, Span, Spoken
from analytics.language.aspects.finding import find
from analytics.language.aspects.inforce import in_force, lock_in_force
from analytics.language.aspects.judging import judge
from analytics.language.contracts import UNDECIDED, Reading
from analytics.language.services import Reader, Text, without_pseudonyms
from analytics.listening.models import Query
from analytics.listening.text import scan
from analytics.mentions.awaiting import places_under
from analytics.mentions.copytext import array, plain_array
from kernel.ids import decode, encode

_ENTITY_KINDS = (Query.Kind.BRAND, Query.Kind.COMPETITOR)


@dataclass(frozen=True, slots=True)
class Found:
    """What mentions speak of: those that were looked through, and for each what was found, with the time it was
    posted."""

    ids: tuple[UUID, ...]
    judged: tuple[tuple[UUID, datetime, Judged], ...]
    ontology: str = ""

    def without(self, ids: Collection[UUID]) -> Found:
        """The same without some mentions."""
        if not ids:
            return self
        return Found(
            tuple(pk for pk in self.ids if pk not in ids),
            tuple(row for row in self.judged if row[0] not in ids),
            self.ontology,
        )


def find_aspects(*, ids: Sequence[UUID], readings: Sequence[Reading], reader: Reader) -> Found:
    """Look through mentions that were just read (one reading each, by this reader), in the caller's transaction, and
    have the clauses read that are not the whole post. Raises EngineUnavailable."""
    if not ids:
        return Found((), ())
    lock_in_force(alone=False)
    wanted = in_force()
    read = dict(zip(ids, readings, strict=True))
    entities = _entities(ids, read)
    spoken: list[tuple[UUID, datetime, str, Spoken]] = []
    for pk, posted_at, title, text in _texts(ids):
        whole = f"{title}\n{text}" if title else text
        post = Post(whole, read[pk].language or UNDECIDED, len(title), tuple(entities.get(pk, ())))
        spoken += [(pk, posted_at, whole, each) for each in find(post, wanted.lookout(post.language))]
    return Found(tuple(ids), tuple(_judged(spoken, read, reader)), wanted.ontology)


def _texts(ids: Sequence[UUID]) -> list[tuple[UUID, datetime, str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, posted_at, title, text FROM mentions_mention WHERE id = ANY(%s::uuid[]) ORDER BY id",
            [plain_array([pk.hex for pk in ids])],
        )
        return list(cursor.fetchall())


def _judged(
    spoken: Sequence[tuple[UUID, datetime, str, Spoken]], read: Mapping[UUID, Reading], reader: Reader
) -> list[tuple[UUID, datetime, Judged]]:
    """The clauses are read all at once, each but once; one that is the whole post was read with it."""
    asked = [without_pseudonyms(each.asked(whole)) for _, _, whole, each in spoken]
    known: dict[tuple[UUID, str], Reading] = {}
    waiting: dict[tuple[UUID, str], Text] = {}
    for (pk, _, whole, _), text in zip(spoken, asked, strict=True):
        if text == without_pseudonyms(whole):
            known[pk, text] = read[pk]
        else:
            language = read[pk].language
            waiting[pk, text] = Text(pk, text, "" if language == UNDECIDED else language)
    if waiting:
        known.update(zip(waiting, reader.read(list(waiting.values())), strict=True))
    readings = [known[row[0], text] for row, text in zip(spoken, asked, strict=True)]
    judged = judge([each for *_, each in spoken], readings)
    return [(pk, posted_at, each) for (pk, posted_at, _, _), each in zip(spoken, judged, strict=True)]


def _entities(ids: Sequence[UUID], read: Mapping[UUID, Reading]) -> dict[UUID, list[tuple[str, Span]]]:
    """Where brands and competitors are named: what their queries matched; of that, where any of it is a word of the
    query's name, only such."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.mention_id, q.id, q.name, m.spans, m.awaits FROM mentions_mentionmatch m "
            "JOIN listening_query q ON q.id = m.query_id WHERE m.mention_id = ANY(%s::uuid[]) AND q.kind = ANY(%s)",
            [plain_array([pk.hex for pk in ids]), [str(kind) for kind in _ENTITY_KINDS]],
        )
        rows = cursor.fetchall()
    found: dict[UUID, list[tuple[str, Span]]] = defaultdict(list)
    if not rows:
        return found
    wholes = {pk: f"{title}\n{text}" if title else text for pk, _, title, text in _texts(ids)}
    for pk, query, name, spans, awaits in rows:
        reading = read[pk]
        places = spans
        if awaits is not None:
            settled = places_under(json.loads(awaits), sentiment=reading.sentiment, emotions=reading.emotions or ())
            places = spans if settled is None else settled
        pairs = list(zip(places[::2], places[1::2], strict=True))
        words = set(scan(name).words)
        named = [pair for pair in pairs if words & {*scan(wholes[pk][slice(*pair)]).words}]
        found[pk] += [(encode("qry", query), pair) for pair in named or pairs]
    return found


def write_aspects(found: Found) -> int:
    """Replace what is known of what mentions speak of, by what was found; twice is once. Who calls this holds
    `mentions.services.lock_matches`. Of entities only those that the mention is a match of are kept. Returns how many
    rows were written."""
    with connection.cursor() as cursor:
        if not found.ids:
            return 0
        cursor.execute(
            "DELETE FROM aspects_mentionaspect WHERE mention_id = ANY(%s::uuid[])",
            [plain_array([pk.hex for pk in found.ids])],
        )
        if not found.judged:
            return 0
        # Who deletes an aspect of the client's waits until this is written, and deletes it too.
        cursor.execute("SELECT id FROM aspects_ownaspect ORDER BY id FOR KEY SHARE")
        own = {encode("asp", row[0]) for row in cursor.fetchall()}
        rows = [row for row in found.judged if row[2].spoken.subject.kind != "own" or row[2].spoken.subject.key in own]
        cursor.execute(_INSERT, _columns(rows, found.ontology))
        return int(cursor.rowcount)


_INSERT = (
    'INSERT INTO aspects_mentionaspect (mention_id, posted_at, aspect, own_id, entity_id, about_id, start, "end", '
    "stretches, opinions, negative, neutral, positive, sentiment, abstain_reason, model_id, ontology) "
    "SELECT n.mention, n.posted_at, n.aspect, n.own, n.entity, q.id, n.start, n.finish, n.stretches::int[], "
    "n.opinions::int[], n.negative, n.neutral, n.positive, n.sentiment, n.reason, n.model, "
    "CASE WHEN n.aspect <> '' THEN %s ELSE '' END "
    "FROM unnest(%s::uuid[], %s::timestamptz[], %s::text[], %s::uuid[], %s::uuid[], %s::uuid[], %s::int[], %s::int[], "
    "%s::text[], %s::text[], %s::float8[], %s::float8[], %s::float8[], %s::text[], %s::text[], %s::text[]) "
    "AS n(mention, posted_at, aspect, own, entity, about, start, finish, stretches, opinions, negative, neutral, "
    "positive, sentiment, reason, model) LEFT JOIN listening_query q ON q.id = n.about "
    "WHERE n.entity IS NULL OR EXISTS (SELECT FROM mentions_mentionmatch m WHERE m.mention_id = n.mention "
    "AND m.query_id = n.entity AND m.settled)"
)


def _columns(rows: Sequence[tuple[UUID, datetime, Judged]], ontology: str) -> list[Any]:
    judged = [row[2] for row in rows]
    spoken = [each.spoken for each in judged]
    subjects = [each.subject for each in spoken]

    def ids(prefix: str, keys: Sequence[str]) -> str:
        return plain_array([decode(prefix, key).hex if key else None for key in keys])

    return [
        ontology,
        plain_array([row[0].hex for row in rows]),
        [row[1] for row in rows],
        [subject.key if subject.kind == "aspect" else "" for subject in subjects],
        ids("asp", [subject.key if subject.kind == "own" else "" for subject in subjects]),
        ids("qry", [subject.key if subject.kind == "entity" else "" for subject in subjects]),
        ids("qry", [each.about for each in spoken]),
        plain_array([each.start for each in spoken]),
        plain_array([each.end for each in spoken]),
        array([plain_array([place for span in each.stretches for place in span]) for each in spoken]),
        array([plain_array([n for o in each.opinions for n in (o.start, o.end, int(o.positive))]) for each in spoken]),
        [each.negative for each in judged],
        [each.neutral for each in judged],
        [each.positive for each in judged],
        [each.sentiment for each in judged],
        [each.abstain_reason for each in judged],
        [each.model_id for each in judged],
    ]
