"""People's labels on their way in, and out again: kept as they were given, and then made effective.

A label is a row that is never changed but for being taken back. What holds for a mention follows from the rows: of
those that stand the latest, or the engine's word where none does. Rows, labels, matches and rollups change in one
transaction, under the lock that whoever reads mentions takes; so nothing is lost, whoever is at work on the same
mention. A job that was cancelled, or failed, on its way has done the pages that it came to, and nothing of the rest.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from analytics.journey.rereading import relabel, take_back
from analytics.language.corrections.models import Correction, CorrectionProblem, Label
from analytics.language.corrections.rows import Row
from analytics.language.corrections.selectors import in_force
from analytics.language.labels import FIELDS, Labels
from analytics.language.tables import BadRow
from analytics.mentions.models import Mention
from analytics.mentions.services import lock_matches, lock_store
from kernel.errors import Conflict, NotFound
from kernel.ids import decode
from kernel.jobs import services as jobs
from kernel.jobs.models import Job
from kernel.queue import send

PAGE = 1_000
SLICE_S = 60.0
KIND = "correction"
KIND_BACK = "correction_reversal"


@transaction.atomic
def request_correction(
    *, by: str, source: Correction.Source, rows: Sequence[Row], bad: Sequence[BadRow] = (), now: datetime
) -> Correction:
    """Have a job set labels. `bad` are rows that could not be read: they are only kept, to be shown."""
    job = jobs.open_job(kind=KIND)
    made = Correction.objects.create(
        by=by,
        source=source,
        job_id=job.id,
        rows=len(rows) + len(bad),
        bad=len(bad),
        waiting=[[row.line, row.mention, dict(row.labels)] for row in rows],
        created_at=now,
    )
    Job.objects.filter(id=job.id).update(result=made.id)
    _note(made, bad)
    send("journey.apply_correction", made.id, job.id)
    return made


@transaction.atomic
def correct_one(*, by: str, mention: str, labels: Mapping[str, Any], now: datetime) -> Correction:
    """Set labels of one mention at once. Raises NotFound where it is not there, and Conflict where it was not read
    yet."""
    made = Correction.objects.create(by=by, source=Correction.Source.MENTION, rows=1, created_at=now)
    done = _apply(made, [Row(1, mention, labels)], now)
    if done.bad:
        if done.bad[0].code == "unknown_mention":
            raise NotFound()
        raise Conflict("This mention was not read yet; correct it in a moment.")
    made.done, made.labelled, made.same = 1, 1, done.same
    made.save(update_fields=["done", "labelled", "same"])
    return made


def apply_slice(*, correction_id: str, now: datetime, clock: Callable[[], float] = time.monotonic) -> bool:
    """Set the labels that wait for about a minute. Returns whether none is left."""
    started = clock()
    while True:
        if _page(correction_id, now):
            return True
        if clock() - started > SLICE_S:
            return False


@transaction.atomic
def _page(correction_id: str, now: datetime) -> bool:
    _lock()
    made = Correction.objects.select_for_update().filter(id=correction_id).first()
    if made is None or _at_work(made.job_id) is None:
        return True
    if not made.waiting:  # no row could be read, or the message comes twice
        jobs.succeed(job_id=made.job_id, result=made.id)
        return True
    waiting = [Row(line, mention, labels) for line, mention, labels in made.waiting[made.done : made.done + PAGE]]
    done = _apply(made, waiting, now)
    _note(made, done.bad)
    made.done += len(waiting)
    made.labelled += len(waiting) - len(done.bad)
    made.same += done.same
    made.bad += len(done.bad)
    finished = made.done >= len(made.waiting)
    total = len(made.waiting)
    if finished:
        made.waiting = []
    made.save(update_fields=["done", "labelled", "same", "bad", *(["waiting"] if finished else [])])
    jobs.advance(job_id=made.job_id, done=made.done, total=total)
    if finished:
        jobs.succeed(job_id=made.job_id, result=made.id)
    return finished


@dataclass(frozen=True, slots=True)
class _Applied:
    bad: list[BadRow]
    same: int


def _apply(made: Correction, rows: Sequence[Row], now: datetime) -> _Applied:
    _lock()
    present = _present([decode("men", row.mention) for row in rows])
    bad: list[BadRow] = []
    given: dict[str, Labels] = {}
    kept: list[Label] = []
    same = 0
    for row in rows:
        before = present.get(row.mention)
        if before is None or before.understood_at is None:
            bad.append(_refused(row.line, there=before is not None))
            continue
        given[row.mention] = labels_from(row.labels)
        same += all(_held(before, field) == label for field, label in row.labels.items())
        kept += [
            Label(
                correction=made,
                mention_id=row.mention,
                field=field,
                by=made.by,
                label=label,
                was=_held(before, field),
                labelled_at=now,
            )
            for field, label in row.labels.items()
        ]
    Label.objects.bulk_create(kept)
    if given:
        relabel(labels=given, now=now)
    return _Applied(bad, same)


def _refused(line: int, *, there: bool) -> BadRow:
    if there:
        return BadRow(line, "not_read_yet", "mention", "This mention was not read yet; send the row again later.")
    return BadRow(line, "unknown_mention", "mention", "There is no such mention.")


def labels_from(labels: Mapping[str, Any]) -> Labels:
    """Labels as JSON holds them, as they are set. Raises ValueError for what is none."""
    plain: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in labels.items()}
    return Labels(**plain)


def _present(ids: Sequence[UUID]) -> dict[str, Mention]:
    rows = Mention.objects.filter(id__in=ids).only("id", "understood_at", *FIELDS)
    return {str(row.id): row for row in rows}


def _held(mention: Mention, field: str) -> Any:
    """What a mention says now, as a label of that field is written; None for nothing."""
    value = getattr(mention, field)
    if field == "irony":
        return None if value is None else value >= 0.5
    # An engine names intents in another order than labels have.
    return sorted(value) if isinstance(value, list) else value or None


def _note(made: Correction, bad: Sequence[BadRow]) -> None:
    CorrectionProblem.objects.bulk_create(
        [
            CorrectionProblem(correction=made, line=row.line, code=row.code, field=row.field, reason=row.reason)
            for row in bad
        ],
        ignore_conflicts=True,
    )


@transaction.atomic
def request_reversal(
    *, correction: Correction, by: str, mentions: Sequence[str] | None = None
) -> tuple[Job | None, int]:
    """Have a job take a correction back, whole or for some mentions: what was said before it, or the engine's word,
    holds again as the job comes to each. Returns the job and how many labels it is to take back; (None, 0) where none
    stands. What a job that was cancelled or failed has not come to stands, and is left to the next.

    Raises Conflict while the correction is still being made, or taken back.
    """
    made = Correction.objects.select_for_update().defer("waiting").get(id=correction.id)
    if any(_at_work(job_id) for job_id in (made.job_id, made.reversal_job_id)):
        raise Conflict("A job is still at work on this correction.")
    made.reversing = None if mentions is None else list(mentions)
    count = _standing(made).count()
    if not count:
        return None, 0
    job = jobs.open_job(kind=KIND_BACK, result=made.id)
    made.reversal_job_id, made.reversal_by = job.id, by
    made.save(update_fields=["reversal_job_id", "reversal_by", "reversing"])
    send("journey.reverse_correction", made.id, job.id)
    return job, count


@transaction.atomic
def cancel_correction(*, job: Job) -> bool:
    """Stop a job that sets labels, or takes them back, behind the page that it is at. What it has done stays; rows that
    it had not come to are not looked at any more, and labels that it had not come to stand. Returns whether there was
    something to stop."""
    if job.kind not in (KIND, KIND_BACK):
        return False
    made = Correction.objects.select_for_update().filter(id=job.result).first()
    present = _at_work(job.id)
    if made is None or present is None:
        return False
    if job.kind == KIND:
        jobs.advance(job_id=job.id, done=made.done, total=len(made.waiting))
        made.waiting = []
        made.save(update_fields=["waiting"])
        detail = "Somebody cancelled it. What it had labelled stays so; it had not come to the other rows."
    else:
        jobs.advance(job_id=job.id, done=present.done, total=present.done + _count_mentions(_standing(made)))
        detail = "Somebody cancelled it. What it had taken back stays so; labels that it had not come to stand."
    return jobs.cancel(job_id=job.id, code="cancelled", detail=detail)


def _at_work(job_id: str) -> Job | None:
    """A job that has not ended, None for another. None ends while its correction is locked but by failing."""
    return Job.objects.filter(id=job_id, finished_at=None).first() if job_id else None


def _standing(made: Correction) -> QuerySet[Label]:
    """What stands of the labels that a correction is to be taken back for."""
    standing = Label.objects.filter(correction=made, taken_back_at=None)
    return standing if made.reversing is None else standing.filter(mention__in=made.reversing)


def _count_mentions(labels: QuerySet[Label]) -> int:
    return labels.order_by().values("mention").distinct().count()


@transaction.atomic
def take_back_own(*, by: str, mention: str, now: datetime) -> int:
    """Take back all that somebody said of one mention. Returns how many labels that were."""
    _lock()
    standing = Label.objects.filter(mention_id=mention, by=by, taken_back_at=None)
    fields = set(standing.values_list("field", flat=True))
    count = standing.update(taken_back_at=now, taken_back_by=by)
    _settle({mention: fields}, now)
    return count


def reverse_slice(
    *, correction_id: str, job_id: str, now: datetime, clock: Callable[[], float] = time.monotonic
) -> bool:
    """Take labels back for about a minute, as that job is to. Returns whether nothing is left to do: it is through, or
    was cancelled."""
    started = clock()
    while True:
        if _page_back(correction_id, job_id, now):
            return True
        if clock() - started > SLICE_S:
            return False


@transaction.atomic
def _page_back(correction_id: str, job_id: str, now: datetime) -> bool:
    _lock()
    made = Correction.objects.select_for_update().filter(id=correction_id).defer("waiting").first()
    job = _at_work(job_id)
    if made is None or job is None or made.reversal_job_id != job_id:
        return True
    standing = _standing(made)
    ids = list(standing.order_by("mention").values_list("mention", flat=True).distinct()[:PAGE])
    page = standing.filter(mention__in=ids)
    fields: dict[str, set[str]] = {}
    for mention, field in page.values_list("mention", "field"):
        fields.setdefault(str(mention), set()).add(field)
    page.update(taken_back_at=now, taken_back_by=made.reversal_by)
    _settle(fields, now)
    done, left = job.done + len(ids), _count_mentions(standing)
    jobs.advance(job_id=job_id, done=done, total=done + left)
    if left:
        return False
    jobs.succeed(job_id=job_id, result=made.id)
    return True


def _settle(fields: Mapping[str, set[str]], now: datetime) -> None:
    """Have these fields of mentions say what stands, or what the engine does."""
    standing = in_force([decode("men", mention) for mention in fields])
    given: dict[str, dict[str, Any]] = {}
    free: dict[str, list[str]] = {}
    for mention, names in fields.items():
        for name in sorted(names):
            if (mention, name) in standing:
                given.setdefault(mention, {})[name] = standing[mention, name]
            else:
                free.setdefault(mention, []).append(name)
    if given:
        relabel(labels={mention: labels_from(labels) for mention, labels in given.items()}, now=now)
    if free:
        take_back(fields=free, now=now)


def _lock() -> None:
    lock_store()
    lock_matches(alone=True)
