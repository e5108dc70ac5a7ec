"""What stands in a client's calendar."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet

from analytics.insights.context.contracts import Occasion
from analytics.insights.context.models import Calendar, Event, Population
from analytics.insights.context.recurring import OBSERVANCES, is_place, observances, public_holidays
from kernel.lookups import one


def calendar() -> Calendar | None:
    """The present client's; None where nobody has set one."""
    return Calendar.objects.first()


def events() -> QuerySet[Event]:
    return Event.objects.all()


def event_of(public_id: str) -> Event:
    """Raises NotFound."""
    return one(events(), public_id)


def populations() -> QuerySet[Population]:
    return Population.objects.all()


def population_of(public_id: str) -> Population:
    """Raises NotFound."""
    return one(populations(), public_id)


def occasions(start: date, end: date) -> list[Occasion]:
    """Everything in the client's calendar that touches the days from `start` to `end`, both included, in order;
    forecasts may take it as a regressor. What an older library knew and this one does not is left out."""
    found = [
        Occasion(row.start, row.end, "event", row.name, row.id, row.kind)
        for row in Event.objects.filter(start__lte=end, end__gte=start)
    ]
    kept = calendar()
    if kept is not None:
        found += public_holidays([place for place in kept.countries if is_place(place)], start, end)
        found += observances([name for name in kept.observances if name in OBSERVANCES], start, end)
    return sorted(found, key=lambda each: (each.start, each.end, each.kind, each.name, each.ref))
