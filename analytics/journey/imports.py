"""An upload's way in: decided once, read page by page, each page one transaction with its own cursor."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from analytics.journey.listen import Ear
from analytics.journey.metering import tell_stored
from analytics.journey.services import Taken, enrich, take
from analytics.listening.selectors import listener
from analytics.mentions.selectors import is_understood, stored_in
from analytics.sources import selectors as sources
from analytics.sources.contracts import Page
from analytics.sources.files.connector import FileConnector
from analytics.sources.files.plan import Plan
from analytics.sources.models import Import
from analytics.sources.problems import SourceProblem
from analytics.sources.services import discard_file, note_problems
from kernel.jobs import services as jobs
from tenants.datakeys import data_key
from tenants.models import Client
from tenants.plans.limits import Ceiling, ceiling_of, month_of

PAGE_ROWS = 2_000
# A worker hands a long import on to the next message, so that it can be stopped, and others get their turn.
SLICE_S = 60.0
_UNDERSTAND_AT_ONCE = 1_000


def read_slice(*, upload: Import, client: Client, now: datetime, clock: Callable[[], float] = time.monotonic) -> bool:
    """Read pages of an upload for about a minute. Returns whether all of it has been read.

    A file that cannot be read at all fails its job with the reason. Raises nothing for what a file contains.
    """
    if upload.exhausted:
        tell_stored(client, now=now)  # whoever read the last page may not have come to it
        return True
    started = clock()
    try:
        connector = FileConnector(
            sources.file_of(upload),
            now=now,
            mapping=upload.mapping or None,
            source_default=upload.source,
            day_first=upload.options.get("day_first"),
            default_zone=upload.options.get("default_zone", "UTC"),
            batch_size=PAGE_ROWS,
            plan=Plan.from_json(upload.plan) if upload.plan else None,
        )
        if not upload.plan:
            _keep_plan(upload, connector.prepare())
        ear = Ear(listener(), data_key(client))
        for page in connector.pages(upload.cursor):
            ceiling = ceiling_of(client, now=now)
            with transaction.atomic():
                locked = Import.objects.select_for_update().get(id=upload.id)
                if locked.cursor != upload.cursor:
                    return False  # the same message reached another worker, which is ahead
                most = None if ceiling is None else ceiling.own
                taken = take(posts=page.posts, origin=upload.id, ear=ear, now=now, most_in_month=most)
                note_problems(upload=locked, page=page)
                _advance(locked, page, taken)
                if ceiling is not None and taken.left:
                    _stop(locked, ceiling, now)
                if locked.exhausted:
                    discard_file(upload=locked)
            tell_stored(client, now=now)
            upload = locked
            if upload.exhausted:
                return True
            if clock() - started > SLICE_S:
                return False
    except SourceProblem as problem:
        jobs.fail(job_id=upload.job_id, code=problem.code, detail=problem.reason)
        Import.objects.filter(id=upload.id).update(exhausted=True)
        discard_file(upload=upload)
    return True


def _keep_plan(upload: Import, plan: Plan) -> None:
    upload.plan, upload.rows = plan.to_json(), plan.rows
    upload.save(update_fields=["plan", "rows"])
    jobs.start(job_id=upload.job_id, total=plan.rows)


def _stop(upload: Import, ceiling: Ceiling, now: datetime) -> None:
    """The month's mentions are used up: the rest is for another time, and the caller is told."""
    detail = ceiling.reached(stored_in(month_of(now))).detail
    jobs.fail(
        job_id=upload.job_id,
        code="plan_limit",
        detail=f"{detail} What was read until then is kept. Import the file again when there is room: nothing is "
        "stored twice.",
    )
    upload.exhausted = True
    upload.save(update_fields=["exhausted"])


def _advance(upload: Import, page: Page, taken: Taken) -> None:
    upload.cursor = dict(page.cursor)
    upload.stored += taken.stored
    upload.known += taken.known
    upload.unmatched += taken.unmatched
    upload.bad += len(page.bad_rows)
    repeated = sum(note.code == "duplicate" for note in page.notes)
    upload.repeated += repeated
    upload.read += len(page.posts) - taken.left + len(page.bad_rows) + repeated
    upload.exhausted = page.done
    upload.save()
    # Each row counts once when it is read, and a stored one once more when it is understood.
    jobs.advance(job_id=upload.job_id, done=upload.read + upload.understood, total=upload.rows + upload.stored)


def understand_slice(*, origin: str, now: datetime, clock: Callable[[], float] = time.monotonic) -> bool:
    """Understand for about a minute what is stored of one origin; ends an import's job with the last of it.
    Returns whether nothing is left."""
    started = clock()
    while True:
        count = enrich(origin=origin, limit=_UNDERSTAND_AT_ONCE, now=now)
        # Not in one transaction: who reads a page holds the import and waits for mentions and sums, which this held.
        _note_understood(origin, count)
        if count < _UNDERSTAND_AT_ONCE:
            return True
        if clock() - started > SLICE_S:
            return False


@transaction.atomic
def _note_understood(origin: str, count: int) -> None:
    upload = Import.objects.select_for_update().filter(id=origin).first() if origin.startswith("imp_") else None
    if upload is None:
        return
    upload.understood += count
    upload.save(update_fields=["understood"])
    jobs.advance(job_id=upload.job_id, done=upload.read + upload.understood, total=upload.rows + upload.stored)
    # Not by the counts: a mention that was deleted in between is never understood, and who dies right before this has
    # not told.
    if upload.exhausted and is_understood(origin):
        jobs.succeed(job_id=upload.job_id, result=upload.id)
