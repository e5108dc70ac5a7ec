"""People's labels: what is set holds, what is taken back holds no more, and nothing of it is lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from analytics.insights.models import HourlyRollup
from analytics.insights.rollups import rebuild
from analytics.journey.correcting import (
    PAGE,
    apply_slice,
    correct_one,
    request_correction,
    request_reversal,
    take_back_own,
)
from analytics.journey.rereading import reread
from analytics.journey.services import enrich
from analytics.language.corrections.models import Correction, CorrectionProblem, Label
from analytics.language.corrections.rows import Row
from analytics.language.tables import BadRow
from analytics.listening.services import create_query
from analytics.mentions.models import Mention, MentionMatch
from kernel.errors import Conflict, NotFound
from kernel.ids import encode, uuid7
from kernel.jobs import services as jobs
from kernel.jobs.models import Job
from kernel.queue.testing import drain
from tests.cast import Cast
from tests.journey.heard import NOW, ORIGIN, hear_all, post
from tests.language.toy import Engines, ToyEngine, by_hash, said

ANA, BEN = "usr_ana", "usr_ben"


@pytest.fixture
def stored(in_client: Cast, engines: Engines) -> list[str]:
    """Ids of mentions that an engine took for neutral, and of the last one, which is not read yet."""
    for text in ("rye", "rye sentiment:positive", "rye emotion:joy"):
        create_query(name=text, kind="topic", text=text)
    engines(ToyEngine("toy/1", lambda _: said("toy/1")))
    hear_all(in_client, [post(n, f"rye number {n} of a long list") for n in range(5)])
    enrich(origin=ORIGIN, limit=4, now=NOW)
    return [str(row) for row in Mention.objects.order_by("id").values_list("id", flat=True)]


def one(mention: str) -> Mention:
    return Mention.objects.get(id=mention)


def matched(name: str) -> set[str]:
    return {str(row.mention_id) for row in MentionMatch.objects.filter(query__name=name, settled=True)}


def counted() -> list[Any]:
    names = [field.name for field in HourlyRollup._meta.fields if field.name not in ("id", "query")]
    return [
        list(HourlyRollup.objects.filter(query=query).order_by("hour", "source").values_list(*names))
        for query in MentionMatch.objects.order_by("query").values_list("query", flat=True).distinct()
    ]


def check_counts() -> None:
    before = counted()
    for query in set(MentionMatch.objects.values_list("query_id", flat=True)):
        rebuild(str(query))
    assert counted() == before


def rows(labels: dict[str, dict[str, Any]]) -> list[Row]:
    return [Row(n + 1, mention, each) for n, (mention, each) in enumerate(labels.items())]


def test_a_label_holds_at_once_and_moves_matches_and_counts(stored: list[str]) -> None:
    made = correct_one(by=ANA, mention=stored[0], labels={"sentiment": "positive", "emotions": ["joy"]}, now=NOW)
    row = one(stored[0])
    assert (row.sentiment, row.emotions, row.corrected) == ("positive", ["joy"], ["emotions", "sentiment"])
    assert matched("rye sentiment:positive") == matched("rye emotion:joy") == {stored[0]}
    check_counts()
    assert {(each.field, each.by, str(each.was), str(each.label)) for each in Label.objects.all()} == {
        ("sentiment", ANA, "neutral", "positive"),
        ("emotions", ANA, "[]", "['joy']"),
    }
    assert (made.labelled, made.same, made.bad) == (1, 0, 0)

    assert take_back_own(by=BEN, mention=stored[0], now=NOW) == 0
    assert one(stored[0]).sentiment == "positive"
    assert take_back_own(by=ANA, mention=stored[0], now=NOW) == 2
    row = one(stored[0])
    assert (row.sentiment, row.emotions, row.corrected, row.engine_labels) == ("neutral", [], [], None)
    assert matched("rye sentiment:positive") == set()
    check_counts()


def test_what_is_not_there_or_not_read_cannot_be_corrected(stored: list[str]) -> None:
    with pytest.raises(NotFound):
        correct_one(by=ANA, mention=encode("men", uuid7()), labels={"irony": True}, now=NOW)
    with pytest.raises(Conflict):
        correct_one(by=ANA, mention=stored[4], labels={"irony": True}, now=NOW)
    assert not Label.objects.exists()


def test_many_go_in_as_a_job_and_bad_ones_are_named(stored: list[str]) -> None:
    nobody = encode("men", uuid7())
    given: dict[str, dict[str, Any]] = {
        stored[0]: {"sentiment": "negative"},
        nobody: {"sentiment": "negative"},
        stored[1]: {"sentiment": "neutral", "irony": True},
        stored[4]: {"sentiment": "negative"},
        stored[2]: {"sentiment": "neutral"},
    }
    made = request_correction(by=ANA, source=Correction.Source.LIST, rows=rows(given), now=NOW)
    drain()
    made.refresh_from_db()
    assert (made.rows, made.labelled, made.same, made.bad, made.waiting) == (5, 3, 1, 2, [])
    assert list(CorrectionProblem.objects.values_list("line", "code")) == [(2, "unknown_mention"), (4, "not_read_yet")]
    job = Job.objects.get(id=made.job_id)
    assert (job.state, job.done, job.total, job.result) == ("succeeded", 5, 5, made.id)
    assert [one(mention).sentiment for mention in stored[:4]] == ["negative", "neutral", "neutral", "neutral"]
    assert (one(stored[1]).irony, one(stored[1]).corrected) == (1.0, ["irony", "sentiment"])
    assert one(stored[2]).corrected == ["sentiment"], "what is confirmed is settled too"
    assert apply_slice(correction_id=made.id, now=NOW) is True
    made.refresh_from_db()
    assert made.labelled == 3, "a message that comes twice does nothing"
    check_counts()


def test_the_last_word_holds_and_taking_it_back_uncovers_the_one_before(stored: list[str]) -> None:
    first = correct_one(by=ANA, mention=stored[0], labels={"sentiment": "positive"}, now=NOW)
    second = correct_one(by=BEN, mention=stored[0], labels={"sentiment": "negative"}, now=NOW)
    third = correct_one(by=ANA, mention=stored[0], labels={"sentiment": "neutral", "irony": True}, now=NOW)
    assert one(stored[0]).sentiment == "neutral"

    def back(correction: Correction) -> str:
        request_reversal(correction=correction, by=BEN)
        drain()
        check_counts()
        return one(stored[0]).sentiment

    assert back(third) == "negative"
    assert one(stored[0]).corrected == ["sentiment"]
    assert back(first) == "negative", "what was covered is gone without a trace in what holds"
    assert back(second) == "neutral"
    assert one(stored[0]).corrected == []
    assert request_reversal(correction=second, by=BEN) == (None, 0)
    assert set(Label.objects.values_list("taken_back_by", flat=True)) == {BEN}


def test_a_batch_is_taken_back_whole_or_for_some(in_client: Cast, engines: Engines) -> None:
    create_query(name="rye", kind="topic", text="rye")
    engines(ToyEngine("toy/1", by_hash("toy/1")))
    hear_all(in_client, [post(n, f"rye number {n} of a long list") for n in range(PAGE + 30)])
    enrich(origin=ORIGIN, limit=PAGE + 30, now=NOW)
    before = {str(row.id): (row.sentiment, row.irony) for row in Mention.objects.all()}
    given = {mention: {"sentiment": "positive", "irony": n % 2 == 0} for n, mention in enumerate(before)}
    made = request_correction(by=ANA, source=Correction.Source.FILE, rows=rows(given), now=NOW)
    with pytest.raises(Conflict):
        request_reversal(correction=made, by=ANA)
    drain()
    assert set(Mention.objects.values_list("sentiment", flat=True)) == {"positive"}
    check_counts()

    some = sorted(before)[:3]
    _, count = request_reversal(correction=made, by=BEN, mentions=some)
    drain()
    assert count == 6
    assert [(one(each).sentiment, one(each).irony) for each in some] == [before[each] for each in some]
    assert Mention.objects.exclude(corrected=[]).count() == PAGE + 27

    job, count = request_reversal(correction=made, by=BEN)
    assert job is not None
    assert count == 2 * (PAGE + 27)
    drain()
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == ("succeeded", PAGE + 27, PAGE + 27)
    assert {str(row.id): (row.sentiment, row.irony) for row in Mention.objects.all()} == before
    check_counts()


def test_a_new_reading_changes_what_the_engine_says_and_not_what_people_said(
    stored: list[str], engines: Engines
) -> None:
    correct_one(by=ANA, mention=stored[0], labels={"sentiment": "positive"}, now=NOW)
    engines(ToyEngine("toy/2", lambda _: said("toy/2", sentiment="negative")))
    reread(ids=stored[:4], now=NOW + timedelta(days=1))
    row = one(stored[0])
    assert (row.sentiment, row.model_id, row.negative) == ("positive", "toy/2", 0.8)
    assert one(stored[1]).sentiment == "negative"
    check_counts()
    take_back_own(by=ANA, mention=stored[0], now=NOW)
    assert one(stored[0]).sentiment == "negative", "the engine's present word, not that of the time of the label"
    check_counts()


def test_a_file_of_bad_rows_alone_ends_its_job(stored: list[str]) -> None:
    bad = [BadRow(2, "bad_id", "mention", "Must be an id that starts with men_.")]
    made = request_correction(by=ANA, source=Correction.Source.FILE, rows=[], bad=bad, now=NOW)
    drain()
    assert Job.objects.get(id=made.job_id).state == "succeeded"
    assert (made.rows, made.bad) == (1, 1)
    assert request_reversal(correction=made, by=ANA) == (None, 0), "no job is at work on it"


def test_what_a_reversal_that_failed_has_not_come_to_stands_and_is_left_to_the_next(stored: list[str]) -> None:
    made = correct_one(by=ANA, mention=stored[0], labels={"sentiment": "positive"}, now=NOW)
    job, _ = request_reversal(correction=made, by=ANA)
    assert job is not None
    jobs.fail(job_id=job.id, code="gave_up", detail="It failed too often.")
    drain()
    assert one(stored[0]).sentiment == "positive"
    assert Label.objects.get().taken_back_at is None, "what holds stands"
    again, count = request_reversal(correction=made, by=BEN)
    assert again is not None
    assert count == 1
    drain()
    assert (one(stored[0]).sentiment, one(stored[0]).corrected) == ("neutral", [])
    assert Label.objects.get().taken_back_by == BEN
    assert request_reversal(correction=made, by=BEN) == (None, 0)
    check_counts()


def test_to_confirm_several_intents_is_to_confirm_them_in_any_order(in_client: Cast, engines: Engines) -> None:
    engines(ToyEngine("toy/1", lambda _: said("toy/1", intents=("question", "praise"))))
    create_query(name="rye", kind="topic", text="rye")
    hear_all(in_client, [post(1, "rye")])
    enrich(origin=ORIGIN, limit=1, now=NOW)
    mention = str(Mention.objects.get().id)
    assert correct_one(by=ANA, mention=mention, labels={"intents": ["praise", "question"]}, now=NOW).same == 1
    assert Label.objects.get().was == ["praise", "question"]
