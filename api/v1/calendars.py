"""The calendar: public holidays, feasts that recur, and the client's own events, beside which figures are read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.insights.context.models import Event
from analytics.insights.context.recurring import OBSERVANCES, is_place
from analytics.insights.context.selectors import calendar, event_of, events, occasions
from analytics.insights.context.services import add_event, change_event, remove_event, set_calendar
from api.pagination import page_of
from api.permissions import least
from api.schema import operation, sample_id
from api.serializers import (
    DayField,
    MomentField,
    NoParameters,
    PageParameters,
    Shown,
    StrictCharField,
    StrictSerializer,
)
from api.v1.periods import PeriodParameters, checked
from api.v1.snippets import audit
from api.views import ClientView

MOST_PLACES = 50
AHEAD = timedelta(days=90)

OCCASION_EXAMPLE = {
    "start": "2026-11-08",
    "end": "2026-11-08",
    "kind": "observance",
    "name": "Diwali",
    "ref": "diwali",
    "detail": "",
    "estimated": False,
}


class OccasionSerializer(Shown):
    start = serializers.DateField()
    end = serializers.DateField(help_text="The last day, included.")
    kind = serializers.ChoiceField(["public_holiday", "observance", "event"])
    name = serializers.CharField()
    ref = serializers.CharField(help_text="The country of a holiday, the name of an observance, the id of an event.")
    detail = serializers.CharField(help_text="Of an event, its kind; otherwise empty.")
    estimated = serializers.BooleanField(help_text="The date hangs on the moon and may shift by a day.")


class ObservanceSerializer(Shown):
    id = serializers.CharField()
    name = serializers.CharField()
    about = serializers.CharField(help_text="Who keeps it, and by which rule its date is found.")


class CalendarSerializer(Shown):
    countries = serializers.ListField(child=serializers.CharField())
    observances = serializers.ListField(child=serializers.CharField())
    updated_at = MomentField(allow_null=True, help_text="Null where nobody has set it yet.")
    known_observances = ObservanceSerializer(many=True, help_text="What `observances` may hold.")


class CalendarOfExportSerializer(Shown):
    countries = serializers.ListField(child=serializers.CharField())
    observances = serializers.ListField(child=serializers.CharField())
    updated_at = MomentField()


class NewCalendarSerializer(StrictSerializer):
    countries = serializers.ListField(
        child=StrictCharField(max_length=8),
        max_length=MOST_PLACES,
        help_text="Countries (ISO 3166-1, `DE`), or parts of one (ISO 3166-2, `DE-BY`), whose public holidays count.",
    )
    observances = serializers.ListField(
        child=StrictCharField(max_length=40),
        max_length=len(OBSERVANCES),
        help_text="Feasts and commercial days, by their id.",
    )

    def validate_countries(self, countries: list[str]) -> list[str]:
        known = {place for place in countries if is_place(place)}
        return _all_known(countries, known, "This is no country or part of one whose holidays are known.")

    def validate_observances(self, names: list[str]) -> list[str]:
        return _all_known(names, set(OBSERVANCES), "This is no observance that is known.")


def _all_known(given: list[str], known: set[str], problem: str) -> list[str]:
    wrong: Any = {place: [problem] for place, name in enumerate(given) if name not in known}
    if wrong:
        raise serializers.ValidationError(wrong, code="unknown_value")
    return given


class OwnEventSerializer(Shown):
    id = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(Event.Kind.choices)
    start = serializers.DateField()
    end = serializers.DateField()
    note = serializers.CharField()
    created_at = MomentField()
    updated_at = MomentField()


class NewEventSerializer(StrictSerializer):
    name = StrictCharField(max_length=200)
    kind = serializers.ChoiceField(Event.Kind.choices)
    start = DayField(help_text="First day, in the client's time zone.")
    end = DayField(help_text="Last day, included.")
    note = StrictCharField(max_length=2_000, required=False, default="", allow_blank=True)


class EventChangesSerializer(StrictSerializer):
    name = StrictCharField(max_length=200, required=False)
    kind = serializers.ChoiceField(Event.Kind.choices, required=False)
    start = DayField(required=False)
    end = DayField(required=False)
    note = StrictCharField(max_length=2_000, required=False, allow_blank=True)


class OccasionListSerializer(Shown):
    start = serializers.DateField()
    end = serializers.DateField()
    time_zone = serializers.CharField()
    data = OccasionSerializer(many=True)  # type: ignore[assignment]


class OccasionParameters(PeriodParameters):
    start = DayField(required=False, help_text="First day, in the client's time zone. Left out: today.")
    end = DayField(required=False, help_text="Last day, included. Left out: 90 days after `start`.")


_EVENT = {
    "id": sample_id("evt"),
    "name": "Spring sale",
    "kind": "sale",
    "start": "2026-03-20",
    "end": "2026-03-27",
    "note": "",
    "created_at": "2026-03-01T09:00:00Z",
    "updated_at": "2026-03-01T09:00:00Z",
}
_CALENDAR = {
    "countries": ["DE-BY", "IN"],
    "observances": ["diwali", "ramadan"],
    "updated_at": "2026-03-01T09:00:00Z",
    "known_observances": [{"id": "diwali", "name": "Diwali", "about": "Hindus, Sikhs, Jains; India's calendar."}],
}


def _shown_calendar() -> dict[str, Any]:
    kept = calendar()
    return CalendarSerializer.of(  # type: ignore[no-any-return]
        {
            "countries": kept.countries if kept else [],
            "observances": kept.observances if kept else [],
            "updated_at": kept.updated_at if kept else None,
            "known_observances": [
                {"id": name, "name": each.name, "about": each.about} for name, each in OBSERVANCES.items()
            ],
        }
    )


class Calendar(ClientView):
    roles = least(GET="viewer", PUT="analyst")

    @operation(
        id="calendar_get",
        tag="calendar",
        summary="Get the calendar",
        description="Whose public holidays and which observances are shown beside this client's figures, and which "
        "there are to choose from.",
        answer=CalendarSerializer,
        answered=_CALENDAR,
    )
    def get(self, request: Request, client: str) -> Response:
        NoParameters.read(request)
        return Response(_shown_calendar())

    @operation(
        id="calendar_set",
        tag="calendar",
        summary="Set the calendar",
        description="Replaces both lists. Figures themselves do not change: the calendar stands beside them. Needs the "
        "role analyst.",
        body=NewCalendarSerializer,
        answer=CalendarSerializer,
        sent={"countries": ["DE-BY", "IN"], "observances": ["diwali", "ramadan"]},
        answered=_CALENDAR,
    )
    def put(self, request: Request, client: str) -> Response:
        body = NewCalendarSerializer.read(request)
        set_calendar(**body, now=timezone.now())
        audit(self, "calendar.set", countries=len(body["countries"]), observances=len(body["observances"]))
        return Response(_shown_calendar())


class Occasions(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="occasions_list",
        tag="calendar",
        summary="See what is in the calendar",
        description="Public holidays, observances and own events that touch a period, in order. Days by the moon that "
        "lie ahead may be estimates. Holidays are known for the years 2000 to 2060, India's feasts for 2001 to 2035.",
        query=OccasionParameters,
        answer=OccasionListSerializer,
        answered={
            "start": "2026-11-01",
            "end": "2026-11-30",
            "time_zone": "Europe/London",
            "data": [OCCASION_EXAMPLE],
        },
    )
    def get(self, request: Request, client: str) -> Response:
        given = OccasionParameters.read(request)
        zone = self.client.time_zone
        start = given.get("start") or timezone.now().astimezone(ZoneInfo(zone)).date()
        period = checked(start, given.get("end") or start + AHEAD)
        found = occasions(period.start, period.end)
        return Response(
            OccasionListSerializer.of({"start": period.start, "end": period.end, "time_zone": zone, "data": found})
        )


class Events(ClientView):
    roles = least(GET="viewer", POST="analyst")

    @operation(
        id="events_list",
        tag="calendar",
        summary="List own events",
        description="What the client entered itself: sales, launches, crises. Newest first.",
        query=PageParameters,
        answer=OwnEventSerializer.page(),
        answered={"data": [_EVENT], "next_cursor": None},
    )
    def get(self, request: Request, client: str) -> Response:
        page = page_of(events(), **PageParameters.read(request))
        return Response(page.body(OwnEventSerializer.of))

    @operation(
        id="events_create",
        tag="calendar",
        summary="Add an event",
        description="Shown beside the figures of its days from now on. Needs the role analyst.",
        body=NewEventSerializer,
        answer=OwnEventSerializer,
        status=201,
        location=True,
        errors=(409,),
        says={409: "There are too many events."},
        sent={"name": "Spring sale", "kind": "sale", "start": "2026-03-20", "end": "2026-03-27"},
        answered=_EVENT,
    )
    def post(self, request: Request, client: str) -> Response:
        event = add_event(**NewEventSerializer.read(request), now=timezone.now())
        audit(self, "event.created", event=event.id)
        return Response(OwnEventSerializer.of(event), 201, headers={"Location": self.link("events", event.id)})


class OneEvent(ClientView):
    roles = least(GET="viewer", PATCH="analyst", DELETE="analyst")

    @operation(
        id="events_get",
        tag="calendar",
        summary="Get an event",
        description="One of the client's own events.",
        answer=OwnEventSerializer,
        answered=_EVENT,
    )
    def get(self, request: Request, client: str, event: str) -> Response:
        NoParameters.read(request)
        return Response(OwnEventSerializer.of(event_of(event)))

    @operation(
        id="events_update",
        tag="calendar",
        summary="Change an event",
        description="Changes the fields you send. Needs the role analyst.",
        body=EventChangesSerializer,
        answer=OwnEventSerializer,
        sent={"end": "2026-03-29"},
        answered={**_EVENT, "end": "2026-03-29"},
    )
    def patch(self, request: Request, client: str, event: str) -> Response:
        found = event_of(event)
        changes = EventChangesSerializer.read(request, partial=True)
        changed = change_event(event=found, changes=changes, now=timezone.now())
        if changes:
            audit(self, "event.changed", event=changed.id, fields=sorted(changes))
        return Response(OwnEventSerializer.of(changed))

    @operation(
        id="events_delete",
        tag="calendar",
        summary="Delete an event",
        description="Nothing but the event goes. Needs the role analyst.",
        status=204,
        says={204: "The event is gone."},
    )
    def delete(self, request: Request, client: str, event: str) -> Response:
        NoParameters.read(request)
        found = event_of(event)
        remove_event(event=found)
        audit(self, "event.deleted", event=event)
        return Response(status=204)


client_urlpatterns = [
    path("clients/<str:client>/calendar", Calendar.as_view(), name="calendar"),
    path("clients/<str:client>/occasions", Occasions.as_view(), name="occasions"),
    path("clients/<str:client>/events", Events.as_view(), name="events"),
    path("clients/<str:client>/events/<str:event>", OneEvent.as_view(), name="event"),
]
