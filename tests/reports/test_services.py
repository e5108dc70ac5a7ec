"""Asking for a report, and what is kept of it."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from pypdf import PdfReader

from analytics.journey.rereading import relabel, reread
from analytics.language.labels import Labels
from analytics.listening.services import create_query
from analytics.mentions.models import Mention
from analytics.reports.models import Report
from analytics.reports.selectors import file_of, report_of, reports
from analytics.reports.services import MAX_DAYS, request_report
from analytics.sources.services import accept_upload
from kernel import db
from kernel.errors import Conflict, NotFound, ValidationFailed
from kernel.jobs.models import Job
from kernel.queue import send
from kernel.queue.testing import drain
from tenants.services import set_branding
from tests.cast import Cast
from tests.language.toy import Engines, ToyEngine, by_hash

FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)
MADE = datetime(2026, 4, 1, tzinfo=UTC)


def posts() -> None:
    create_query(name="Juniper", kind="brand", text="juniper")
    rows = [
        f"p{n},2026-03-{1 + n % 30:02}T10:00:00Z,guest{n}_example,Juniper {n} was {'lovely' if n % 3 else 'awful'},{n}"
        for n in range(60)
    ]
    text = "\n".join(["id,created_at,author_handle,text,likes", *rows]) + "\n"
    accept_upload(chunks=[text.encode()], file_name="p.csv", source="web", mapping={}, options={})
    drain()


def printed(report: Report) -> str:
    pages = PdfReader(io.BytesIO(file_of(report).read_bytes())).pages
    return "\n".join(page.extract_text() for page in pages)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (date(2026, 3, 2), date(2026, 3, 1)),
        (date(2026, 1, 1), date(2026, 1, 1) + timedelta(days=MAX_DAYS)),
        (date.min, date.max),
    ],
)
def test_a_period_that_cannot_be_is_refused(in_client: Cast, start: date, end: date) -> None:
    with pytest.raises(ValidationFailed) as problem:
        request_report(start=start, end=end, locale="en-GB")
    assert [(field.pointer, field.code) for field in problem.value.fields] == [("/end", "bad_period")]
    assert (Report.objects.count(), Job.objects.count()) == (0, 0)


def test_a_year_and_a_day_are_reports(in_client: Cast) -> None:
    first = date(2024, 1, 1)
    for days in (1, MAX_DAYS):
        report = request_report(start=first, end=first + timedelta(days=days - 1), locale="en-GB")
        assert report_of(report.id) == report
    assert reports().count() == 2


def test_a_report_that_is_not_made_yet_has_no_file(in_client: Cast) -> None:
    report = request_report(start=FIRST, end=LAST, locale="en-GB")
    job = Job.objects.get(id=report.job_id)
    assert (job.kind, job.state, job.result) == ("report", Job.State.QUEUED, report.id)
    with pytest.raises(Conflict):
        file_of(report)
    with pytest.raises(NotFound):
        report_of("rep_" + "0" * 32)


def test_the_worker_makes_it_under_the_clients_brand(in_client: Cast) -> None:
    posts()
    with db.public():
        set_branding(agency_id=in_client.agency.id, actor=in_client.owner.id, client=in_client.client, name="Ownbrand")
    report = request_report(start=FIRST, end=LAST, locale="en-GB", title="What March brought")
    drain()
    report = report_of(report.id)
    path = file_of(report)
    assert path == Path(settings.FILES_ROOT) / in_client.client.schema_name / "reports" / f"{report.id}.pdf"
    content = path.read_bytes()
    assert (report.size, report.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert report.rendered_at is not None
    assert [item.name for item in path.parent.iterdir()] == [path.name]
    job = Job.objects.get(id=report.job_id)
    assert (job.state, job.result, job.progress) == (Job.State.SUCCEEDED, report.id, 1.0)
    text = printed(report)
    assert "Ownbrand" in text
    assert "Juniper" in text
    assert "_example" not in text


def test_making_it_twice_makes_the_same_file(in_client: Cast) -> None:
    posts()
    report = request_report(start=FIRST, end=LAST, locale="en-GB")
    drain()
    first = report_of(report.id)
    send("reports.render", report.id)
    drain()
    second = report_of(report.id)
    assert second.sha256 == first.sha256
    assert hashlib.sha256(file_of(second).read_bytes()).hexdigest() == first.sha256


def test_two_workers_that_make_it_at_once_do_not_write_the_same_file(
    in_client: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message may be delivered twice: the second worker begins and ends while the first one is writing."""
    report = request_report(start=FIRST, end=LAST, locale="en-GB")
    write, others = Path.write_bytes, [1]

    def interrupted(path: Path, content: bytes) -> int:
        written = write(path, content[: len(content) // 2])
        if others:
            others.pop()
            send("reports.render", report.id)
            drain()
            assert [item.name for item in path.parent.glob("*.part")] == [path.name]
        with path.open("ab") as part:
            return written + part.write(content[written:])

    monkeypatch.setattr(Path, "write_bytes", interrupted)
    drain()
    report = report_of(report.id)
    assert hashlib.sha256(file_of(report).read_bytes()).hexdigest() == report.sha256
    assert not list(file_of(report).parent.glob("*.part"))


def test_a_client_about_whom_nothing_is_known_gets_a_report_that_says_so(in_client: Cast) -> None:
    report = request_report(start=date(2026, 3, 1), end=date(2026, 3, 1), locale="de-DE")
    drain()
    report = report_of(report.id)
    assert Job.objects.get(id=report.job_id).state == Job.State.SUCCEEDED
    assert in_client.client.name in printed(report)
    assert report.rendered_at is not None
    assert report.rendered_at <= datetime.now(UTC)


def test_a_report_keeps_saying_what_its_mentions_were_read_by(in_client: Cast, engines: Engines) -> None:
    engines(ToyEngine("toy/1", by_hash("toy/1")))
    posts()
    ids = sorted(map(str, Mention.objects.values_list("id", flat=True)))
    engines(ToyEngine("toy/2", by_hash("toy/2")))
    reread(ids=ids[:20], now=MADE)
    relabel(labels={each: Labels(sentiment="positive") for each in ids[:3]}, now=MADE)
    first = request_report(start=FIRST, end=LAST, locale="en-GB")
    drain()
    reread(ids=ids, now=MADE)
    second = request_report(start=FIRST, end=LAST, locale="en-GB")
    drain()

    first.refresh_from_db()
    assert first.readings == [
        {"model": "toy/1", "mentions": 40, "corrected": 0},
        {"model": "toy/2", "mentions": 20, "corrected": 3},
    ]
    assert "toy/1: 40, toy/2: 20" in printed(first)
    assert "Labels set by people\nn = 3" in printed(first) or "Labels set by people n = 3" in printed(first)
    second.refresh_from_db()
    assert second.readings == [{"model": "toy/2", "mentions": 60, "corrected": 3}]
    assert "toy/1" not in printed(second)
