"""What happens to a job in its life. All are safe to repeat: a message may be delivered twice."""

from __future__ import annotations

from django.utils import timezone

from kernel.jobs.models import Job


def open_job(*, kind: str, result: str = "") -> Job:
    """A new job in the queue. `result` is the public id of what it works on, where that is there already."""
    return Job.objects.create(kind=kind, result=result)


def start(*, job_id: str, total: int = 0) -> bool:
    """Mark the job as running. Returns whether there is work to do: False for a job that has ended, which stays so."""
    open_states = [Job.State.QUEUED, Job.State.RUNNING]
    jobs = Job.objects.filter(id=job_id, state__in=open_states)
    jobs.filter(started_at=None).update(started_at=timezone.now())
    return jobs.update(state=Job.State.RUNNING, **({"total": total} if total else {})) > 0


def advance(*, job_id: str, done: int, total: int) -> None:
    """Report progress in units of work; that of a job that has ended stays."""
    Job.objects.filter(id=job_id, finished_at=None).update(done=done, total=total)


def succeed(*, job_id: str, result: str = "") -> None:
    changes = {"result": result} if result else {}
    Job.objects.filter(id=job_id, finished_at=None).update(
        state=Job.State.SUCCEEDED, finished_at=timezone.now(), error=None, **changes
    )


def fail(*, job_id: str, code: str, detail: str) -> None:
    """End the job with a stable code and a sentence that holds no personal data."""
    Job.objects.filter(id=job_id, finished_at=None).update(
        state=Job.State.FAILED, finished_at=timezone.now(), error={"code": code, "detail": detail}
    )


def cancel(*, job_id: str, code: str, detail: str) -> bool:
    """End a job that somebody wants no more. Returns whether it was still open."""
    changed = Job.objects.filter(id=job_id, finished_at=None).update(
        state=Job.State.CANCELLED, finished_at=timezone.now(), error={"code": code, "detail": detail}
    )
    return changed > 0
