"""What happens by itself, once a day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from analytics.foresight.models import Forecast
from analytics.influence.models import InfluenceMap
from analytics.insights.models import HourlyRollup
from analytics.journey import actors
from analytics.journey.actors import MAP_DAYS
from analytics.listening.services import create_query
from analytics.sources.models import Feed
from analytics.sources.services import accept_upload
from kernel import db
from kernel.jobs.models import Job
from kernel.queue import send
from kernel.queue.models import DeadLetter, Message
from kernel.queue.testing import drain
from tenants.schema import versions
from tests.cast import Cast


def _import_days(count: int) -> None:
    last = datetime(2026, 3, 31, 12, tzinfo=UTC)
    rows = [
        f"p{back},{(last - timedelta(days=back)).isoformat()},someone_example,juniper {back}" for back in range(count)
    ]
    text = "id,created_at,author_handle,text\n" + "\n".join(rows)
    accept_upload(chunks=[text.encode()], file_name="posts.csv", source="web", mapping={}, options={})


def test_each_day_brings_a_map_and_forecasts_to_clients_that_have_mentions(cast: Cast) -> None:
    with db.enter(cast.client.schema_name):
        query = create_query(name="Juniper", kind="brand", text="juniper")
        _import_days(MAP_DAYS + 30)
    drain()

    send("journey.refresh_clients")
    drain()

    with db.enter(cast.client.schema_name):
        drawn = InfluenceMap.objects.get()
        assert (drawn.end - drawn.start).days == MAP_DAYS - 1
        assert set(Forecast.objects.values_list("query", "measure")) == {
            (query.id, "volume"),
            (query.id, "net_sentiment"),
        }
        assert not Job.objects.exclude(state=Job.State.SUCCEEDED).exists()
    with db.enter(cast.second_client.schema_name):
        assert not Job.objects.exists()


def test_a_job_whose_work_keeps_failing_ends(cast: Cast) -> None:
    with db.enter(cast.client.schema_name):
        job = Job.objects.create(kind="influence_map")
        send("influence.draw_map", job.id, "not a day", "2026-03-31")

    drain(delayed=True, reraise=False)

    with db.enter(cast.client.schema_name):
        job.refresh_from_db()
        assert job.state == Job.State.FAILED
        assert job.error is not None
        assert job.error["code"] == "failed"


@pytest.mark.parametrize("name", ["journey.poll_feeds", "journey.refresh_clients"])
def test_a_client_that_cannot_be_worked_for_holds_up_no_other(
    cast: Cast, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one whose schema the code is ahead of comes first."""
    first, *others = sorted((cast.client, cast.second_client, cast.other_client), key=lambda client: client.id)
    for client in others:
        with db.enter(client.schema_name):
            HourlyRollup.objects.create(
                hour=datetime(2026, 3, 1, tzinfo=UTC),
                query=create_query(name="Juniper", kind="brand", text="juniper"),
                source="web",
            )
            Feed.objects.create(url="http://feeds.invalid/a", name="a")
    with db.as_owner(), connection.cursor() as cursor:
        for table in ("sources_feed", "insights_hourlyrollup"):
            cursor.execute(f'ALTER TABLE "{first.schema_name}".{table} RENAME TO not_there_yet_{table}')
        cursor.execute(f"DELETE FROM \"{first.schema_name}\".django_migrations WHERE app IN ('sources', 'insights')")
    monkeypatch.setattr(versions, "_current", {})  # of a process that has just been started
    before = Message.objects.count()
    actors.poll_feeds() if name == "journey.poll_feeds" else actors.refresh_clients()
    sent = Message.objects.order_by("enqueued_at")[before:]
    assert {row.schema for row in sent} == {client.schema_name for client in others}


@pytest.mark.parametrize("name", ["journey.poll_feeds", "journey.refresh_clients"])
def test_what_goes_wrong_for_one_client_is_tried_again_for_it_alone(cast: Cast, name: str) -> None:
    first, *others = sorted((cast.client, cast.second_client, cast.other_client), key=lambda client: client.id)
    for client in others:
        with db.enter(client.schema_name):
            HourlyRollup.objects.create(
                hour=datetime(2026, 3, 1, tzinfo=UTC),
                query=create_query(name="Juniper", kind="brand", text="juniper"),
                source="web",
            )
            Feed.objects.create(url="http://127.0.0.1:9/a", name="a")
    with db.as_owner(), connection.cursor() as cursor:
        for table in ("sources_feed", "insights_hourlyrollup"):
            cursor.execute(f'ALTER TABLE "{first.schema_name}".{table} RENAME TO spoilt_{table}')

    send(name)
    drain(delayed=True, reraise=False)

    assert list(DeadLetter.objects.values_list("schema", flat=True)) == [first.schema_name]
    for client in others:
        with db.enter(client.schema_name):
            if name == "journey.poll_feeds":
                assert Feed.objects.exclude(polled_at=None).count() == 1
            else:
                assert InfluenceMap.objects.count() == 1
                assert Job.objects.filter(kind="influence_map").count() == 1


def test_a_feed_that_waits_to_be_polled_is_not_asked_for_again(cast: Cast) -> None:
    for client in (cast.client, cast.second_client):
        with db.enter(client.schema_name):
            Feed.objects.create(url="http://127.0.0.1:9/a", name="a")
    with db.enter(cast.client.schema_name):
        late = Feed.objects.get()
        send("journey.poll_feed", late.id)
        new = Feed.objects.create(url="http://127.0.0.1:9/b", name="b")
        actors.poll_client()
    with db.enter(cast.second_client.schema_name):
        actors.poll_client()

    sent = Message.objects.filter(actor="journey.poll_feed", schema=cast.client.schema_name)
    assert sorted(row.payload["args"][0] for row in sent) == sorted([late.id, new.id])
    assert Message.objects.filter(actor="journey.poll_feed", schema=cast.second_client.schema_name).count() == 1
