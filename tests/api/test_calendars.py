"""The calendar, own events and populations through the API, and where they show."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from analytics.insights.context.models import Event, Population
from analytics.insights.context.services import add_event, add_population, change_event, change_population
from analytics.insights.models import HourlyRollup
from analytics.listening.models import Query
from kernel import db
from kernel.errors import NotFound, ValidationFailed
from tenants.models import AuditEvent
from tests.api.conftest import Api
from tests.cast import Cast

pytestmark = pytest.mark.django_db
SALE = {"name": "Spring sale", "kind": "sale", "start": "2026-03-20", "end": "2026-03-27"}
ALL = {"name": "Customers", "origin": "A survey", "margins": {"source": {"web": 0.6, "forum": 0.4}}}


def test_the_calendar_shows_beside_the_figures(api: Api, place: str) -> None:
    analyst = api("analyst")
    empty = analyst.get(f"{place}/calendar").json()
    assert (empty["countries"], empty["observances"], empty["updated_at"]) == ([], [], None)
    assert {"diwali", "ramadan", "black_friday"} <= {each["id"] for each in empty["known_observances"]}
    set_ = analyst.put(f"{place}/calendar", {"countries": ["IN", "DE-BY", "IN"], "observances": ["diwali"]})
    assert (set_.status_code, set_.json()["countries"]) == (200, ["DE-BY", "IN"])
    made = analyst.post(f"{place}/events", {**SALE, "start": "2026-11-05", "end": "2026-11-09"}).json()
    listed = analyst.get(f"{place}/occasions", {"start": "2026-11-01", "end": "2026-11-30"}).json()["data"]
    assert [(each["start"], each["kind"], each["ref"], each["detail"]) for each in listed] == [
        ("2026-11-01", "public_holiday", "DE-BY", ""),
        ("2026-11-05", "event", made["id"], "sale"),
        ("2026-11-08", "observance", "diwali", ""),
        ("2026-11-08", "public_holiday", "IN", ""),
        ("2026-11-24", "public_holiday", "IN", ""),
    ]
    series = analyst.get(f"{place}/insights/timeseries", {"start": "2026-11-08", "end": "2026-11-08"}).json()
    assert [each["name"] for each in series["occasions"]] == ["Spring sale", "Diwali", "Diwali"]
    # Nothing said: what lies ahead.
    ahead = analyst.get(f"{place}/occasions").json()
    assert (datetime.fromisoformat(ahead["end"]) - datetime.fromisoformat(ahead["start"])).days == 90


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"countries": ["DE", "XX"], "observances": []}, "/countries/1"),
        ({"countries": [], "observances": ["diwali", "doomsday"]}, "/observances/1"),
        ({"countries": ["DE"]}, "/observances"),
        ({"countries": "DE", "observances": []}, "/countries"),
        ({"countries": [1], "observances": []}, "/countries/0"),
        ({"countries": ["DE"] * 51, "observances": []}, "/countries"),
        ({"countries": [], "observances": [], "feasts": []}, "/feasts"),
    ],
)
def test_no_calendar(api: Api, place: str, body: dict[str, Any], pointer: str) -> None:
    answer = api("analyst").put(f"{place}/calendar", body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)


def test_events_are_made_changed_and_deleted(api: Api, place: str, cast: Cast) -> None:
    analyst = api("analyst")
    made = analyst.post(f"{place}/events", SALE)
    assert (made.status_code, made["Location"]) == (201, f"{place}/events/{made.json()['id']}")
    url = made["Location"]
    changed = analyst.patch(url, {"end": "2026-03-29", "note": "longer"}).json()
    assert (changed["start"], changed["end"], changed["note"]) == ("2026-03-20", "2026-03-29", "longer")
    refused = analyst.patch(url, {"start": "2026-04-01"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/end")
    assert analyst.patch(url, {"kind": "party"}).status_code == 400
    assert [each["id"] for each in analyst.get(f"{place}/events").json()["data"]] == [made.json()["id"]]
    assert analyst.delete(url).status_code == 204
    assert analyst.get(url).status_code == 404


def test_populations_are_made_changed_and_deleted(api: Api, place: str) -> None:
    analyst = api("analyst")
    made = analyst.post(f"{place}/populations", ALL)
    assert made.status_code == 201
    assert made.json()["margins"] == {"source": {"web": 0.6, "forum": 0.4}, "country": {}, "language": {}}
    url = made["Location"]
    changed = analyst.patch(url, {"margins": {"country": {"DE": 1}}}).json()
    assert changed["margins"] == {"source": {}, "country": {"DE": 1.0}, "language": {}}
    assert changed["name"] == "Customers"
    assert analyst.delete(url).status_code == 204
    assert analyst.get(url).status_code == 404


@pytest.mark.parametrize(
    ("margins", "pointer"),
    [
        ({}, "/margins"),
        ({"source": {}}, "/margins"),
        ({"age": {"18-29": 1.0}}, "/margins/age"),
        ({"source": {"web": 0.5}}, "/margins/source"),
        ({"source": {"web": 1.5}}, "/margins/source/web"),
        ({"source": {"web": "1"}}, "/margins/source/web"),
        ({"source": {"web": True}}, "/margins/source/web"),
        ({"country": {"Germany": 1.0}}, "/margins/country/Germany"),
        ({"language": {"german!": 1.0}}, "/margins/language/german!"),
        ({"source": [0.5, 0.5]}, "/margins/source"),
        ({"source": {f"s{n}": 1 / 101 for n in range(101)}}, "/margins/source"),
        ("web", "/margins"),
    ],
)
def test_no_population(api: Api, place: str, margins: Any, pointer: str) -> None:
    answer = api("analyst").post(f"{place}/populations", {**ALL, "margins": margins})
    assert answer.status_code == 400, answer.json()
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_a_day_that_stands_out_is_shown_with_what_the_calendar_has(api: Api, place: str, cast: Cast) -> None:
    start = datetime(2026, 10, 11, 12, tzinfo=UTC)
    with db.enter(cast.client.schema_name):
        query = Query.objects.create(name="Juniper", kind="brand", text="juniper")
        for ago in range(35):
            hour = start + timedelta(days=ago)
            busy = hour.date().isoformat() == "2026-11-08"
            HourlyRollup.objects.create(
                hour=hour, query=query, source="web",
                mentions=90 if busy else 10 + ago % 3, negative=80 if busy else 3, neutral=3, positive=2 if busy else 4,
            )  # fmt: skip
    analyst = api("analyst")
    analyst.put(f"{place}/calendar", {"countries": [], "observances": ["diwali"]})
    asked = {"start": "2026-11-01", "end": "2026-11-14"}
    (row,) = analyst.get(f"{place}/insights/unusual_days", asked).json()["data"]
    assert (row["query"], row["looked_at"]) == (query.id, 14)
    assert 0.14 <= row["by_chance"] <= 0.28
    assert [(day["day"], day["kind"]) for day in row["days"]] == [
        ("2026-11-08", "volume_high"),
        ("2026-11-08", "sentiment_low"),
    ]
    volume, sentiment = row["days"]
    assert volume["value"] == 90 > volume["high"]
    assert sentiment["value"] < sentiment["low"]
    assert [each["name"] for each in volume["occasions"]] == ["Diwali"]
    refused = analyst.get(f"{place}/insights/unusual_days", {"start": "2026-01-01", "end": "2026-11-14"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/end")


def test_a_day_that_is_not_over_has_not_too_few(api: Api, place: str, cast: Cast) -> None:
    noon = datetime.now(ZoneInfo(cast.client.time_zone)).replace(hour=12, minute=0, second=0, microsecond=0)
    with db.enter(cast.client.schema_name):
        query = Query.objects.create(name="Juniper", kind="brand", text="juniper")
        for ago in range(30):
            HourlyRollup.objects.create(
                hour=noon - timedelta(days=ago), query=query, source="web", mentions=2 if ago < 2 else 50
            )
    days = [(noon - timedelta(days=ago)).date().isoformat() for ago in (1, 0)]
    (row,) = api("viewer").get(f"{place}/insights/unusual_days", {"start": days[0], "end": days[1]}).json()["data"]
    assert [(day["day"], day["kind"]) for day in row["days"]] == [(days[0], "volume_low")]


def test_of_two_who_change_a_day_each_the_later_is_told(cast: Cast) -> None:
    with db.enter(cast.client.schema_name):
        event = add_event(
            name="Sale", kind="sale", start=date(2026, 3, 1), end=date(2026, 3, 9), note="", now=timezone.now()
        )
        same = Event.objects.get(id=event.id)
        change_event(event=event, changes={"start": date(2026, 3, 8)}, now=timezone.now())
        with pytest.raises(ValidationFailed):
            change_event(event=same, changes={"end": date(2026, 3, 2)}, now=timezone.now())
        Event.objects.all().delete()
        with pytest.raises(NotFound):
            change_event(event=same, changes={"name": "Winter"}, now=timezone.now())
        shops = add_population(name="Shops", origin="x", margins={"source": {"web": 1.0}}, now=timezone.now())
        Population.objects.all().delete()
        with pytest.raises(NotFound):
            change_population(population=shops, changes={"name": "y"}, now=timezone.now())


def test_nothing_stands_out_where_nothing_was_heard(api: Api, place: str) -> None:
    answer = api("viewer").get(f"{place}/insights/unusual_days", {"start": "2026-11-01", "end": "2026-11-14"})
    assert answer.json()["data"] == []


def test_who_did_it_is_written_down(
    api: Api, place: str, cast: Cast, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        made = api("analyst").post(f"{place}/events", SALE).json()
    with db.public():
        event = AuditEvent.objects.filter(action="event.created").latest("id")
    assert event.detail == {"event": made["id"]}
