"""Corrections and tunings are cancelled while a worker is at them: nobody waits for ever, and nothing is half done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from django.db import connection, connections, transaction

from analytics.journey import correcting
from analytics.journey.correcting import apply_slice, cancel_correction, correct_one, request_correction
from analytics.journey.listen import Ear
from analytics.journey.models import Rescoring
from analytics.journey.services import enrich, take
from analytics.journey.tunings import finish_version, request_version
from analytics.language.contracts import Reading
from analytics.language.corrections.models import Correction, Label
from analytics.language.corrections.rows import Row
from analytics.language.tuning.models import Switch, TuningVersion
from analytics.language.tuning.services import cancel_version
from analytics.language.tuning.words import add_word
from analytics.listening.selectors import listener
from analytics.listening.services import create_query
from analytics.mentions.models import Mention
from analytics.mentions.services import lock_store
from kernel import db
from kernel.jobs.models import Job
from tenants import services
from tenants.datakeys import data_key
from tenants.models import Agency, Client, User
from tests.journey.heard import NOW, ORIGIN, check_rollups, post
from tests.kernel.queue_fixtures import COMMITTING, committed
from tests.language.toy import Engines, ToyEngine, said
from tests.tenants.committing import agency

__all__ = ["agency", "committed"]

pytestmark = COMMITTING
MANY = 12
PATIENCE_S = 60


@pytest.fixture
def client(agency: tuple[Agency, User], engines: Engines) -> Iterator[Client]:
    made, owner = agency
    opened = services.create_client(agency_id=made.id, name="One", locale="en-GB", time_zone="UTC", actor=owner.id)
    engines(ToyEngine("toy/1", lambda _: said("toy/1")))
    with db.enter(opened.schema_name):
        create_query(name="Q", kind="topic", text="rye")
        posts = [post(n, f"rye number {n} of a long list") for n in range(MANY)]
        take(posts=posts, origin=ORIGIN, ear=Ear(listener(), data_key(opened)), now=NOW)
        enrich(origin=ORIGIN, limit=MANY, now=NOW)
        yield opened


def apart(client: Client, task: Callable[[], Any]) -> Any:
    """Done by another thread on a connection of its own, and waited for."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(within, client, task).result(PATIENCE_S)


def within(client: Client, task: Callable[[], Any]) -> Any:
    """What a thread does, on a connection that it closes."""
    try:
        with db.enter(client.schema_name):
            return task()
    finally:
        connections.close_all()


def asked_correction() -> Correction:
    ids = Mention.objects.order_by("id").values_list("id", flat=True)
    rows = [Row(n, str(pk), {"sentiment": "positive"}) for n, pk in enumerate(ids, start=1)]
    return request_correction(by="usr_a", source=Correction.Source.LIST, rows=rows, now=NOW)


def test_a_correction_is_cancelled_between_two_pages_of_a_slice(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(correcting, "PAGE", 5)
    made = asked_correction()
    job = Job.objects.get(id=made.job_id)
    told: list[bool] = []

    def clock() -> float:  # asked at the start, and behind each page
        if Label.objects.exists():
            told.append(apart(client, lambda: cancel_correction(job=job)))
        return 0.0

    assert apply_slice(correction_id=made.id, now=NOW, clock=clock) is True
    assert told == [True]
    made.refresh_from_db()
    job.refresh_from_db()
    assert (made.labelled, made.rows, job.state, job.done, job.total) == (5, MANY, "cancelled", 5, MANY)
    assert Mention.objects.filter(sentiment="positive").count() == Label.objects.count() == 5
    check_rollups()


def test_a_correction_is_cancelled_while_its_page_waits_for_others(client: Client) -> None:
    """Whoever stores holds the store; who cancels waits for nobody, and the page that waited does nothing."""
    made = asked_correction()
    job = Job.objects.get(id=made.job_id)
    began = Event()

    def page() -> bool:
        began.set()
        return apply_slice(correction_id=made.id, now=NOW)

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            lock_store()
            done = pool.submit(within, client, page)
            assert began.wait(PATIENCE_S)
            assert apart(client, lambda: cancel_correction(job=job)) is True
        assert done.result(PATIENCE_S) is True
    assert not Label.objects.exists()
    made.refresh_from_db()
    assert (made.labelled, made.waiting) == (0, [])


def tuning_of_labels(engines: Engines, rule: Callable[[str], Reading]) -> TuningVersion:
    for pk in Mention.objects.order_by("id").values_list("id", flat=True):
        correct_one(by="usr_a", mention=str(pk), labels={"sentiment": "positive"}, now=NOW)
    add_word(language="en", text="rye", valence=5, now=NOW)
    engines(ToyEngine("toy/1", rule))
    return request_version(by="usr_a", calibration="none", lexicon="draft", now=NOW)


def test_a_tuning_is_cancelled_while_it_is_made(client: Client, engines: Engines) -> None:
    told: list[bool] = []
    in_transaction: list[bool] = []

    def rule(text: str) -> Reading:
        in_transaction.append(connection.in_atomic_block)
        if not told:
            told.append(apart(client, lambda: cancel_version(job=Job.objects.get(kind="tuning"))))
        return said("toy/1")

    asked = tuning_of_labels(engines, rule)
    finish_version(version_id=asked.id, job_id=asked.job_id, now=NOW)
    assert told == [True]
    assert set(in_transaction) == {False}, "reading takes long"
    asked.refresh_from_db()
    assert (asked.outcome, asked.made_at, asked.engine, asked.lexicon) == ("cancelled", None, "", [])
    assert Job.objects.get(id=asked.job_id).state == "cancelled"
    assert not Switch.objects.exists()
    assert not Rescoring.objects.exists()


def test_a_tuning_that_is_put_in_force_meanwhile_cannot_be_cancelled_any_more(client: Client, engines: Engines) -> None:
    asked = tuning_of_labels(engines, lambda _: said("toy/1"))
    job = Job.objects.get(id=asked.job_id)
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        finish_version(version_id=asked.id, job_id=asked.job_id, now=NOW)
        late = pool.submit(within, client, lambda: cancel_version(job=job))
    assert late.result(PATIENCE_S) is False
    asked.refresh_from_db()
    assert (asked.outcome, asked.made_at) == ("none", NOW)
    assert Switch.objects.get().tuning_id == asked.id
    assert Job.objects.get(id=asked.job_id).state == "succeeded"


def test_the_rest_of_the_labels_is_not_read_for_a_tuning_that_was_cancelled(
    client: Client, engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analytics.language.tuning.services._AT_ONCE", 4)
    read: list[str] = []

    def rule(text: str) -> Reading:
        if not read:
            apart(client, lambda: cancel_version(job=Job.objects.get(kind="tuning")))
        read.append(text)
        return said("toy/1")

    asked = tuning_of_labels(engines, rule)
    finish_version(version_id=asked.id, job_id=asked.job_id, now=NOW)
    assert len(read) == 4 < MANY
