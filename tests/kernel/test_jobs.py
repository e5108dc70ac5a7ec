"""A job's life: what each step may change, and that steps may come twice or too late."""

from __future__ import annotations

import pytest

from kernel.jobs import services as jobs
from kernel.jobs.models import Job
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("in_client")


def again(job: Job) -> Job:
    return Job.objects.get(id=job.id)


def test_a_new_job_waits_and_knows_nothing_yet(in_client: Cast) -> None:
    job = again(jobs.open_job(kind="import", result="imp_1"))
    assert (job.state, job.result, job.progress, job.error) == (Job.State.QUEUED, "imp_1", 0.0, None)
    assert (job.started_at, job.finished_at) == (None, None)


def test_progress_is_a_share_of_the_work_between_none_and_all() -> None:
    job = jobs.open_job(kind="import")
    jobs.start(job_id=job.id, total=8)
    assert again(job).progress == 0.0
    jobs.advance(job_id=job.id, done=2, total=8)
    assert again(job).progress == 0.25
    jobs.advance(job_id=job.id, done=12, total=8)
    assert again(job).progress == 1.0
    jobs.advance(job_id=job.id, done=1, total=0)
    assert again(job).progress == 0.0


def test_success_is_all_of_the_work_whatever_was_counted() -> None:
    job = jobs.open_job(kind="import")
    jobs.advance(job_id=job.id, done=1, total=8)
    jobs.succeed(job_id=job.id)
    assert again(job).progress == 1.0


def test_starting_twice_keeps_the_first_moment_and_a_total_once_known() -> None:
    job = jobs.open_job(kind="import")
    assert jobs.start(job_id=job.id, total=8)
    first = again(job)
    assert jobs.start(job_id=job.id)
    second = again(job)
    assert second.started_at == first.started_at is not None
    assert (second.total, second.state) == (8, Job.State.RUNNING)


def test_a_job_that_ended_well_stays_so() -> None:
    job = jobs.open_job(kind="import", result="imp_1")
    jobs.succeed(job_id=job.id)
    ended = again(job)
    assert not jobs.start(job_id=job.id, total=3)
    jobs.fail(job_id=job.id, code="late", detail="Too late.")
    jobs.succeed(job_id=job.id, result="imp_2")
    now = again(job)
    assert (now.state, now.error, now.result) == (Job.State.SUCCEEDED, None, "imp_1")
    assert (now.finished_at, now.total) == (ended.finished_at, 0)


def test_a_job_that_failed_stays_failed_with_its_first_reason() -> None:
    job = jobs.open_job(kind="import")
    jobs.fail(job_id=job.id, code="first", detail="The first reason.")
    jobs.fail(job_id=job.id, code="second", detail="The second reason.")
    jobs.succeed(job_id=job.id, result="imp_1")
    jobs.start(job_id=job.id)
    now = again(job)
    assert (now.state, now.result) == (Job.State.FAILED, "")
    assert now.error == {"code": "first", "detail": "The first reason."}
    assert now.finished_at is not None


def test_progress_of_a_job_that_ended_does_not_move() -> None:
    job = jobs.open_job(kind="import")
    jobs.advance(job_id=job.id, done=3, total=8)
    jobs.fail(job_id=job.id, code="stopped", detail="It stopped.")
    jobs.advance(job_id=job.id, done=8, total=8)
    assert (again(job).done, again(job).total) == (3, 8)


def test_a_job_that_is_not_there_changes_nothing(in_client: Cast) -> None:
    missing = "job_" + "0" * 32
    jobs.start(job_id=missing)
    jobs.advance(job_id=missing, done=1, total=2)
    jobs.succeed(job_id=missing)
    jobs.fail(job_id=missing, code="x", detail="x")
    assert not Job.objects.exists()
