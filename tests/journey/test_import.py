"""An upload's way through all rooms, inside one process and one transaction."""

from __future__ import annotations

from datetime import UTC, datetime

from pytest_django import DjangoCaptureOnCommitCallbacks

from analytics.influence.models import DailyEdge
from analytics.insights.models import HourlyRollup
from analytics.journey.imports import read_slice
from analytics.listening.models import Query
from analytics.listening.services import create_query
from analytics.mentions.models import Author, Mention
from analytics.privacy.selectors import redactions
from analytics.sources.models import Import
from analytics.sources.selectors import file_of
from analytics.sources.services import accept_upload
from kernel.jobs.models import Job
from kernel.queue.testing import drain
from tests.cast import Cast

NOW = datetime(2026, 3, 4, tzinfo=UTC)
HEADER = "id,created_at,author_handle,author_followers,text,reply_to,likes\n"
ROWS = (
    "p1,2026-03-02T10:00:00Z,ana_example,120,I love the rye bread at Juniper Bakery! So good,,4\n"
    "p2,2026-03-02T10:30:00Z,ben_example,15,@ana_example Juniper Bakery was rude and slow. Terrible service,p1,0\n"
    "p3,2026-03-02T11:00:00Z,cat_example,9,Nothing to do with bread,,0\n"
    "p4,yesterdayish,cat_example,9,Juniper Bakery again,,0\n"
    "p5,2026-03-03T09:00:00Z,dan_example,7,Call me at +44 20 7946 0123 about Juniper Bakery or dan@example.com,,0\n"
)


def _import(text: str) -> Import:
    upload = accept_upload(chunks=[text.encode()], file_name="posts.csv", source="web", mapping={}, options={})
    drain()
    upload.refresh_from_db()
    return upload


def _query() -> Query:
    return create_query(name="Juniper", kind="brand", text='"juniper bakery"')


def test_a_file_becomes_protected_understood_and_counted_mentions(in_client: Cast) -> None:
    query = _query()

    upload = _import(HEADER + ROWS)

    assert (upload.rows, upload.stored, upload.unmatched, upload.bad) == (5, 3, 1, 1)
    problem = upload.problems.get()
    assert (problem.line, problem.field) == (5, "created_at")
    assert Job.objects.get(id=upload.job_id).state == Job.State.SUCCEEDED
    stored = {mention.external_id: mention for mention in Mention.objects.all()}
    assert stored["p1"].sentiment == "positive"
    assert stored["p2"].sentiment == "negative"
    assert stored["p2"].thread == "p1"
    assert stored["p1"].matches.get().spans == [24, 38]
    assert "7946" not in stored["p5"].text
    assert "dan@" not in stored["p5"].text
    rollups = HourlyRollup.objects.filter(query=query)
    assert sum(row.mentions for row in rollups) == 3
    assert sum(row.positive + row.neutral + row.negative for row in rollups) == sum(
        mention.sentiment != "" for mention in stored.values()
    )
    assert DailyEdge.objects.get(kind="reply").target == stored["p1"].author


def test_an_import_ends_although_some_of_what_it_brought_was_deleted_meanwhile(in_client: Cast) -> None:
    _query()
    upload = accept_upload(chunks=[(HEADER + ROWS).encode()], file_name="p.csv", source="web", mapping={}, options={})
    read_slice(upload=upload, client=in_client.client, now=NOW)
    Mention.objects.filter(external_id="p1").delete()

    drain()

    job = Job.objects.get(id=upload.job_id)
    assert (job.state, job.progress) == (Job.State.SUCCEEDED, 1.0)


def test_no_handle_is_readable_in_the_store(in_client: Cast) -> None:
    _query()
    _import(HEADER + ROWS)

    everything = repr(list(Mention.objects.values())) + repr(list(Author.objects.values()))

    for handle in ("ana_example", "ben_example", "dan_example"):
        assert handle not in everything


def test_the_same_file_again_adds_nothing(in_client: Cast) -> None:
    _query()
    first = _import(HEADER + ROWS)
    before = list(HourlyRollup.objects.order_by("id").values())
    redacted = redactions()
    assert redacted == {"HANDLE": 1, "PHONE_NUMBER": 1, "EMAIL_ADDRESS": 1}

    second = _import(HEADER + ROWS)

    assert (second.stored, second.known) == (0, first.stored)
    assert Mention.objects.count() == first.stored
    assert list(HourlyRollup.objects.order_by("id").values()) == before
    assert redactions() == redacted


def test_an_empty_table_fails_its_job_with_the_reason(in_client: Cast) -> None:
    _query()
    upload = _import("id,created_at\n")

    job = Job.objects.get(id=upload.job_id)

    assert job.state == Job.State.FAILED
    assert job.error is not None
    assert job.error["code"] == "missing_column"


def test_the_uploaded_file_is_gone_once_it_is_read(
    in_client: Cast, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    _query()
    for text in (HEADER + ROWS, "id,created_at\n"):
        upload = accept_upload(chunks=[text.encode()], file_name="p.csv", source="web", mapping={}, options={})
        assert file_of(upload).exists()
        with django_capture_on_commit_callbacks(execute=True):
            drain()
        assert not file_of(upload).exists()
