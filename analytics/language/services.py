"""Reading the texts of stored mentions, with what is in force."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from analytics.language.contracts import UNDECIDED, Engine, Reading
from analytics.language.langid import identify
from analytics.language.serving import serving_engine
from analytics.language.tuning.contracts import Tuning, model_id_of
from analytics.language.tuning.selectors import tuning_in_force

# How redaction writes a person. Each client has another pseudonym for them, and none may sway a reading.
_PSEUDONYM = re.compile(r"@~[a-z2-7]{10}")


@dataclass(frozen=True, slots=True)
class Text:
    """What an engine is given of a mention: title and text, and the source's own language tag. `id` is the database's
    own."""

    id: UUID
    text: str
    hint: str


@dataclass(frozen=True, slots=True)
class Reader:
    """What reads mentions of the present client from now on: the engine that the settings name, and after it what the
    client has of its own."""

    engine: Engine
    tuning: Tuning | None = None

    @property
    def model_id(self) -> str:
        """What its readings bear as their model."""
        engine = self.engine.model_id
        return engine if self.tuning is None else model_id_of(engine, self.tuning.version)

    def read(self, texts: Sequence[Text]) -> list[Reading]:
        """One reading per text, in order."""
        plain = [text.text for text in texts]
        readings = self.engine.read(plain, [text.hint for text in texts])
        return readings if self.tuning is None else self.tuning.apply(plain, readings)


def reader() -> Reader:
    """What is in force for the present client. Raises EngineUnavailable."""
    return Reader(serving_engine(), tuning_in_force())


def current_model_id() -> str:
    """What readings of the present client bear as their model from now on. Raises EngineUnavailable."""
    return reader().model_id


def without_pseudonyms(text: str) -> str:
    """A stored text, or a part of one, as engines get it."""
    return _PSEUDONYM.sub("@user", text)


def language_of(text: str, hint: str) -> str:
    """The language that an engine will say this text is in: title and text, with the source's own tag as hint. ISO 639
    code, "" where none can be told."""
    language = identify(without_pseudonyms(text), hint).language
    return "" if language == UNDECIDED else language


def unread(*, origin: str, limit: int) -> list[Text]:
    """At most `limit` mentions of one import or feed that have not been read yet, kept for the caller until its
    transaction ends; those that another worker keeps are left to it."""
    return _texts(
        "WHERE origin = %s AND understood_at IS NULL ORDER BY id LIMIT %s "
        # Not FOR UPDATE: that would skip the mentions which a query is just being matched against.
        "FOR NO KEY UPDATE SKIP LOCKED",
        [origin, limit],
    )


def texts_of(ids: Sequence[UUID]) -> list[Text]:
    """Those of some mentions that were read before."""
    return _texts("WHERE id = ANY(%s::uuid[]) AND understood_at IS NOT NULL ORDER BY id", [list(ids)])


def _texts(which: str, given: list[Any]) -> list[Text]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, title, text, language_hint FROM mentions_mention {which}", given)
        return [
            Text(pk, without_pseudonyms(f"{title}\n{text}" if title else text), hint)
            for pk, title, text, hint in cursor.fetchall()
        ]
