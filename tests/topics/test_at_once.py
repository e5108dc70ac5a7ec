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
from kernel.errors import NotFound
from kernel.jobs.models import Job
from tenants import services as clients
from tenants.models import Agency, User
from tests.kernel.queue_fixtures import COMMITTING, PATIENCE, committed
from tests.mentions.sample import NOON
from tests.tenants.committing import agency
from tests.topics.talk import said, store_talk

__all__ = ["agency", "committed"]

pytestmark = COMMITTING

Task = Callable[[], Any]


@pytest.fixture
def schema(agency: tuple[Agency, User]) -> str:
    """A client with one query, and what is said of it."""
    made, owner = agency
    client = clients.create_client(agency_id=made.id, name="One", locale="en-GB", time_zone="UTC", actor=owner.id)
    with db.enter(client.schema_name):
        query = Query.objects.create(name="Juniper", kind="brand", text="juniper")
        store_talk(said(120, seed=1, languages=("en",)), query.id)
    return client.schema_name


def at_once(schema: str, *tasks: Task) -> None:
    def apart(task: Task) -> None:
        try:
            with db.enter(schema):
                task()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(tasks)) as pool:
        for work in [pool.submit(apart, task) for task in tasks]:
            work.result(PATIENCE)


def removing(come: Barrier) -> Task:
    def remove() -> None:
        come.wait(PATIENCE)
        remove_query(query=Query.objects.get())

    return remove


def held(call: Callable[..., Any], come: Barrier) -> Callable[..., Any]:
    """A call after which another thread may come, and has some time."""

    def holds(*args: Any) -> Any:
        answer = call(*args)
        come.wait(PATIENCE)
        with suppress(BrokenBarrierError):
            Barrier(2).wait(2)
        return answer

    return holds


def test_a_query_goes_with_the_topics_that_are_being_read(schema: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with db.enter(schema):
        run, job = services.request_run(query=Query.objects.get())
        assert services.learn(run_id=run.id)
    come = Barrier(2)
    monkeypatch.setattr(services, "_read", held(services._read, come))
    at_once(schema, lambda: services.read_slice(run_id=run.id, now=NOON), removing(come))
    with db.enter(schema):
        assert [model.objects.exists() for model in (Query, TopicRun, Topic, TopicMention)] == [False] * 4
        assert Job.objects.get(id=job.id).state == "failed"


def test_a_query_goes_with_the_run_that_is_just_being_asked_for(schema: str, monkeypatch: pytest.MonkeyPatch) -> None:
    come = Barrier(2)
    monkeypatch.setattr(services, "send", held(services.send, come))
    with db.enter(schema):
        query = Query.objects.get()
    at_once(schema, lambda: services.request_run(query=query), removing(come))
    with db.enter(schema):
        assert not Query.objects.exists()
        assert not TopicRun.objects.exists()
        with pytest.raises(NotFound):
            services.request_run(query=query)
