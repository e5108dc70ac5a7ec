"""Taking files in, and following feeds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from analytics.sources.contracts import Page
from analytics.sources.models import Feed, Import, ImportProblem
from analytics.sources.selectors import file_of
from kernel import db, queue
from kernel.errors import TooLarge, ValidationFailed
from kernel.ids import encode, uuid7
from kernel.jobs import services as jobs

# Beyond this many, a file is not the kind of file it was taken for; the count goes on, the list does not.
MAX_LISTED_PROBLEMS = 10_000
_UNSAFE = re.compile(r"[^\w.\- ]+")


def client_folder(kind: str) -> Path:
    """Where the present client's files of one kind lie; made where it is missing."""
    folder = Path(settings.FILES_ROOT) / db.current() / kind
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def accept_upload(
    *, chunks: Iterable[bytes], file_name: str, source: str, mapping: dict[str, Any], options: dict[str, Any]
) -> Import:
    """Keep an uploaded file and queue its import.

    `mapping` is {field: column} as the caller named them, `options` may hold day_first and default_zone. Raises
    TooLarge above the upload limit and ValidationFailed (/file) for an empty file.
    """
    import_id = encode("imp", uuid7())
    path = client_folder("imports") / import_id
    try:
        size = _write(path, chunks)
        if size == 0:
            raise ValidationFailed.of("/file", "The file is empty.", code="empty_file")
        with transaction.atomic():
            job = jobs.open_job(kind="import", result=import_id)
            upload = Import.objects.create(
                id=import_id,
                job_id=job.id,
                file_name=_UNSAFE.sub("_", Path(file_name).name)[:255] or "upload",
                path=str(path.relative_to(settings.FILES_ROOT)),
                size=size,
                source=source,
                mapping=mapping,
                options=options,
            )
            queue.send("journey.ingest_import", upload.id)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return upload


def _write(path: Path, chunks: Iterable[bytes]) -> int:
    size = 0
    with path.open("xb") as file:
        for chunk in chunks:
            size += len(chunk)
            if size > settings.UPLOAD_MAX_BYTES:
                raise TooLarge(f"A file may have at most {settings.UPLOAD_MAX_BYTES} bytes.")
            file.write(chunk)
    return size


def discard_file(*, upload: Import) -> None:
    """Delete the uploaded file once the transaction is committed: it holds what ingestion keeps out of the store."""
    path = file_of(upload)
    transaction.on_commit(lambda: path.unlink(missing_ok=True))


def note_problems(*, upload: Import, page: Page) -> None:
    """Remember, once each, the rows of a page that could not be read, and what there is to say about others."""
    noted = [(row, True) for row in page.bad_rows] + [(row, False) for row in page.notes]
    if not noted:
        return
    room = MAX_LISTED_PROBLEMS - upload.problems.count()
    ImportProblem.objects.bulk_create(
        [
            ImportProblem(
                upload=upload, line=row.line, refused=refused, code=row.code, field=row.field, reason=row.reason[:300]
            )
            for row, refused in noted[: max(0, room)]
        ],
        ignore_conflicts=True,
    )


def follow_feed(*, url: str, name: str) -> Feed:
    """Follow an RSS or Atom feed and queue its first reading. Raises ValidationFailed (/url) for one followed."""
    try:
        with transaction.atomic():
            feed = Feed.objects.create(url=url, name=name)
            queue.send("journey.poll_feed", feed.id)
    except IntegrityError:
        raise ValidationFailed.of("/url", "This feed is followed already.", code="taken") from None
    return feed


def unfollow_feed(*, feed: Feed) -> None:
    """Stop reading a feed. The mentions it brought stay."""
    feed.delete()
