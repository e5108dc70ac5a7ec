"""The labels of mentions: what an engine read, and what people set instead. Who calls these holds
`mentions.services.lock_matches`, and counts what changes (`insights.rollups.keep_counting`)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

from analytics.language.contracts import EMOTIONS, INTENTS, SENTIMENTS, Emotion, Intent, Reading, Sentiment
from analytics.mentions.copytext import array, plain_array

FIELDS: Final = ("sentiment", "emotions", "irony", "intents")
"""What people can set: columns of Mention, and the values of its `corrected`."""


@dataclass(frozen=True, slots=True)
class Labels:
    """What people say of a mention; None leaves a field to the engine, or as it was set before. Several emotions and
    intents can hold, or none: (). Raises ValueError for labels that are not known, twice, or where nothing is said."""

    sentiment: Sentiment | None = None
    emotions: tuple[Emotion, ...] | None = None
    irony: bool | None = None
    intents: tuple[Intent, ...] | None = None

    def __post_init__(self) -> None:
        if self.sentiment is not None and self.sentiment not in SENTIMENTS:
            raise ValueError("unknown sentiment")
        for known, given in ((EMOTIONS, self.emotions), (INTENTS, self.intents)):
            if given is not None and (not set(given) <= set(known) or len(set(given)) != len(given)):
                raise ValueError("unknown labels, or one of them twice")
        if not self.fields:
            raise ValueError("nothing is said")

    @property
    def fields(self) -> tuple[str, ...]:
        """Those of FIELDS that are said."""
        return tuple(name for name in FIELDS if getattr(self, name) is not None)


def write_readings(ids: Sequence[UUID], readings: Sequence[Reading], *, now: datetime) -> list[UUID]:
    """Write readings of mentions, one each; what people have set stays, and what the engine says of it is kept beside
    it. Returns those that are still there."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE mentions_mention m SET language = n.language, language_confidence = n.confidence, "
            "negative = n.negative, neutral = n.neutral, positive = n.positive, abstain_reason = n.reason, "
            "model_id = n.model, emotion_scores = n.emotion_scores::float8[], "
            "intent_scores = n.intent_scores::float8[], understood_at = %s, "
            "sentiment = CASE WHEN 'sentiment' = ANY(m.corrected) THEN m.sentiment ELSE n.sentiment END, "
            "emotions = CASE WHEN 'emotions' = ANY(m.corrected) THEN m.emotions ELSE n.emotions::text[] END, "
            "irony = CASE WHEN 'irony' = ANY(m.corrected) THEN m.irony ELSE n.irony END, "
            "intents = CASE WHEN 'intents' = ANY(m.corrected) THEN m.intents ELSE n.intents::text[] END, "
            "engine_labels = CASE WHEN m.corrected <> '{}' THEN (SELECT jsonb_object_agg(f, jsonb_build_object("
            "'sentiment', n.sentiment, 'emotions', n.emotions::text[], 'irony', n.irony, 'intents', n.intents::text[]"
            ") -> f) FROM unnest(m.corrected) AS f) END "
            "FROM unnest(%s::uuid[], %s::text[], %s::float8[], %s::text[], %s::float8[], %s::float8[], %s::float8[], "
            "%s::text[], %s::text[], %s::text[], %s::text[], %s::float8[], %s::text[], %s::text[]) AS n(id, language, "
            "confidence, sentiment, negative, neutral, positive, reason, model, emotions, emotion_scores, irony, "
            "intents, intent_scores) WHERE m.id = n.id RETURNING m.id",
            [
                now,
                list(ids),
                [r.language for r in readings],
                [r.language_confidence for r in readings],
                [r.sentiment for r in readings],
                [r.negative for r in readings],
                [r.neutral for r in readings],
                [r.positive for r in readings],
                [r.abstain_reason for r in readings],
                [r.model_id for r in readings],
                [_texts(r.emotions) for r in readings],
                [_numbers(r.emotion_scores) for r in readings],
                [r.irony for r in readings],
                [_texts(r.intents) for r in readings],
                [_numbers(r.intent_scores) for r in readings],
            ],
        )
        return [row[0] for row in cursor.fetchall()]


def write_labels(labels: Mapping[UUID, Labels]) -> list[UUID]:
    """Write what people say of mentions that were read, and keep what the engine says of the same fields. Returns those
    that were: what is not read yet cannot be corrected."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE mentions_mention m SET sentiment = coalesce(n.sentiment, m.sentiment), "
            "emotions = coalesce(n.emotions::text[], m.emotions), irony = coalesce(n.irony, m.irony), "
            "intents = coalesce(n.intents::text[], m.intents), "
            "corrected = ARRAY(SELECT DISTINCT f FROM unnest(m.corrected || n.fields::text[]) AS f ORDER BY f), "
            "engine_labels = coalesce(m.engine_labels, '{}') || (SELECT coalesce(jsonb_object_agg(f, "
            "jsonb_build_object('sentiment', m.sentiment, 'emotions', m.emotions, 'irony', m.irony, "
            "'intents', m.intents) -> f), '{}') FROM unnest(n.fields::text[]) AS f WHERE f <> ALL(m.corrected)) "
            "FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::float8[], %s::text[], %s::text[]) "
            "AS n(id, sentiment, emotions, irony, intents, fields) "
            "WHERE m.id = n.id AND m.understood_at IS NOT NULL RETURNING m.id",
            [
                list(labels),
                [given.sentiment for given in labels.values()],
                [_texts(given.emotions) for given in labels.values()],
                [None if given.irony is None else float(given.irony) for given in labels.values()],
                [_texts(given.intents) for given in labels.values()],
                [array(given.fields) for given in labels.values()],
            ],
        )
        return [row[0] for row in cursor.fetchall()]


def restore_readings(fields: Mapping[UUID, Collection[str]]) -> list[UUID]:
    """Give some fields of mentions back to the engine, as it read them last. Returns those that changed; what nobody
    had set stays as it is. Raises ValueError for what is none of FIELDS."""
    if any(not set(names) <= set(FIELDS) for names in fields.values()):
        raise ValueError("no such field")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE mentions_mention m SET "
            "sentiment = CASE WHEN 'sentiment' = ANY(n.back) THEN m.engine_labels ->> 'sentiment' "
            "ELSE m.sentiment END, "
            f"emotions = {_back('emotions')}, intents = {_back('intents')}, "
            "irony = CASE WHEN 'irony' = ANY(n.back) THEN (m.engine_labels ->> 'irony')::float8 ELSE m.irony END, "
            "corrected = ARRAY(SELECT f FROM unnest(m.corrected) AS f WHERE f <> ALL(n.back) ORDER BY f), "
            "engine_labels = nullif(m.engine_labels - n.back, '{}') "
            "FROM (SELECT c.id, ARRAY(SELECT f FROM unnest(g.fields::text[]) AS f WHERE f = ANY(c.corrected)) AS back "
            "FROM unnest(%s::uuid[], %s::text[]) AS g(id, fields) JOIN mentions_mention c ON c.id = g.id) AS n "
            "WHERE m.id = n.id AND n.back <> '{}' RETURNING m.id",
            [list(fields), [array(names) for names in fields.values()]],
        )
        return [row[0] for row in cursor.fetchall()]


def _back(name: str) -> str:
    engine = f"m.engine_labels -> '{name}'"
    texts = f"ARRAY(SELECT jsonb_array_elements_text({engine}))"
    kept = f"CASE WHEN jsonb_typeof({engine}) = 'array' THEN {texts} END"
    return f"CASE WHEN '{name}' = ANY(n.back) THEN {kept} ELSE m.{name} END"


def _texts(labels: Iterable[str] | None) -> str | None:
    return None if labels is None else array(labels)


def _numbers(scores: Iterable[float | None] | None) -> str | None:
    return None if scores is None else plain_array(scores)
