"""A correction or its reversal that is cancelled on its way: what it came to holds, the rest is as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from analytics.journey import correcting
from analytics.journey.correcting import (
    apply_slice,
    cancel_correction,
    correct_one,
    request_correction,
    request_reversal,
    reverse_slice,
    take_back_own,
)
from analytics.journey.services import enrich
from analytics.language.corrections.models import Correction, Label
from analytics.language.corrections.rows import Row
from analytics.language.tables import BadRow
from analytics.listening.services import create_query
from analytics.mentions.models import Mention
from kernel.ids import encode, uuid7
from kernel.jobs.models import Job
from kernel.queue import send
from kernel.queue.testing import drain
from tests.cast import Cast
from tests.journey.heard import NOW, ORIGIN, hear_all, post
from tests.journey.test_correcting import ANA, BEN, check_counts, matched
from tests.language.toy import Engines, ToyEngine, said

BAD = [BadRow(9, "bad_id", "mention", "Must be an id that starts with men_.")]


@pytest.fixture
def ids(in_client: Cast, engines: Engines, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Seven mentions that an engine took for neutral; a page has two."""
    monkeypatch.setattr(correcting, "PAGE", 2)
    for text in ("rye", "rye sentiment:positive"):
        create_query(name=text, kind="topic", text=text)
    engines(ToyEngine("toy/1", lambda _: said("toy/1")))
    hear_all(in_client, [post(n, f"rye number {n} of a long list") for n in range(7)])
    enrich(origin=ORIGIN, limit=7, now=NOW)
    return [str(row) for row in Mention.objects.order_by("id").values_list("id", flat=True)]


def pages(wanted: int) -> Callable[[], float]:
    """A clock by which a slice ends behind so many pages."""
    ticks: Iterator[int] = count()
    return lambda: 1_000.0 if next(ticks) >= wanted else 0.0


def correct(mentions: list[str]) -> Correction:
    rows = [Row(n, mention, {"sentiment": "positive", "irony": True}) for n, mention in enumerate(mentions, start=1)]
    return request_correction(by=ANA, source=Correction.Source.FILE, rows=rows, bad=BAD, now=NOW)


def job_of(job_id: str) -> Job:
    return Job.objects.get(id=job_id)


def said_of(ids: list[str]) -> list[str]:
    found: dict[Any, str] = dict(Mention.objects.values_list("id", "sentiment"))
    return [found[each] for each in ids]


def test_a_correction_stops_where_it_is_and_can_be_taken_back_as_far(ids: list[str]) -> None:
    made = correct([ids[0], encode("men", uuid7()), *ids[1:]])
    assert apply_slice(correction_id=made.id, now=NOW, clock=pages(2)) is False
    job = job_of(made.job_id)
    assert cancel_correction(job=job) is True
    assert cancel_correction(job=job) is False, "it has ended"
    job.refresh_from_db()
    assert (job.state, (job.error or {})["code"], job.done, job.total) == ("cancelled", "cancelled", 4, 8)
    before = (said_of(ids), list(Label.objects.values_list("id", flat=True)))
    assert before[0] == ["positive"] * 3 + ["neutral"] * 4
    assert apply_slice(correction_id=made.id, now=NOW) is True
    send("journey.apply_correction", made.id, made.job_id)
    drain()
    assert (said_of(ids), list(Label.objects.values_list("id", flat=True))) == before, "however often it is told to"
    made.refresh_from_db()
    assert (made.rows, made.labelled, made.same, made.bad, made.waiting) == (9, 3, 0, 2, [])
    assert Label.objects.values("mention").distinct().count() == made.labelled
    assert matched("rye sentiment:positive") == set(ids[:3])
    check_counts()

    back, labels = request_reversal(correction=made, by=BEN)
    assert back is not None
    assert labels == 6
    drain()
    back.refresh_from_db()
    assert (back.state, back.done, back.total) == ("succeeded", 3, 3)
    assert said_of(ids) == ["neutral"] * 7
    assert not Mention.objects.exclude(corrected=[]).exists()
    check_counts()


def test_one_that_is_cancelled_before_it_begins_sets_nothing(ids: list[str]) -> None:
    made = correct(ids)
    assert cancel_correction(job=job_of(made.job_id)) is True
    drain()
    job = job_of(made.job_id)
    assert (job.state, job.done, job.total) == ("cancelled", 0, 7)
    made.refresh_from_db()
    assert (made.labelled, made.bad, made.rows) == (0, 1, 8)
    assert not Label.objects.exists()
    assert request_reversal(correction=made, by=ANA) == (None, 0)


def test_a_reversal_stops_where_it_is_and_labels_it_had_not_come_to_stand(ids: list[str]) -> None:
    made = correct(ids)
    drain()
    take_back_own(by=ANA, mention=ids[6], now=NOW)
    back, labels = request_reversal(correction=made, by=BEN)
    assert back is not None
    assert labels == 12
    assert reverse_slice(correction_id=made.id, job_id=back.id, now=NOW, clock=pages(1)) is False
    assert cancel_correction(job=back) is True
    assert cancel_correction(job=back) is False
    send("journey.reverse_correction", made.id, back.id)
    assert reverse_slice(correction_id=made.id, job_id=back.id, now=NOW) is True
    drain()
    back.refresh_from_db()
    assert (back.state, back.done, back.total) == ("cancelled", 2, 6)
    assert said_of(ids) == ["neutral"] * 2 + ["positive"] * 4 + ["neutral"]
    standing = Label.objects.filter(taken_back_at=None)
    assert set(map(str, standing.values_list("mention", flat=True))) == set(ids[2:6]), "each label that stands holds"
    assert dict(Label.objects.filter(field="irony").values_list("mention", "taken_back_by")) == {
        **dict.fromkeys(ids[:2], BEN), **dict.fromkeys(ids[2:6], ""), ids[6]: ANA,
    }  # fmt: skip
    check_counts()

    again, labels = request_reversal(correction=made, by=ANA)
    assert again is not None
    assert labels == 8
    send("journey.reverse_correction", made.id, back.id)  # the one that was cancelled does none of the new one's work
    drain()
    again.refresh_from_db()
    assert (again.state, again.done, again.total) == ("succeeded", 4, 4)
    assert said_of(ids) == ["neutral"] * 7
    check_counts()


def test_what_others_say_while_a_correction_is_taken_back_holds_whether_or_not_it_is_cancelled(ids: list[str]) -> None:
    made = correct(ids)
    drain()
    back, _ = request_reversal(correction=made, by=BEN, mentions=ids[1:5])
    assert back is not None
    reverse_slice(correction_id=made.id, job_id=back.id, now=NOW, clock=pages(1))
    for mention in (ids[1], ids[3]):
        correct_one(by=BEN, mention=mention, labels={"sentiment": "negative"}, now=NOW)
    assert take_back_own(by=ANA, mention=ids[4], now=NOW) == 2
    assert cancel_correction(job=back)
    assert said_of(ids) == ["positive", "negative", "neutral", "negative", "neutral", "positive", "positive"]
    take_back_own(by=BEN, mention=ids[3], now=NOW)
    assert said_of(ids)[3] == "positive", "Ana's stands, since nobody has come to it"
    back.refresh_from_db()
    assert (back.done, back.total) == (2, 3), "of the four, one was taken back by somebody else"
    check_counts()


def test_other_jobs_are_none_of_its_own(ids: list[str]) -> None:
    made = correct(ids)
    stray = Job.objects.create(kind="report", result=made.id)
    assert cancel_correction(job=stray) is False
    drain()
    assert job_of(made.job_id).state == "succeeded"
    assert cancel_correction(job=job_of(made.job_id)) is False
    assert job_of(made.job_id).error is None


def test_what_failed_meanwhile_does_nothing_more(ids: list[str]) -> None:
    """Somebody gave it up while a message that came twice is still at it."""
    made = correct(ids)
    apply_slice(correction_id=made.id, now=NOW, clock=pages(1))
    Job.objects.filter(id=made.job_id).update(state="failed", finished_at=NOW)
    assert apply_slice(correction_id=made.id, now=NOW) is True
    made.refresh_from_db()
    assert (made.labelled, Label.objects.count()) == (2, 4)
