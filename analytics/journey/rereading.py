"""Reading mentions again that were read before, and what people say of them instead.

Each is one transaction that leaves labels, matches and rollups as if the mentions had been read so in the first place,
whatever was read, set and taken back before. Noise scores rest on no label and stay.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from analytics.insights import rollups
from analytics.journey.listen import uncollected
from analytics.language.aspects.extracting import find_aspects, write_aspects
from analytics.language.labels import Labels, restore_readings, write_labels, write_readings
from analytics.language.services import current_model_id, reader, texts_of
from analytics.mentions.filtering import hide_noise
from analytics.mentions.matching import settle_matches
from analytics.mentions.services import lock_matches, lock_store
from kernel.ids import decode, encode


@transaction.atomic
@uncollected()
def reread(*, ids: Collection[str], now: datetime) -> int:
    """Read mentions again with what is in force, a thousand or so at once; `ids` are their public ones. What people
    have set stays set. Returns how many were read: those that are there and were read before. Raises
    EngineUnavailable."""
    pks = _pks(ids)
    while True:
        present = reader()
        texts = texts_of(pks)
        readings = present.read(texts) if texts else []
        aspects = find_aspects(ids=[text.id for text in texts], readings=readings, reader=present)
        _lock()  # only now: reading takes long
        if current_model_id() == present.model_id:
            break
    read = _relabelled(pks, lambda: write_readings([text.id for text in texts], readings, now=now))
    write_aspects(aspects)
    return len(read)


@transaction.atomic
def relabel(*, labels: Mapping[str, Labels], now: datetime) -> set[str]:
    """Set people's labels of mentions, by public id; a later one replaces an earlier one field by field. Returns the
    mentions that have them now: a mention that is not read yet cannot be corrected, nor one that is not there."""
    given = {decode("men", mention): each for mention, each in labels.items()}
    _lock()
    return _public(_relabelled(list(given), lambda: write_labels(given)))


@transaction.atomic
def take_back(*, fields: Mapping[str, Collection[str]], now: datetime) -> set[str]:
    """Give fields (`language.labels.FIELDS`) of mentions back to the engine, by public id. Returns the mentions that
    had any of them set. Raises ValueError for a field that there is not."""
    given = {decode("men", mention): names for mention, names in fields.items()}
    _lock()
    return _public(_relabelled(list(given), lambda: restore_readings(given)))


def _lock() -> None:
    """The store too: replies that come may move threads of the same mentions, in another order."""
    lock_store()
    lock_matches(alone=True)


def _relabelled(pks: Sequence[UUID], write: Callable[[], list[UUID]]) -> list[UUID]:
    with rollups.keep_counting(pks):
        written = write()
        settle_matches(written)
        hide_noise(written)
    return written


def _pks(ids: Collection[str]) -> list[UUID]:
    return [decode("men", each) for each in sorted(set(ids))]


def _public(pks: Collection[UUID]) -> set[str]:
    return {encode("men", pk) for pk in pks}
