"""Clients tell their agency how they stand: after news, and every hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from analytics.insights.models import HourlyRollup
from analytics.journey.feeds import poll
from analytics.journey.summaries import ask_for_summary, tell_agency
from analytics.listening.services import create_query
from analytics.sources.models import Feed
from analytics.sources.services import accept_upload
from kernel import db
from kernel.queue import send
from kernel.queue.models import Message, Schedule
from kernel.queue.schedule import synchronise
from kernel.queue.testing import drain
from tenants.models import Client, ClientSummary
from tests.cast import Cast


def upload(rows: int, end: datetime) -> None:
    lines = [f"p{n},{(end - timedelta(hours=n)).isoformat()},ana_example,I love juniper {n}" for n in range(rows)]
    text = "id,created_at,author_handle,text\n" + "\n".join(lines)
    accept_upload(chunks=[text.encode()], file_name="posts.csv", source="web", mapping={}, options={})


def waiting() -> list[tuple[str, str]]:
    with db.public():
        return [(row.schema, row.actor) for row in Message.objects.order_by("schema")]


def test_an_import_ends_in_the_agencys_portfolio(cast: Cast) -> None:
    with db.enter(cast.client.schema_name):
        create_query(name="Juniper", kind="brand", text="juniper")
        upload(60, datetime.now(UTC))
    drain()
    assert not ClientSummary.objects.exists()
    assert waiting() == [(cast.client.schema_name, "journey.summarise")], "asked for several times, sent once"

    drain(delayed=True)

    told = ClientSummary.objects.get(client=cast.client)
    with db.enter(cast.client.schema_name):
        counted = sum(HourlyRollup.objects.values_list("mentions", flat=True))
    assert counted == 60
    assert (told.mentions_today or 0) + (told.mentions_7d or 0) == 60


@pytest.mark.usefixtures("spans_end")
def test_what_is_asked_for_within_half_a_minute_is_told_once_and_each_client_by_itself(cast: Cast) -> None:
    moment = datetime(2026, 3, 31, 12, 0, 1, tzinfo=UTC)
    for client in (cast.client, cast.second_client):
        with db.enter(client.schema_name):
            for second in (0, 10, 28):
                ask_for_summary(moment + timedelta(seconds=second))

    assert sorted(waiting()) == sorted(
        (client.schema_name, "journey.summarise") for client in (cast.client, cast.second_client)
    )
    with db.enter(cast.client.schema_name):
        ask_for_summary(moment + timedelta(seconds=29))
    assert len(waiting()) == 3


def test_reading_and_writing_never_share_a_place(cast: Cast) -> None:
    """Where client and public are two connections, a transaction over both could commit one and lose the other: nothing
    is read in public before the client was left, and nothing of the client after."""
    with db.enter(cast.client.schema_name):
        create_query(name="Juniper", kind="brand", text="juniper")
        with connection.execute_wrapper(seen := Seen()):
            assert tell_agency(client=cast.client, now=datetime(2026, 3, 31, tzinfo=UTC))

    places = [place for place, _ in seen.statements]
    assert places == sorted(places, key=[cast.client.schema_name, "public"].index)
    assert not [sql for place, sql in seen.statements if place != "public" and not sql.startswith("SELECT")]


class Seen:
    """The statements sent, each with the schema that was entered."""

    def __init__(self) -> None:
        self.statements: list[tuple[str, str]] = []

    def __call__(self, execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        self.statements.append((db.current(), sql))
        return execute(sql, params, many, context)


def test_every_hour_all_active_clients_tell(cast: Cast) -> None:
    Client.objects.filter(id=cast.second_client.id).update(status=Client.Status.SUSPENDED)
    synchronise(datetime(2026, 3, 31, tzinfo=UTC))
    assert Schedule.objects.get(name="journey.summarise_clients").every == timedelta(hours=1)

    send("journey.summarise_clients")
    drain()

    told = set(ClientSummary.objects.values_list("client", flat=True))
    assert told == {cast.client.id, cast.other_client.id}


def test_a_message_for_a_client_in_another_zone_counts_its_days(cast: Cast) -> None:
    Client.objects.filter(id=cast.client.id).update(time_zone="Pacific/Auckland")
    cast.client.refresh_from_db()
    now = datetime(2026, 3, 31, 12, 30, tzinfo=UTC)  # one in the morning of the first of April there
    with db.enter(cast.client.schema_name):
        query = create_query(name="Juniper", kind="brand", text="juniper")
        HourlyRollup.objects.create(hour=now.replace(hour=10, minute=0), query=query, source="web", mentions=3)
        tell_agency(client=cast.client, now=now)

    told = ClientSummary.objects.get(client=cast.client)
    assert (told.mentions_today, told.mentions_7d) == (0, 3)


@pytest.mark.parametrize("failures", [1, 3])
def test_a_feed_remembers_since_when_it_fails(in_client: Cast, failures: int) -> None:
    feed = Feed.objects.create(url="http://127.0.0.1:9/feed", name="Nobody answers there")
    first = datetime(2026, 3, 31, 12, tzinfo=UTC)
    for number in range(failures):
        poll(feed=feed, client=in_client.client, now=first + timedelta(minutes=10 * number))

    feed.refresh_from_db()
    assert feed.problem
    assert (feed.failing_since, feed.polled_at) == (first, first + timedelta(minutes=10 * (failures - 1)))
