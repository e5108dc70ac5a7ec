"""Queries that change while others store and read: nobody waits for ever, and in the end every count is right."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from analytics.journey import rematch as way
from analytics.journey.listen import Ear
from analytics.journey.rematch import rematch, rematch_slice
from analytics.journey.requests import change_query
from analytics.journey.services import enrich, take
from analytics.listening.models import Query
from analytics.listening.selectors import listener
from analytics.listening.services import create_query
from analytics.mentions.models import Mention, MentionMatch
from analytics.privacy.protect import Protector
from kernel import db
from tenants import services
from tenants.datakeys import data_key
from tenants.models import Agency, User
from tests.journey.heard import NOW, ORIGIN, check_rollups, matches_of, rollups_of, some_posts
from tests.kernel.queue_fixtures import COMMITTING, PATIENCE, committed
from tests.tenants.committing import agency

__all__ = ["agency", "committed"]

pytestmark = COMMITTING
ROUNDS = 6
TEXTS = (
    "bread NOT sentiment:positive",
    "rye",
    "author:jane_sample bread",
    "(rye OR bread) lang:en",
    "rye OR 東京",
    "bread",
)


def test_all_at_once_comes_right(agency: tuple[Agency, User], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(way, "PAGE", 5)
    made, owner = agency
    client = services.create_client(agency_id=made.id, name="One", locale="en-GB", time_zone="UTC", actor=owner.id)
    secret = data_key(client)
    pseudonym = Protector(secret).pseudonym

    def hear(first: int, seed: int) -> None:
        ear = Ear(listener(), secret)
        take(posts=some_posts(seed, 8, first=first), origin=ORIGIN, ear=ear, now=NOW)

    with db.enter(client.schema_name):
        for number in range(2):
            create_query(name=f"Q{number}", kind="topic", text="bakery")
        create_query(name="All", kind="topic", text="rye OR bread OR brot OR pain OR bakery OR sample OR 東京")
        hear(0, 1)

    def change(name: str) -> None:
        for number in range(ROUNDS):
            text = TEXTS[(number + len(name)) % len(TEXTS)]
            query, job = change_query(query=Query.objects.get(name=name), text=text)
            if job is not None:
                rematch_slice(query_id=query.id, job_id=job.id, pseudonym=pseudonym)

    def store() -> None:
        for number in range(1, ROUNDS + 1):
            hear(100 * number, number)

    def understand() -> None:
        for _ in range(3 * ROUNDS):
            enrich(origin=ORIGIN, limit=4, now=NOW)

    def apart(task: Callable[..., Any], *given: Any) -> None:
        try:
            with db.enter(client.schema_name):
                task(*given)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(5) as pool:
        work = [
            pool.submit(apart, *each)
            for each in ((change, "Q0"), (change, "Q1"), (store,), (understand,), (understand,))
        ]
        for each in work:
            each.result(5 * PATIENCE)

    with db.enter(client.schema_name):
        assert Mention.objects.count() > 30
        check_rollups()
        while enrich(origin=ORIGIN, limit=50, now=NOW):
            pass
        check_rollups()
        assert not MentionMatch.objects.filter(settled=False).exists()
        for query in Query.objects.exclude(name="All"):
            assert query.matched_version == query.version
            versions = MentionMatch.objects.filter(query=query).values_list("query_version", flat=True)
            assert set(versions) <= {query.version}
            fresh = create_query(name=f"Fresh {query.name}", kind="topic", text=query.text)
            for each in (query, fresh):
                rematch(query=each, pseudonym=pseudonym)
            assert matches_of(query) == matches_of(fresh)
            assert rollups_of(query) == rollups_of(fresh)
