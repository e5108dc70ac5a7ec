"""Workers that are killed while they deliver: each post is stored and counted once all the same."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

import pytest

from analytics.insights.models import HourlyRollup
from analytics.journey.streams.models import Parcel, Stream
from analytics.listening.catalogue.models import Entry
from analytics.mentions.models import Mention, MonthlyTally
from kernel import db
from tenants import services
from tenants.models import Agency, Client, User
from tests.journey.routing import listens, post, send, within
from tests.kernel.queue_fixtures import COMMITTING, committed, eventually, worker_process
from tests.tenants.committing import agency

__all__ = ["agency", "committed"]

pytestmark = [COMMITTING, pytest.mark.slow]

PARCELS, POSTS, KILLS = 12, 50, 3
PATIENCE_S = 600.0


@pytest.fixture
def clients(agency: tuple[Agency, User]) -> Iterator[list[Client]]:
    made, owner = agency
    yield [
        services.create_client(agency_id=made.id, name=name, locale="en-GB", time_zone="UTC", actor=owner.id)
        for name in ("One", "Two")
    ]
    for model in (Parcel, Stream, Entry):
        model.objects.all().delete()


def test_each_post_is_stored_once_however_often_workers_are_killed(clients: list[Client]) -> None:
    chance = random.Random(3)
    for client in clients:
        listens(client, "rye")
    for number in range(PARCELS):
        send(*(post(number * POSTS + one, "rye bread") for one in range(POSTS)))
    assert Parcel.objects.count() == len(clients) * PARCELS
    for _ in range(KILLS):
        before = Parcel.objects.count()
        with worker_process() as process:
            end = time.monotonic() + PATIENCE_S
            while Parcel.objects.count() == before and time.monotonic() < end and process.poll() is None:
                time.sleep(0.01)  # it has begun
            time.sleep(chance.random() * 0.1)
            process.kill()
            process.wait()
        send(*(post(number, "rye bread") for number in range(POSTS)))  # and the stream is read again from further back
    with worker_process():
        end = time.monotonic() + PATIENCE_S
        while Parcel.objects.exists() and time.monotonic() < end:
            time.sleep(0.1)
        eventually(lambda: not Parcel.objects.exists())
    for client in clients:
        assert within(client, Mention.objects.count) == PARCELS * POSTS
        counted = within(client, lambda: sum(HourlyRollup.objects.values_list("mentions", flat=True)))
        tallied = within(client, lambda: sum(MonthlyTally.objects.values_list("stored", flat=True)))
        assert (counted, tallied) == (PARCELS * POSTS, PARCELS * POSTS)
    assert db.current() == db.PUBLIC
