"""History is read again while others store, read, correct and change queries: nobody waits for ever, and in the end
every count is right."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connections, transaction

from analytics.journey import rematch as way
from analytics.journey import rescoring
from analytics.journey.listen import Ear
from analytics.journey.models import Rescoring
from analytics.journey.rematch import rematch, rematch_slice
from analytics.journey.requests import change_query
from analytics.journey.rereading import relabel, take_back
from analytics.journey.rescoring import request_rescoring, rescore_slice
from analytics.journey.services import enrich, take
from analytics.language.labels import FIELDS, Labels
from analytics.listening.models import Query
from analytics.listening.selectors import listener
from analytics.listening.services import create_query
from analytics.mentions.models import Mention, MentionMatch
from analytics.privacy.protect import Protector
from kernel import db
from kernel.jobs.models import Job
from tenants import services
from tenants.datakeys import data_key
from tenants.models import Agency, User
from tests.journey.heard import NOW, ORIGIN, check_rollups, matches_of, rollups_of, some_posts
from tests.kernel.queue_fixtures import COMMITTING, PATIENCE, committed
from tests.language.toy import Engines, ToyEngine, by_hash
from tests.tenants.committing import agency

__all__ = ["agency", "committed"]

pytestmark = COMMITTING
ROUNDS = 5
TEXTS = ("bread NOT sentiment:positive", "rye emotion:joy", "(rye OR bread) NOT emotion:(anger OR fear)", "rye OR 東京")


def test_all_at_once_comes_right(
    agency: tuple[Agency, User], engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(way, "PAGE", 5)
    monkeypatch.setattr(rescoring, "PAGE", 4)
    made, owner = agency
    client = services.create_client(agency_id=made.id, name="One", locale="en-GB", time_zone="UTC", actor=owner.id)
    secret = data_key(client)
    pseudonym = Protector(secret).pseudonym

    def hear(first: int, seed: int) -> None:
        take(posts=some_posts(seed, 8, first=first), origin=ORIGIN, ear=Ear(listener(), secret), now=NOW)

    engines(ToyEngine("toy/0", by_hash("toy/0")))
    with db.enter(client.schema_name):
        create_query(name="Q", kind="topic", text=TEXTS[0])
        create_query(name="All", kind="topic", text="rye OR bread OR brot OR pain OR bakery OR sample OR 東京")
        hear(0, 1)
        enrich(origin=ORIGIN, limit=50, now=NOW)
    engines(ToyEngine("toy/1", by_hash("toy/1")))

    def change() -> None:
        for number in range(ROUNDS):
            query, job = change_query(query=Query.objects.get(name="Q"), text=TEXTS[(number + 1) % len(TEXTS)])
            if job is not None:
                rematch_slice(query_id=query.id, job_id=job.id, pseudonym=pseudonym)

    def store() -> None:
        for number in range(1, ROUNDS + 1):
            hear(100 * number, number)

    def understand() -> None:
        for _ in range(3 * ROUNDS):
            enrich(origin=ORIGIN, limit=4, now=NOW)

    def read_again() -> None:
        for _ in range(2):
            asked = request_rescoring()
            while not rescore_slice(rescoring_id=asked.id, now=lambda: datetime.now(UTC)):
                pass

    def correct() -> None:
        for number in range(2 * ROUNDS):
            ids = list(map(str, Mention.objects.order_by("?").values_list("id", flat=True)[:5]))
            relabel(labels={each: Labels(sentiment="positive", emotions=("joy",)) for each in ids}, now=NOW)
            if number % 2:
                take_back(fields=dict.fromkeys(ids[:3], FIELDS), now=NOW)

    def apart(task: Callable[..., Any]) -> None:
        try:
            with db.enter(client.schema_name):
                task()
        finally:
            connections.close_all()

    tasks = (change, store, understand, understand, read_again, read_again, correct)
    with ThreadPoolExecutor(7) as pool:
        for work in [pool.submit(apart, task) for task in tasks]:
            work.result(5 * PATIENCE)

    with db.enter(client.schema_name):
        while enrich(origin=ORIGIN, limit=50, now=NOW):
            pass
        assert Mention.objects.count() > 20
        check_rollups()
        assert set(Mention.objects.values_list("model_id", flat=True)) == {"toy/1"}
        assert not MentionMatch.objects.filter(settled=False).exists()
        assert not Rescoring.objects.filter(open=True).exists()
        assert set(Job.objects.filter(kind="rescoring").values_list("state", flat=True)) <= {"succeeded", "cancelled"}
        with transaction.atomic():
            query = Query.objects.get(name="Q")
            fresh = create_query(name="Fresh", kind="topic", text=query.text)
            for each in (query, fresh):
                rematch(query=each, pseudonym=pseudonym)
            assert matches_of(query) == matches_of(fresh)
            assert rollups_of(query) == rollups_of(fresh)


def test_no_query_is_held_while_a_page_waits_for_the_store(
    agency: tuple[Agency, User], engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who changes matches takes the store, then the query: the other way round, each would wait for the other."""
    made, owner = agency
    client = services.create_client(agency_id=made.id, name="One", locale="en-GB", time_zone="UTC", actor=owner.id)
    engines(ToyEngine("toy/0", by_hash("toy/0")))
    with db.enter(client.schema_name):
        create_query(name="Q", kind="topic", text="rye emotion:joy")
        take(posts=some_posts(1, 8), origin=ORIGIN, ear=Ear(listener(), data_key(client)), now=NOW)
        enrich(origin=ORIGIN, limit=50, now=NOW)
        Query.objects.update(matched_version=0)  # as those of before, which are matched again first
        engines(ToyEngine("toy/1", by_hash("toy/1")))
        asked = request_rescoring()

    def free() -> int:
        try:
            with db.enter(client.schema_name), transaction.atomic():
                return len(Query.objects.select_for_update(nowait=True))
        finally:
            connections.close_all()

    usual, found = rescoring.reread, []

    def read(**given: Any) -> int:
        with ThreadPoolExecutor(1) as pool:
            found.append(pool.submit(free).result(PATIENCE))
        return usual(**given)

    monkeypatch.setattr(rescoring, "reread", read)
    with db.enter(client.schema_name):
        assert rescore_slice(rescoring_id=asked.id, now=lambda: NOW)
        assert Job.objects.filter(kind="rematch").count() == 1
    assert found == [1]
