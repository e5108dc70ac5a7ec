"""A query is deleted while its mentions are being given topics: both end, and nothing is left."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.db import connections

from analytics.journey.requests import remove_query
from analytics.listening.models import Query
from analytics.topics import services
from analytics.topics.models import Topic, TopicMention, TopicRun
from kernel import db
from kernel.jobs.models import Job
from tenants import services as clients
from tenants.models import Agency, User
from tests.kernel.queue_fixtures import COMMITTING, committed
from tests.mentions.sample import NOON
from tests.tenants.committing import agency
from tests.topics.talk import said, store_talk

__all__ = ["agency", "committed"]

pytestmark = COMMITTING


def test_a_query_goes_with_the_topics_that_are_being_read(
    agency: tuple[Agency, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, owner = agency
    client = clients.create_client(agency_id=made.id, name="One", locale="en-GB", time_zone="UTC", actor=owner.id)
    with db.enter(client.schema_name):
        query = Query.objects.create(name="Juniper", kind="brand", text="juniper")
        store_talk(said(120, seed=1, languages=("en",)), query.id)
        run, job = services.request_run(query=query)
        assert services.learn(run_id=run.id)
    written, gone = Barrier(2), Barrier(2)
    write = services._read

    def written_and_waiting(*args: Any) -> Any:
        told = write(*args)
        written.wait(20)
        with suppress(BrokenBarrierError):
            gone.wait(2)
        return told

    monkeypatch.setattr(services, "_read", written_and_waiting)

    def remove() -> None:
        written.wait(20)
        remove_query(query=query)

    def apart(task: Callable[[], Any]) -> None:
        try:
            with db.enter(client.schema_name):
                task()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        tasks = (lambda: services.read_slice(run_id=run.id, now=NOON), remove)
        for work in [pool.submit(apart, task) for task in tasks]:
            work.result(60)
    with db.enter(client.schema_name):
        left = [model.objects.exists() for model in (Query, TopicRun, Topic, TopicMention)]
        assert left == [False] * 4
        assert Job.objects.get(id=job.id).state == "failed"
