"""Understanding while queries change: whoever comes second waits, and every reading counts where its match is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.db.models import F

from analytics.insights.models import HourlyRollup
from analytics.insights.rollups import add_mentions
from analytics.journey.imports import understand_slice
from analytics.journey.rematch import rematch
from analytics.journey.requests import remove_query
from analytics.journey.services import enrich
from analytics.listening.models import Query
from analytics.listening.services import create_query, update_query
from analytics.mentions.contracts import Hit
from analytics.mentions.models import Mention, MentionMatch
from analytics.sources.models import Import
from analytics.sources.services import accept_upload
from kernel import db
from kernel.jobs.models import Job
from tenants import services
from tenants.models import Agency, User
from tests.kernel.queue_fixtures import COMMITTING, PATIENCE, committed, eventually
from tests.mentions.sample import NOON, mention, put
from tests.tenants.committing import agency

__all__ = ["agency", "committed"]

pytestmark = COMMITTING


def nobody(source: str, handle: str) -> bytes:
    """Queries that name no handle ask for no pseudonym."""
    raise AssertionError


def change(query: Query) -> None:
    rematch(query=update_query(query=query, text="nothing of the kind")[0], pseudonym=nobody)


def add(query: Query) -> None:
    rematch(query=create_query(name="Bread", kind="topic", text="bread"), pseudonym=nobody)


def remove(query: Query) -> None:
    remove_query(query=query)


def counted() -> Counter[str]:
    """Readings per query, as the rollups have them."""
    rows = HourlyRollup.objects.values_list("query_id", "negative", "neutral", "positive")
    return +Counter({query: sum(readings) for query, *readings in rows})


def there() -> Counter[str]:
    """Readings per query, as the matches have them."""
    return Counter(MentionMatch.objects.exclude(mention__sentiment="").values_list("query_id", flat=True))


def waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        # Who waits for a row waits for a transaction, which is of no database.
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND (database IS NULL OR database = "
                       "(SELECT oid FROM pg_database WHERE datname = current_database()))")  # fmt: skip
        row = cursor.fetchone()
    return row is not None and row[0] > 0


def apart(task: Callable[[], Any]) -> Any:
    """A task in a thread of its own, with sessions of its own."""
    try:
        return task()
    finally:
        connections.close_all()


@pytest.mark.parametrize("act", [change, add, remove])
def test_readings_come_right_while_queries_change(agency: tuple[Agency, User], act: Callable[[Query], None]) -> None:
    made, owner = agency
    client = services.create_client(agency_id=made.id, name="One", locale="en-GB", time_zone="UTC", actor=owner.id)
    with db.enter(client.schema_name):
        query = create_query(name="Rye", kind="brand", text="rye")
        hits = (Hit(query.id, 1, (0, 3)),)
        texts = ("rye bread was lovely, I love it", "rye bread was awful, never again")
        add_mentions(put(*(mention(str(n), text=text, hits=hits) for n, text in enumerate(texts))).fresh)
    acted, go = Event(), Event()

    def slowly() -> None:
        with db.enter(client.schema_name), transaction.atomic():
            act(query)
            acted.set()
            go.wait(PATIENCE)

    def understand() -> int:
        with db.enter(client.schema_name):
            return enrich(origin="imp_test", limit=10, now=NOON)

    with ThreadPoolExecutor(2) as pool:
        changing = pool.submit(apart, slowly)
        assert acted.wait(PATIENCE) or changing.result()
        reading = pool.submit(apart, understand)
        eventually(lambda: reading.done() or waits_for_a_lock())
        go.set()
        changing.result()
        assert reading.result() == len(texts)
    with db.enter(client.schema_name):
        assert Mention.objects.exclude(understood_at=None).count() == len(texts)
        assert counted() == there()


def test_who_reads_a_page_and_who_understands_the_last_one_do_not_wait_for_each_other(
    agency: tuple[Agency, User],
) -> None:
    made, owner = agency
    client = services.create_client(agency_id=made.id, name="One", locale="en-GB", time_zone="UTC", actor=owner.id)
    with db.enter(client.schema_name):
        query = create_query(name="Rye", kind="brand", text="rye")
        upload = accept_upload(chunks=[b"id,text\n"], file_name="p.csv", source="web", mapping={}, options={})
        add_mentions(put(mention("1", text="I love rye", hits=(Hit(query.id, 1, (0, 3)),))).fresh)
        Mention.objects.update(origin=upload.id)
        Import.objects.update(stored=1, exhausted=True)
    held, go = Event(), Event()

    def page() -> None:
        """As a page is read: the import first, then threads and sums."""
        with db.enter(client.schema_name), transaction.atomic():
            Import.objects.select_for_update().get(id=upload.id)
            held.set()
            go.wait(PATIENCE)
            Mention.objects.update(thread=F("thread"))
            HourlyRollup.objects.update(mentions=F("mentions"))

    def understand() -> bool:
        with db.enter(client.schema_name):
            return understand_slice(origin=upload.id, now=NOON)

    with ThreadPoolExecutor(2) as pool:
        paging = pool.submit(apart, page)
        assert held.wait(PATIENCE)
        reading = pool.submit(apart, understand)
        eventually(waits_for_a_lock)
        go.set()
        paging.result()
        assert reading.result()
    with db.enter(client.schema_name):
        told = Import.objects.get()
        assert (told.understood, Job.objects.get(id=told.job_id).state) == (1, "succeeded")
