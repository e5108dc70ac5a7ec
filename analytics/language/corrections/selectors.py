"""Reads of labels: what stands, who said what, and what engines say of the same mentions."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Count, Exists, OuterRef, QuerySet

from analytics.language.corrections.models import Correction, CorrectionProblem, Label, Queued, ReviewQueue
from kernel.ids import encode
from kernel.lookups import one

MOST_LOOKED_AT: Final = 20_000
"""Mentions that figures rest on at most: those that were labelled last."""
GONE_THROUGH: Final = 0.9
"""The share of a queue's random part that is to be labelled for its labels to stand for those it was drawn from."""


def corrections() -> QuerySet[Correction]:
    """All corrections, newest first."""
    return Correction.objects.defer("waiting")


def correction_of(correction_id: str) -> Correction:
    """One correction. Raises NotFound."""
    return one(corrections(), correction_id)


def problems_of(correction: Correction) -> QuerySet[CorrectionProblem]:
    """Rows of a correction that did not go in, by line."""
    return CorrectionProblem.objects.filter(correction=correction)


def labels_of_correction(correction: Correction) -> QuerySet[Label]:
    """What a correction set, in the order given; those taken back too."""
    return Label.objects.filter(correction=correction)


def labels_of_mention(mention_id: str) -> QuerySet[Label]:
    """What people said of a mention, in the order they did; what was taken back too."""
    return Label.objects.filter(mention_id=mention_id)


def queues() -> QuerySet[ReviewQueue]:
    """All review queues, newest first."""
    return ReviewQueue.objects.all()


def queue_of(queue_id: str) -> ReviewQueue:
    """One review queue. Raises NotFound."""
    return one(queues(), queue_id)


def left_for(queue: ReviewQueue, *, by: str) -> QuerySet[Queued]:
    """The mentions of a queue that somebody has not labelled yet, in the order to label them."""
    return _left(by).filter(queue=queue).select_related("mention")


def left_in(queues: Sequence[ReviewQueue], *, by: str) -> dict[str, int]:
    """How many mentions of each of some queues somebody has not labelled yet; a queue with none is not named."""
    counted = _left(by).filter(queue__in=queues).order_by().values_list("queue").annotate(Count("id"))
    return {str(queue): left for queue, left in counted}


def _left(by: str) -> QuerySet[Queued]:
    own = Label.objects.filter(mention_id=OuterRef("mention_id"), by=by, taken_back_at=None)
    return Queued.objects.exclude(Exists(own))


def in_force(mentions: Collection[UUID]) -> dict[tuple[str, str], Any]:
    """The label in force of each (mention's public id, field) of some mentions that has any: the latest that stands."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT ON (mention_id, field) mention_id, field, label FROM corrections_label "
            "WHERE mention_id = ANY(%s::uuid[]) AND taken_back_at IS NULL ORDER BY mention_id, field, id DESC",
            [list(mentions)],
        )
        return {(encode("men", pk), field): json.loads(label) for pk, field, label in cursor.fetchall()}


def labels_by_person(field: str) -> dict[str, dict[str, Any]]:
    """Each person's own label of one field, {mention's public id: {person: label}}, of the mentions labelled last."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH latest AS (SELECT mention_id, max(id) AS last FROM corrections_label WHERE field = %s "
            "AND taken_back_at IS NULL GROUP BY mention_id ORDER BY last DESC LIMIT %s) "
            "SELECT DISTINCT ON (l.mention_id, l.by) l.mention_id, l.by, l.label FROM corrections_label l "
            "JOIN latest USING (mention_id) WHERE l.field = %s AND l.taken_back_at IS NULL "
            "ORDER BY l.mention_id, l.by, l.id DESC",
            [field, MOST_LOOKED_AT, field],
        )
        found: dict[str, dict[str, Any]] = {}
        for pk, by, label in cursor.fetchall():
            found.setdefault(encode("men", pk), {})[by] = json.loads(label)
    return found


@dataclass(frozen=True, slots=True)
class Pair:
    """What people say of a mention, and what the engine says of it: `engine` is None where it says nothing."""

    mention: str
    people: Any
    engine: Any
    model_id: str
    language: str


def pairs(field: str, *, queue: ReviewQueue | None = None) -> list[Pair]:
    """People's label in force and the engine's, of mentions labelled last, or of those that `queue` drew at random."""
    drawn, given = "", []
    if queue is not None:
        drawn = (
            "AND mention_id IN (SELECT mention_id FROM corrections_queued WHERE queue_id = %s::uuid "
            "AND reason = 'random') "
        )
        given = [queue.id.partition("_")[2]]
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH latest AS (SELECT DISTINCT ON (mention_id) mention_id, id, label FROM corrections_label "
            f"WHERE field = %s AND taken_back_at IS NULL {drawn}ORDER BY mention_id, id DESC) "
            "SELECT m.id, l.label, m.engine_labels -> %s, m.model_id, m.language FROM latest l "
            "JOIN mentions_mention m ON m.id = l.mention_id WHERE %s = ANY(m.corrected) ORDER BY l.id DESC LIMIT %s",
            [field, *given, field, field, MOST_LOOKED_AT],
        )
        return [
            Pair(encode("men", pk), json.loads(label), _engine(field, json.loads(engine or "null")), model, language)
            for pk, label, engine, model, language in cursor.fetchall()
        ]


def drawn_by_chance(field: str) -> set[UUID]:
    """Mentions that review queues drew at random, of those queues whose random part people have labelled, nearly all of
    it: what is labelled of others is what somebody had corrected before, and those were mistakes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT mention_id FROM corrections_queued WHERE reason = 'random' AND queue_id IN ("
            "SELECT q.queue_id FROM corrections_queued q WHERE q.reason = 'random' GROUP BY q.queue_id "
            "HAVING avg((EXISTS (SELECT FROM corrections_label l WHERE l.mention_id = q.mention_id AND l.field = %s "
            "AND l.taken_back_at IS NULL))::int) >= %s)",
            [field, GONE_THROUGH],
        )
        return {pk for (pk,) in cursor.fetchall()}


def _engine(field: str, said: Any) -> Any:
    if field == "irony":
        return None if said is None else said >= 0.5
    return None if said in (None, "") else said


def counts_by_person(field: str) -> Mapping[str, int]:
    """How many mentions each person has a standing label of, most first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT by, count(DISTINCT mention_id) AS n FROM corrections_label "
            "WHERE field = %s AND taken_back_at IS NULL GROUP BY by ORDER BY n DESC, by",
            [field],
        )
        return dict(cursor.fetchall())
