"""Stored mentions are looked through while others do so or change what is looked for: each row once, no deadlock."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.db import connections, transaction

from analytics.journey import services as reading
from analytics.journey.listen import Ear
from analytics.journey.services import enrich, take
from analytics.language.aspects import runs, services
from analytics.language.aspects.inforce import settings_row
from analytics.language.aspects.models import MentionAspect
from analytics.listening.models import Query
from analytics.listening.selectors import listener
from analytics.listening.services import create_query
from analytics.mentions.contracts import Hit
from analytics.mentions.matching import replace_matches
from analytics.mentions.models import Mention
from analytics.mentions.services import lock_matches
from kernel import db
from kernel.ids import decode
from tenants import services as clients
from tenants.datakeys import data_key
from tenants.models import Agency, User
from tests.journey.heard import NOW, ORIGIN, post
from tests.kernel.queue_fixtures import COMMITTING, PATIENCE, committed
from tests.language.toy import Engines, ToyEngine, by_hash
from tests.tenants.committing import agency

__all__ = ["agency", "committed"]

pytestmark = COMMITTING

AtOnce = Callable[..., None]


@pytest.fixture
def at_once(agency: tuple[Agency, User], engines: Engines) -> AtOnce:
    """Runs tasks at once in a client that has two mentions, of which one was read."""
    made, owner = agency
    client = clients.create_client(agency_id=made.id, name="One", locale="en-GB", time_zone="UTC", actor=owner.id)
    engines(ToyEngine("toy/0", by_hash("toy/0")))

    def apart(task: Callable[[], Any]) -> None:
        try:
            with db.enter(client.schema_name):
                task()
        finally:
            connections.close_all()

    def run(*tasks: Callable[[], Any], then: Callable[[], Any]) -> None:
        with ThreadPoolExecutor(len(tasks)) as pool:
            for work in [pool.submit(apart, task) for task in tasks]:
                work.result(PATIENCE)
        with db.enter(client.schema_name):
            then()

    with db.enter(client.schema_name):
        create_query(name="Juniper", kind="brand", text="juniper")
        services.choose_industry(industry="restaurants")
        ear = Ear(listener(), data_key(client))
        posts = [post(1, "Juniper has great food"), post(2, "Juniper is dear, Birch is not")]
        take(posts=posts, origin=ORIGIN, ear=ear, now=NOW)
        enrich(origin=ORIGIN, limit=1, now=NOW)
    return run


def met(meeting: Barrier, call: Callable[..., Any], *, sure: bool = False) -> Callable[..., Any]:
    """A call after which another thread is waited for, if it can come; where it is `sure` to, the first time for as
    long as it takes."""
    longest = iter([PATIENCE] if sure else [])

    def waits(*args: Any, **more: Any) -> Any:
        answer = call(*args, **more)
        with suppress(BrokenBarrierError):
            meeting.wait(next(longest, 2))
        return answer

    return waits


def test_two_who_look_at_the_same_write_it_once(at_once: AtOnce, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "write_aspects", met(Barrier(2), runs.write_aspects))

    def follow() -> None:
        runs.follow_query(query_id=Query.objects.get(name="Juniper").id)

    def check() -> None:
        rows = list(MentionAspect.objects.values_list("aspect", "entity", "start"))
        assert len(rows) == len(set(rows)) > 1

    at_once(follow, follow, then=check)


def test_an_own_aspect_goes_with_what_is_just_being_found_of_it(
    at_once: AtOnce, monkeypatch: pytest.MonkeyPatch
) -> None:
    written, gone = Barrier(2), Barrier(2)
    monkeypatch.setattr(runs, "write_aspects", met(gone, met(written, runs.write_aspects, sure=True)))

    def look_through() -> None:
        services.create_own(name="Food", text="food", by="usr_1", now=NOW)
        job = runs.request_run()
        assert job is not None
        runs.run_slice(job_id=job.id)

    def delete() -> None:
        written.wait(PATIENCE)
        services.delete_own(aspect=services.OwnAspect.objects.get(name="Food"))

    def check() -> None:
        assert not services.OwnAspect.objects.exists()
        assert MentionAspect.objects.exists()

    at_once(look_through, delete, then=check)


def test_a_brand_that_matches_while_a_mention_is_read_is_found_in_it(
    at_once: AtOnce, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked, followed = Barrier(2), Barrier(2)
    monkeypatch.setattr(reading, "find_aspects", met(followed, met(looked, reading.find_aspects, sure=True)))

    def understand() -> None:
        enrich(origin=ORIGIN, limit=5, now=NOW)

    def match() -> None:
        looked.wait(PATIENCE)
        query = create_query(name="Birch", kind="competitor", text="birch")
        mention = Mention.objects.get(external_id="p2")
        with transaction.atomic():
            lock_matches(alone=True)
            hit = Hit(query.id, 1, (17, 22))
            replace_matches(query.id, of=[decode("men", mention.id)], found=[(mention.id, NOW, hit)])
        runs.follow_query(query_id=query.id)

    def check() -> None:
        assert MentionAspect.objects.filter(entity__name="Birch").count() == 1

    at_once(understand, match, then=check)


def test_the_end_of_a_run_and_another_wish_wait_in_the_same_order(
    at_once: AtOnce, monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting = Barrier(2)

    def look_through() -> None:
        job = runs.request_run()
        assert job is not None
        while runs.AspectRun.objects.filter(done=0).filter(job_id=job.id).exists():
            runs._page(job.id)
        started.wait(PATIENCE)
        monkeypatch.setattr(runs, "_locked", met(meeting, runs._locked))
        runs.run_slice(job_id=job.id)

    def wish() -> None:
        started.wait(PATIENCE)
        monkeypatch.setattr(services, "_settings", met(meeting, services._settings))
        services.choose_industry(industry="hotels")

    def check() -> None:
        assert settings_row().industry == "hotels"

    started = Barrier(2)
    at_once(look_through, wish, then=check)
