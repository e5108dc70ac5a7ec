"""Keeping a client's calendar, events and populations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from django.db import transaction

from analytics.insights.context.models import Calendar, Event, Population
from kernel.errors import Conflict, ValidationFailed
from kernel.lookups import one

MOST_EVENTS = 2_000
MOST_POPULATIONS = 100

R = TypeVar("R", Event, Population)


def set_calendar(*, countries: Sequence[str], observances: Sequence[str], now: datetime) -> Calendar:
    """Show these holidays and observances from now on; what was there before is replaced."""
    kept, _ = Calendar.objects.update_or_create(
        id=1, defaults={"countries": sorted(set(countries)), "observances": sorted(set(observances)), "updated_at": now}
    )
    return kept


def add_event(*, name: str, kind: str, start: date, end: date, note: str, now: datetime) -> Event:
    """Raises ValidationFailed (/end) for days out of order and Conflict beyond 2,000 events."""
    _check_order(start, end)
    if Event.objects.count() >= MOST_EVENTS:
        raise Conflict(f"There are {MOST_EVENTS} events already; delete some first.")
    return Event.objects.create(name=name, kind=kind, start=start, end=end, note=note, created_at=now, updated_at=now)


def change_event(*, event: Event, changes: Mapping[str, Any], now: datetime) -> Event:
    """Raises ValidationFailed (/end) for days out of order, NotFound for an event that is gone."""
    with transaction.atomic():
        held = one(Event.objects.select_for_update(), event.id)  # two may change a day each
        _check_order(changes.get("start", held.start), changes.get("end", held.end))
        return _changed(held, changes, now)


def remove_event(*, event: Event) -> None:
    event.delete()


def add_population(*, name: str, origin: str, margins: Mapping[str, Mapping[str, float]], now: datetime) -> Population:
    """Raises Conflict beyond 100 populations. `margins` are checked by who calls."""
    if Population.objects.count() >= MOST_POPULATIONS:
        raise Conflict(f"There are {MOST_POPULATIONS} populations already; delete some first.")
    return Population.objects.create(name=name, origin=origin, margins=margins, created_at=now, updated_at=now)


def change_population(*, population: Population, changes: Mapping[str, Any], now: datetime) -> Population:
    """Raises NotFound for a population that is gone."""
    with transaction.atomic():
        return _changed(one(Population.objects.select_for_update(), population.id), changes, now)


def remove_population(*, population: Population) -> None:
    population.delete()


def _changed(row: R, changes: Mapping[str, Any], now: datetime) -> R:
    if not changes:
        return row
    for name, value in changes.items():
        setattr(row, name, value)
    row.updated_at = now
    row.save(update_fields=[*changes, "updated_at"])
    return row


def _check_order(start: date, end: date) -> None:
    if end < start:
        raise ValidationFailed.of("/end", "It ends before it starts.", code="bad_period")
