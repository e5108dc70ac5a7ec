"""Figures of a query corrected for who is heard and for what the engine gets wrong. Reads mentions, not rollups, since
authors and stories do not add up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
from django.db import connection

from analytics.insights.contracts import Period
from analytics.insights.rollups import hour_of
from analytics.insights.selectors import bounds
from analytics.insights.weighting.compose import Corrected, Options, correct
from analytics.insights.weighting.prevalence import Confusion
from analytics.insights.weighting.sample import UNREAD, Integers, Sample
from analytics.language.cards.shape import ModelCard
from analytics.language.contracts import SENTIMENTS
from analytics.language.registry.selectors import base_of, card_for
from analytics.listening.models import Query
from kernel.errors import ValidationFailed
from kernel.ids import decode

MOST_MENTIONS: Final = 200_000
_DAY_SECONDS: Final = 86_400.0
_HOUR: Final = timedelta(hours=1)


def corrected(*, query: Query, period: Period, zone: str, options: Options) -> Corrected:
    """What the query shows in the period, raw and corrected. Call it outside of a transaction: cards are in public.

    Raises ValidationFailed (/start) where there are more than 200,000 mentions."""
    sample = _sample(query, period, zone)
    confusions = _confusions(sample.readers) if options.misclassification else {}
    return correct(sample, options, confusions=confusions)


def _sample(query: Query, period: Period, zone: str) -> Sample:
    start, end = map(_first_hour, bounds(period, zone))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.sentiment, m.author_id, m.story, m.posted_at, m.source, m.country, m.language, m.rating, "
            "CASE WHEN 'sentiment' = ANY(m.corrected) THEN '' ELSE m.model_id END "
            "FROM mentions_mentionmatch q JOIN mentions_mention m ON m.id = q.mention_id "
            "WHERE q.query_id = %s AND q.posted_at >= %s AND q.posted_at < %s AND q.settled AND NOT q.hidden "
            "ORDER BY q.posted_at, q.mention_id LIMIT %s",
            [decode("qry", query.id), start, end, MOST_MENTIONS + 1],
        )
        rows = cursor.fetchall()
    if len(rows) > MOST_MENTIONS:
        raise ValidationFailed.of(
            "/start",
            f"There are more than {MOST_MENTIONS:,} mentions; choose a shorter period.",
            code="too_many_mentions",
        )
    columns: list[Sequence[Any]] = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(9)]
    sentiment, author, story, posted, source, country, language, rating, model = columns
    # An unknown author has a number of its own.
    author_codes, _ = _codes([value or ("unknown", place) for place, value in enumerate(author)])
    source_codes, sources = _codes(source)
    country_codes, countries = _codes(country)
    language_codes, languages = _codes(language)
    reader_codes, readers = _codes(list(zip(model, language, strict=True)))
    return Sample(
        sentiment=np.array([SENTIMENTS.index(each) if each else UNREAD for each in sentiment], dtype=np.int64),
        author=author_codes,
        story=_codes(story)[0],
        age=np.array([(end - each).total_seconds() / _DAY_SECONDS for each in posted], dtype=np.float64),
        source=source_codes,
        country=country_codes,
        language=language_codes,
        reader=reader_codes,
        rating=np.array([np.nan if each is None else each for each in rating], dtype=np.float64),
        sources=tuple(sources),
        countries=tuple(countries),
        languages=tuple(languages),
        readers=tuple(readers),
    )


def _first_hour(moment: datetime) -> datetime:
    """The first whole UTC hour from a moment on: in a zone off by half an hour, rollups count an hour for the day it
    starts in, and these are the same mentions."""
    return hour_of(moment.astimezone(UTC) + _HOUR - timedelta.resolution)


def _codes(values: Sequence[Any]) -> tuple[Integers, list[Any]]:
    """Each value's number, and the values by number, in the order in which they come first."""
    numbers: dict[Any, int] = {}
    codes = [numbers.setdefault(value, len(numbers)) for value in values]
    return np.array(codes, dtype=np.int64), list(numbers)


def _confusions(readers: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Confusion]:
    """The cards' tables for those models and languages that have one. None for a reading that a client's own tuning
    changed: how it errs was not measured with it."""
    cards = {model: card_for(model) for model in {model for model, _ in readers} if model and base_of(model) == model}
    found = {}
    for model, language in readers:
        card = cards.get(model)
        table = _table(card, language) if card is not None else None
        if table is not None:
            found[model, language] = table
    return found


def _table(card: ModelCard, language: str) -> Confusion | None:
    """The card's tables of sentiment in one language with all three labels, added up: those of held-out posts, or where
    there are none, of those that something was chosen on."""
    head = card.heads.get("sentiment")
    scores = [
        score
        for score in (head.scores if head is not None else ())
        if score.language == language and score.labels == SENTIMENTS and score.confusion
    ]
    tables = [score.confusion for score in scores if score.role == "held_out"] or [each.confusion for each in scores]
    if not tables:
        return None
    return tuple(tuple(int(count) for count in row) for row in np.sum(np.array(tables), axis=0))
