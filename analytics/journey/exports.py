"""A client's data on its way out: asked for, made by a job, kept for some days.

What is in an export is what the API shows, so that the API's floor writes it (`api.exports`); here is what is known of
it in the client's schema.
"""

from __future__ import annotations

import hashlib
import time
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from analytics.journey.models import Export
from analytics.sources.services import client_folder
from kernel import db
from kernel.errors import Conflict
from kernel.jobs import services as jobs
from kernel.jobs.models import Job
from kernel.lookups import one
from kernel.queue import send

KEPT_FOR = timedelta(days=7)
# Longer than any is tried; what is older was lost.
_LONGEST = timedelta(days=1)
_UNNOTICED = timedelta(hours=1)
_FOLDER = "exports"
_PIECE = 1024 * 1024


def exports() -> QuerySet[Export]:
    """All exports, newest first, also those whose file is gone."""
    return Export.objects.all()


def export_of(export_id: str) -> Export:
    """One export. Raises NotFound."""
    return one(Export.objects.all(), export_id)


def file_of(export: Export) -> Path:
    """Where the file lies. Raises Conflict while it is not made yet, and once it is deleted."""
    if not export.path:
        gone = export.finished_at is not None
        raise Conflict(
            "The export's file was deleted; ask for a new one." if gone else "The export is not ready; ask its job."
        )
    return Path(settings.FILES_ROOT) / export.path


def request_export(*, client_id: str, format: str, now: datetime) -> tuple[Export, Job]:
    """Have all of the present client's data written to a file, whatever the client's status: whoever suspends a client
    or is about to delete it wants its data all the more. Raises Conflict while one is being made."""
    with transaction.atomic():
        _one_at_a_time()
        open_jobs = Job.objects.filter(
            kind="export", state__in=[Job.State.QUEUED, Job.State.RUNNING], created_at__gt=now - _LONGEST
        )
        if open_jobs.exists():
            raise Conflict("An export is being made already; ask its job.")
        job = jobs.open_job(kind="export")
        export = Export.objects.create(job_id=job.id, format=format)
        Job.objects.filter(id=job.id).update(result=export.id)
    job.result = export.id
    _send(client_id, export)
    return export, job


def send_again(*, client_id: str, now: datetime) -> None:
    """Send for what nobody began: a process that was killed between keeping an export and sending for it."""
    for job in Job.objects.filter(kind="export", state=Job.State.QUEUED, created_at__lt=now - _UNNOTICED):
        export = Export.objects.filter(job_id=job.id).first()
        if export is not None:
            _send(client_id, export)


def _send(client_id: str, export: Export) -> None:
    # Messages of a suspended client wait until it is resumed; one that is nobody's does not. It cannot be in the
    # transaction of the client's rows: those may lie in another session.
    with db.public():
        send("api.make_export", client_id, export.id)


def part_of(export: Export) -> Path:
    """A file to write the export to, which nobody else writes: a message may be delivered twice."""
    return client_folder(_FOLDER) / f"{export.id}.{uuid4().hex}.part"


@transaction.atomic
def keep(*, export: Export, part: Path, contents: dict[str, int], now: datetime) -> None:
    """Give a file that is written its place, and end the job. Where another one was faster, that one stays."""
    locked = Export.objects.select_for_update().get(id=export.id)
    if locked.finished_at is not None:
        return
    locked.size, locked.sha256, locked.contents = part.stat().st_size, _sha256(part), contents
    locked.finished_at, locked.expires_at = now, now + KEPT_FOR
    path = part.with_name(f"{export.id}.zip")
    part.rename(path)
    locked.path = str(path.relative_to(Path(settings.FILES_ROOT)))
    locked.save()
    jobs.succeed(job_id=locked.job_id, result=locked.id)


def delete_export(*, export: Export) -> None:
    """Delete the file and forget the export. Raises Conflict while it is being made."""
    if export.finished_at is None and Job.objects.filter(id=export.job_id, finished_at=None).exists():
        raise Conflict("The export is being made; ask its job, and delete it then.")
    with transaction.atomic():
        if export.path:
            path = file_of(export)
            transaction.on_commit(lambda: path.unlink(missing_ok=True))
        Export.objects.filter(id=export.id).delete()


def expire(*, now: datetime) -> int:
    """Delete the present client's files that were kept long enough, and what a killed worker left half written.
    Returns how many exports that were."""
    lapsed = list(Export.objects.filter(expires_at__lte=now).exclude(path=""))
    for export in lapsed:
        file_of(export).unlink(missing_ok=True)
        Export.objects.filter(id=export.id).update(path="")
    folder = Path(settings.FILES_ROOT) / db.current() / _FOLDER
    for part in folder.glob("*.part"):
        if time.time() - part.stat().st_mtime > _LONGEST.total_seconds():
            part.unlink(missing_ok=True)
    return len(lapsed)


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('exports'), hashtext(current_schema()))")


def _sha256(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            found.update(piece)
    return found.hexdigest()
