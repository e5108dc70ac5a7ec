"""Looking through all stored mentions anew, because what is looked for has changed: a job with progress.

Each page is a transaction of its own, so that a killed worker goes on where it was. Which mentions belong to it is
settled at its start, when nobody goes by what was in force before; what is stored later is looked through as it is
read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from uuid import UUID

from django.db import connection, transaction

from analytics.language.aspects.extracting import find_aspects, write_aspects
from analytics.language.aspects.inforce import lock_in_force, lock_look, settings_row
from analytics.language.aspects.models import AspectRun, AspectSettings
from analytics.language.services import reader, texts_of
from analytics.mentions import pages
from analytics.mentions.copytext import plain_array
from analytics.mentions.models import Mention
from analytics.mentions.services import lock_matches
from kernel.ids import decode, encode
from kernel.jobs import services as jobs
from kernel.jobs.models import Job
from kernel.queue import send

KIND = "aspects"
PAGE = 500
# A worker hands a long way on to the next message, so that others get their turn.
SLICE_S = 60.0


@transaction.atomic
def request_run() -> Job | None:
    """Have all stored mentions looked through; None where nothing is stored. One that is under way is given up: the new
    one goes over everything."""
    row, _ = AspectSettings.objects.select_for_update().get_or_create(id=1)
    earlier = AspectRun.objects.select_for_update().first()
    if earlier is not None:
        earlier.delete()
        jobs.cancel(
            job_id=earlier.job_id, code="superseded", detail="What is looked for was changed again before it was done."
        )
    row.applied_version = 0
    row.save(update_fields=["applied_version"])
    if not Mention.objects.exists():
        AspectSettings.objects.update(applied_version=row.version)
        return None
    job = jobs.open_job(kind=KIND)
    AspectRun.objects.create(job_id=job.id)
    send("aspects.look_again", job.id)
    return job


@transaction.atomic
def cancel_run(*, job: Job) -> bool:
    """Stop it; mentions that it had not come to stay as they are. Returns whether there was something to stop."""
    found = AspectRun.objects.select_for_update().filter(job_id=job.id).first() if job.kind == KIND else None
    if found is None:
        return False
    found.delete()
    return jobs.cancel(
        job_id=job.id,
        code="cancelled",
        detail="Somebody cancelled it. Mentions that it had not come to are as they were.",
    )


@transaction.atomic
def fail_run(*, job_id: str) -> None:
    """End one that failed too often; mentions that it had not come to stay as they are."""
    AspectRun.objects.filter(job_id=job_id).delete()
    jobs.fail(job_id=job_id, code="failed", detail="The work stopped after several attempts. Ask for it again.")


def run_slice(*, job_id: str, clock: Callable[[], float] = time.monotonic) -> bool:
    """Look through stored mentions for about a minute. Returns whether nothing is left to do: it is through or was
    given up. Raises EngineUnavailable."""
    started = clock()
    while _page(job_id):
        if clock() - started > SLICE_S:
            return False
    return True


@transaction.atomic
def _page(job_id: str) -> bool:
    """One step: the start, a page, or the end. Returns whether there is a next."""
    way = AspectRun.objects.filter(job_id=job_id).first()
    if way is None:
        return False
    if not way.begun:
        lock_in_force(alone=True)  # until those who look by what was in force before are through
        return _locked(way) is not None and _begin(job_id)
    ids = [] if way.until is None else pages.ids_after(way.after, until=way.until, limit=PAGE)
    look = _look(ids)
    if not ids:  # the settings before the way, as those do who change what is looked for
        AspectSettings.objects.select_for_update().first()
    present = _locked(way)
    if present is None:
        return False
    if not ids:
        AspectSettings.objects.filter(version=present.version).update(applied_version=present.version)
        present.delete()
        jobs.succeed(job_id=job_id)
        return False
    look()
    present.after, present.done = ids[-1], present.done + len(ids)
    present.save(update_fields=["after", "done"])
    jobs.advance(job_id=job_id, done=min(present.done, present.total), total=present.total)
    return True


def _locked(seen: AspectRun) -> AspectRun | None:
    """The way, kept for this transaction; None where somebody has gone it or given it up meanwhile."""
    present = AspectRun.objects.select_for_update().filter(job_id=seen.job_id).first()
    return None if present is None or (present.begun, present.after) != (seen.begun, seen.after) else present


def _begin(job_id: str) -> bool:
    until, total = pages.extent()
    AspectRun.objects.filter(job_id=job_id).update(begun=True, until=until, total=total, version=settings_row().version)
    return True


def _look(ids: Sequence[UUID]) -> Callable[[], int]:
    """Look through those of some mentions that were read; what comes back writes what was found, but for mentions that
    were read anew meanwhile: who did that has looked through them too."""
    if ids:
        lock_look()
    present = reader()
    texts = texts_of(ids) if ids else []
    before = _read_at([text.id for text in texts])
    found = find_aspects(ids=[text.id for text in texts], readings=present.read(texts) if texts else [], reader=present)

    def write() -> int:
        lock_matches(alone=False)
        after = _read_at(list(before))
        stale = {pk for pk, moment in before.items() if after.get(pk) != moment}
        return write_aspects(found.without(stale))

    return write


def _read_at(ids: Sequence[UUID]) -> dict[UUID, object]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, understood_at FROM mentions_mention WHERE id = ANY(%s::uuid[])",
            [plain_array([pk.hex for pk in ids])],
        )
        return dict(cursor.fetchall())


def follow_query(*, query_id: str, after: str = "", clock: Callable[[], float] = time.monotonic) -> str | None:
    """Look through what a brand's or competitor's query matches, or was named in before, for about a minute: where it
    is named has changed. Goes on behind the mention `after`; returns the mention it came to, None where it is
    through."""
    started, last = clock(), decode("men", after) if after else None
    if last is None:
        with transaction.atomic():
            lock_in_force(alone=True)  # until those who looked for brands where they matched before are through
    while True:
        with transaction.atomic():
            ids = _touched(decode("qry", query_id), last)
            if not ids:
                return None
            _look(ids)()
        last = ids[-1]
        if clock() - started > SLICE_S:
            return encode("men", last)


def _touched(query: UUID, after: UUID | None) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT mention_id FROM mentions_mentionmatch WHERE query_id = %(query)s "
            "AND (%(after)s::uuid IS NULL OR mention_id > %(after)s) "
            "UNION SELECT mention_id FROM aspects_mentionaspect WHERE (entity_id = %(query)s OR about_id = %(query)s) "
            "AND (%(after)s::uuid IS NULL OR mention_id > %(after)s) ORDER BY 1 LIMIT %(limit)s",
            {"query": query, "after": after, "limit": PAGE},
        )
        return [row[0] for row in cursor.fetchall()]
