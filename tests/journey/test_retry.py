"""Messages that come twice, workers that meet, files that cannot be read, and messages that fail for good."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError

from analytics.influence.models import DailyEdge
from analytics.insights.models import HourlyRollup
from analytics.journey import imports
from analytics.journey.actors import poll_feeds
from analytics.journey.imports import read_slice, understand_slice
from analytics.listening.models import Query
from analytics.listening.services import create_query
from analytics.mentions.models import Author, Mention, MentionMatch
from analytics.privacy.models import RedactionTally
from analytics.reports.services import request_report
from analytics.sources.models import Feed, Import, ImportProblem
from analytics.sources.services import accept_upload
from kernel import db
from kernel.jobs import services as jobs
from kernel.jobs.models import Job
from kernel.queue import models as queue
from kernel.queue import send
from kernel.queue.testing import drain
from tenants.models import Client
from tests.cast import Cast

NOW = datetime(2026, 4, 1, tzinfo=UTC)
HEADER = "id,created_at,author_handle,text,reply_to,likes\n"


def rows(count: int) -> str:
    """Posts that match: each third answers the one before, each fifth names a mailbox, one is unreadable."""
    lines = []
    for n in range(count):
        when = "never" if n == 7 else f"2026-03-{1 + n % 28:02}T{n % 24:02}:10:00Z"
        text = f"Juniper Bakery was {'lovely' if n % 2 else 'awful'} today (number {n})"
        text += f" (write to box{n}@example.com)" if n % 5 == 0 else ""
        lines.append(f"p{n},{when},guest{n % 9}_example,{text},{f'p{n - 1}' if n % 3 == 0 and n else ''},{n}\n")
    return HEADER + "".join(lines)


def upload_of(text: str) -> Import:
    return accept_upload(chunks=[text.encode()], file_name="posts.csv", source="web", mapping={}, options={})


def state() -> dict[str, list[Any]]:
    """All that an import changes, without ids and times of the run."""
    return {
        "mentions": list(
            Mention.objects.order_by("external_id").values_list("external_id", "text", "thread", "sentiment", "reach")
        ),
        "authors": sorted(Author.objects.values_list("label", flat=True)),
        "matches": sorted(MentionMatch.objects.values_list("mention__external_id", "query__name", "spans")),
        "rollups": sorted(
            HourlyRollup.objects.values_list(
                "hour", "source", "mentions", "reach", "engagement", "negative", "neutral", "positive"
            )
        ),
        "edges": sorted(DailyEdge.objects.values_list("day", "source__label", "target__label", "kind", "interactions")),
        "redactions": sorted(RedactionTally.objects.values_list("day", "entity", "findings")),
        "problems": sorted(ImportProblem.objects.values_list("line", "code")),
        "imports": list(
            Import.objects.values_list(
                "rows", "read", "stored", "known", "unmatched", "bad", "repeated", "understood", "exhausted"
            )
        ),
        "jobs": list(Job.objects.values_list("kind", "state", "done", "total", "finished_at")),
    }


@pytest.fixture
def query(in_client: Cast) -> Query:
    made = create_query(name="Juniper", kind="brand", text='"juniper bakery"')
    drain()
    return made


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten rows per page, so that a small file has many."""
    monkeypatch.setattr(imports, "PAGE_ROWS", 10)


class TestTwice:
    def test_every_message_of_an_import_once_more_changes_nothing(self, query: Query) -> None:
        upload = upload_of(rows(40))
        drain()
        before = state()
        assert len(before["mentions"]) == 39
        for name in ("journey.ingest_import", "journey.understand", "journey.ingest_import"):
            send(name, upload.id)
        drain()
        assert state() == before

    def test_a_message_sent_twice_before_the_first_was_processed(self, query: Query) -> None:
        upload = upload_of(rows(40))
        send("journey.ingest_import", upload.id)
        drain()
        upload.refresh_from_db()
        assert (upload.read, upload.stored, upload.understood) == (40, 39, 39)
        assert Job.objects.get(id=upload.job_id).state == Job.State.SUCCEEDED

    def test_an_import_in_slices_is_the_import_in_one_go(
        self, query: Query, small_pages: None, in_client: Cast
    ) -> None:
        upload = upload_of(rows(40))
        client = _client(in_client)
        ticking = iter(range(0, 100_000, 61))
        slices = 0
        finished = False
        while not finished:
            upload = Import.objects.get(id=upload.id)
            finished = read_slice(upload=upload, client=client, now=NOW, clock=lambda: float(next(ticking)))
            understand_slice(origin=upload.id, now=NOW)
            slices += 1
        assert slices == 4
        in_slices = state()
        assert in_slices["imports"] == [(40, 40, 39, 0, 0, 1, 0, 39, True)]
        assert in_slices["jobs"][0][1] == Job.State.SUCCEEDED
        assert sum(row[2] for row in in_slices["rollups"]) == 39


class TestTwoWorkers:
    def test_the_one_that_lags_behind_stores_nothing(self, query: Query, small_pages: None, in_client: Cast) -> None:
        upload = upload_of(rows(40))
        client = _client(in_client)
        stale = Import.objects.get(id=upload.id)
        assert read_slice(upload=Import.objects.get(id=upload.id), client=client, now=NOW) is True
        before = state()
        # It read the row before the other one began, and goes over the first page now.
        assert read_slice(upload=stale, client=client, now=NOW) is False
        after = state()
        assert after.pop("jobs")
        assert {name: after[name] for name in after if name != "imports"} == {
            name: before[name] for name in before if name not in ("imports", "jobs")
        }
        assert after["imports"] == before["imports"]

    def test_the_one_that_lags_behind_by_a_page_stops_at_the_next(
        self, query: Query, small_pages: None, in_client: Cast
    ) -> None:
        upload = upload_of(rows(40))
        client = _client(in_client)
        first = read_slice(upload=Import.objects.get(id=upload.id), client=client, now=NOW, clock=_jumping())
        assert first is False
        behind = Import.objects.get(id=upload.id)
        assert read_slice(upload=Import.objects.get(id=upload.id), client=client, now=NOW, clock=_jumping()) is False
        cursor = Import.objects.get(id=upload.id).cursor
        assert read_slice(upload=behind, client=client, now=NOW) is False
        there = Import.objects.get(id=upload.id)
        assert (there.cursor, there.read, there.stored) == (cursor, 20, 19)


class TestFailing:
    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"id,created_at\n1,2026-03-01\n", "missing_column"),
            (b"PK\x03\x04" + b"\x00" * 100, "not_text"),
            (b"[{}]\n", "json_array"),
            (b"\n \n", "empty_file"),
        ],
    )
    def test_a_file_that_cannot_be_read_fails_its_job_with_the_reason(
        self, query: Query, content: bytes, code: str
    ) -> None:
        upload = accept_upload(chunks=[content], file_name="x", source="web", mapping={}, options={})
        drain()
        job = Job.objects.get(id=upload.job_id)
        assert job.state == Job.State.FAILED
        assert job.error is not None
        assert job.error["code"] == code
        assert job.error["detail"]
        upload.refresh_from_db()
        assert upload.exhausted
        send("journey.ingest_import", upload.id)
        drain()
        assert Job.objects.get(id=upload.job_id).error == job.error

    def test_a_mapping_that_names_no_column_fails_the_job(self, query: Query) -> None:
        upload = accept_upload(
            chunks=[rows(3).encode()], file_name="x", source="web", mapping={"text": "nowhere"}, options={}
        )
        drain()
        job = Job.objects.get(id=upload.job_id)
        assert job.error is not None
        assert job.error["code"] == "unknown_column"

    def test_an_import_that_fails_again_and_again_ends_its_job_with_a_stable_code(self, query: Query) -> None:
        upload = upload_of(rows(3))
        # The file is lost: a fault of ours, so it is tried again, until it has been tried often enough.
        (Path(settings.FILES_ROOT) / upload.path).unlink()
        drain(delayed=True, reraise=False)
        job = Job.objects.get(id=upload.job_id)
        assert job.state == Job.State.FAILED
        assert job.error is not None
        assert job.error["code"] == "import_failed"
        assert upload.path not in job.error["detail"]
        with db.public():
            letter = queue.DeadLetter.objects.get()
            assert (letter.actor, letter.error) == ("journey.ingest_import", "FileNotFoundError")
            assert not queue.Message.objects.exists()

    def test_what_was_stored_before_it_failed_stays(self, query: Query, small_pages: None, in_client: Cast) -> None:
        upload = upload_of(rows(40))
        read_slice(upload=Import.objects.get(id=upload.id), client=_client(in_client), now=NOW, clock=_jumping())
        (Path(settings.FILES_ROOT) / upload.path).unlink()
        drain(delayed=True, reraise=False)
        assert Mention.objects.exclude(understood_at=None).count() == Mention.objects.count() == 9
        assert Job.objects.get(id=upload.job_id).state == Job.State.FAILED

    def test_giving_up_on_understanding_does_not_begin_it_again(self, query: Query) -> None:
        upload = upload_of(rows(3))
        send("journey.give_up_import", {"actor_name": "journey.understand", "args": [upload.id]}, {})
        with db.public():
            queue.Message.objects.filter(payload__actor_name="journey.ingest_import").delete()
        assert drain() == 1
        assert Job.objects.get(id=upload.job_id).state == Job.State.FAILED

    def test_giving_up_on_what_is_gone_is_quiet(self, query: Query) -> None:
        send("journey.give_up_import", {"actor_name": "journey.understand", "args": ["imp_" + "0" * 32]}, {})
        send("reports.give_up", {"args": ["rep_" + "0" * 32]}, {})
        assert drain() == 2

    def test_a_report_that_cannot_be_made_ends_its_job(self, query: Query) -> None:
        report = request_report(start=NOW.date(), end=NOW.date(), locale="en-GB")
        # A folder stands where the PDF ought to go.
        (Path(settings.FILES_ROOT) / db.current() / "reports" / f"{report.id}.pdf").mkdir(parents=True)
        drain(delayed=True, reraise=False)
        job = Job.objects.get(id=report.job_id)
        assert job.error is not None
        assert (job.state, job.error["code"]) == (Job.State.FAILED, "report_failed")

    def test_an_error_in_a_page_takes_the_whole_page_back(
        self, query: Query, small_pages: None, in_client: Cast
    ) -> None:
        upload = upload_of(rows(40))
        # A tally this full has no room for one more.
        RedactionTally.objects.create(day="2026-03-16", entity="EMAIL_ADDRESS", findings=2**63 - 1)
        with pytest.raises(DatabaseError):
            read_slice(upload=Import.objects.get(id=upload.id), client=_client(in_client), now=NOW)
        there = Import.objects.get(id=upload.id)
        assert (there.read, there.stored) == (10, 9)
        assert Mention.objects.count() == MentionMatch.objects.count() == 9
        assert sum(HourlyRollup.objects.values_list("mentions", flat=True)) == 9


class TestLeftAlone:
    def test_a_feed_that_is_not_followed_any_more(self, query: Query) -> None:
        paused = Feed.objects.create(url="http://feeds.invalid/a", name="a", active=False)
        for feed_id in (paused.id, "fed_" + "0" * 32, "not an id"):
            send("journey.poll_feed", feed_id)
        assert drain() == 3
        paused.refresh_from_db()
        assert (paused.polled_at, paused.problem) == (None, "")

    def test_only_active_feeds_of_active_clients_are_polled(self, cast: Cast) -> None:
        for client, active in ((cast.client, True), (cast.client, False), (cast.second_client, True)):
            with db.enter(client.schema_name):
                Feed.objects.create(url=f"http://127.0.0.1:9/{active}", name="x", active=active)
        Client.objects.filter(id=cast.second_client.id).update(status=Client.Status.DELETING)
        poll_feeds()
        drain()
        for client, polled in ((cast.client, [True]), (cast.second_client, [])):
            with db.enter(client.schema_name):
                assert list(Feed.objects.exclude(polled_at=None).values_list("active", flat=True)) == polled

    def test_a_query_deleted_before_its_turn_fails_the_job(self, query: Query) -> None:
        job = jobs.open_job(kind="rematch")
        send("journey.rematch_query", query.id, job.id)
        query.delete()
        drain()
        job.refresh_from_db()
        assert job.error is not None
        assert (job.state, job.error["code"]) == (Job.State.FAILED, "not_found")


def _client(cast: Cast) -> Client:
    with db.public():
        found: Client = Client.objects.get(id=cast.client.id)
    return found


def _jumping() -> Any:
    """A clock by which each page takes longer than a slice may."""
    ticks = iter(range(0, 100_000, 1_000))
    return lambda: float(next(ticks))
