"""Reading all history again with what is in force: after another engine, another version of it, or what a client set.

Page by page in the order of mentions' ids, each a transaction that leaves labels, matches and rollups as if these
mentions had been read so in the first place (`rereading`) and notes how far it is. So a worker that is killed goes on
there, and others store and read in between. Only what was read by something else is read again: who asks twice does
little, and mentions that come meanwhile are read right at once. What is in force may change on the way; then it begins
anew with that.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from analytics.journey.models import Rematch, Rescoring
from analytics.journey.rematch import request_rematch
from analytics.journey.rereading import reread
from analytics.language.contracts import EngineUnavailable
from analytics.language.services import current_model_id
from analytics.language.serving import serving
from analytics.language.state.services import told
from analytics.language.tuning.contracts import model_id_of
from analytics.language.tuning.selectors import tuning_in_force
from analytics.listening.models import Query
from analytics.listening.query import Is, leaves
from analytics.listening.selectors import problem_of, tree_of
from kernel.ids import encode
from kernel.jobs import services as jobs
from kernel.jobs.models import Job
from kernel.queue import send

KIND: Final = "rescoring"
PAGE = 1_000
SLICE_S = 60.0
MOST_ROUNDS = 10

# The distinct models, one index lookup each; there are few.
_MODELS = """
WITH RECURSIVE known AS (
    (SELECT model_id FROM mentions_mention ORDER BY model_id LIMIT 1)
    UNION ALL
    SELECT (SELECT m.model_id FROM mentions_mention m WHERE m.model_id > known.model_id ORDER BY m.model_id LIMIT 1)
    FROM known WHERE known.model_id IS NOT NULL
) SELECT model_id, (SELECT count(*) FROM mentions_mention m WHERE m.model_id = known.model_id)
FROM known WHERE model_id IS NOT NULL ORDER BY model_id
"""


@dataclass(frozen=True, slots=True)
class State:
    """By what the client's mentions were read. `model_id` is in force ("" where its engine cannot be loaded, with the
    `problem`'s code); `mentions` counts by model, `unread` waits to be read for the first time, and `outdated` were
    read by what is not in force."""

    model_id: str
    problem: str
    mentions: dict[str, int]
    unread: int

    @property
    def outdated(self) -> int:
        return sum(count for model, count in self.mentions.items() if model != self.model_id) if self.model_id else 0


def state() -> State:
    """How many mentions were read by which model, and how many by what is not in force, as workers say. Call it outside
    of a transaction."""
    return _state(told_model)


def _state(model: Callable[[], str]) -> State:
    counts = _counts()
    unread = counts.pop("", 0)
    try:
        return State(model(), "", counts, unread)
    except EngineUnavailable as problem:
        return State("", problem.code, counts, unread)


def _counts() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(_MODELS)
        return dict(cursor.fetchall())


def _healthy() -> str:
    """What is in force. Raises EngineUnavailable also where another engine stands in for the one of the settings: that
    is for what comes now, and nothing to read all history with."""
    present = serving()
    if present.problem:
        raise EngineUnavailable(present.problem, present.detail)
    return current_model_id()


def told_model() -> str:
    """What is in force as the worker that started last told; as this process has it where none has. An API server may
    have another engine than workers, or none that it can load. Call it outside of a transaction. Raises
    EngineUnavailable as `_healthy` does."""
    present = told()
    if present is None:
        return _healthy()
    if present.problem:
        raise EngineUnavailable(present.problem, present.detail)
    tuning = tuning_in_force()
    return present.model_id if tuning is None else model_id_of(present.model_id, tuning.version)


@transaction.atomic
def request_rescoring(*, by: str = "", model: str = "") -> Rescoring:
    """Have everything read again that was read by what is not in force now; `by` is the public id of whoever asks,
    `model` what they were told (`told_model`): workers go by what they have. One that is under way is given up: the new
    one does its work. Raises EngineUnavailable where no model is named and none is in force here."""
    model = model or _healthy()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('rescoring'), hashtext(current_schema()))")
    for earlier in Rescoring.objects.select_for_update().filter(open=True):
        _give_up(earlier, "superseded", "Reading everything again was asked for once more before it was through.")
    job = jobs.open_job(kind=KIND)
    made = Rescoring.objects.create(job_id=job.id, model_id=model, by=by)
    Job.objects.filter(id=job.id).update(result=made.id)
    send("journey.rescore", made.id, job.id)
    return made


def request_if_outdated() -> Rescoring | None:
    """Have everything read again where that is needed, nothing is under way, and nobody cancelled it before; None where
    nothing is to be done or the engine cannot be loaded here."""
    found = _state(_healthy)
    if not found.outdated or _under_way_or_unwanted(found.model_id):
        return None
    return request_rescoring()


def _under_way_or_unwanted(model: str) -> bool:
    latest = Rescoring.objects.first()
    if latest is None:
        return False
    job = Job.objects.filter(id=latest.job_id).first()
    under_way = job is not None and job.finished_at is None
    # What failed, or was cancelled, would only do so again; another model is another matter.
    ended_badly = job is not None and job.state in (Job.State.CANCELLED, Job.State.FAILED)
    return under_way or (ended_badly and latest.model_id == model)


@transaction.atomic
def cancel_rescoring(*, job: Job) -> bool:
    """Stop it. What was read again stays so, the rest stays as it was. Returns whether there was something to stop."""
    if job.kind != KIND:
        return False
    found = Rescoring.objects.select_for_update().filter(job_id=job.id, open=True).first()
    return found is not None and _give_up(found, "cancelled", "Somebody cancelled it. The rest is as it was.")


def _give_up(found: Rescoring, code: str, detail: str) -> bool:
    found.open = False
    found.save(update_fields=["open"])
    return jobs.cancel(job_id=found.job_id, code=code, detail=detail)


def rescore_slice(
    *, rescoring_id: str, now: Callable[[], datetime], clock: Callable[[], float] = time.monotonic
) -> bool:
    """Read again for about a minute. Returns whether nothing is left to do: it is through, or was given up. Raises
    EngineUnavailable."""
    started = clock()
    _begin(rescoring_id)
    while not _page(rescoring_id, now()):
        if clock() - started > SLICE_S:
            return False
        _begin(rescoring_id)
    return True


@transaction.atomic
def _page(rescoring_id: str, now: datetime) -> bool:
    """One step. Returns whether there is no next."""
    model = _healthy()
    way = Rescoring.objects.select_for_update().filter(id=rescoring_id, open=True).first()
    if way is None:
        return True
    if way.model_id != model or not way.begun:
        return False  # it changed this very moment
    ids = _outdated(way.after, model)
    if not ids and way.rounds < MOST_ROUNDS and _count_outdated(model):
        # Somebody has read some by what was in force before, behind our back.
        way.after, way.rounds = None, way.rounds + 1
        ids = _outdated(None, model)
    if not ids:
        way.open = False
        way.save()
        jobs.succeed(job_id=way.job_id, result=way.id)
        return True
    way.done += reread(ids=[encode("men", pk) for pk in ids], now=now)
    way.after = ids[-1]
    way.total = max(way.total, way.done)
    way.save()
    jobs.advance(job_id=way.job_id, done=way.done, total=way.total)
    return False


@transaction.atomic
def _begin(rescoring_id: str) -> None:
    """From the first mention on, with what is in force now, unless it has begun so. What was read again before counts
    as done. Apart from the pages: this locks queries, and those the store, which comes first."""
    model = _healthy()
    way = Rescoring.objects.select_for_update().filter(id=rescoring_id, open=True).first()
    if way is None or (way.begun and way.model_id == model):
        return
    _have_matched()
    way.model_id, way.begun, way.after, way.rounds = model, True, None, 0
    way.total = way.done + _count_outdated(model)
    way.save()


def _have_matched() -> None:
    """Have queries matched to the end whose matches hang on how mentions are read: those of before do not all know on
    what, and could not follow."""
    under_way = Rematch.objects.values("query")
    for query in Query.objects.filter(active=True, matched_version=0).exclude(id__in=under_way):
        if problem_of(query) is None and any(
            isinstance(leaf, Is) and leaf.field in ("sentiment", "emotion") for leaf in leaves(tree_of(query))
        ):
            request_rematch(query=query)


def _count_outdated(model: str) -> int:
    return sum(count for each, count in _counts().items() if each not in ("", model))


def _outdated(after: UUID | None, model: str) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM mentions_mention WHERE understood_at IS NOT NULL AND model_id <> %s "
            "AND (%s::uuid IS NULL OR id > %s) ORDER BY id LIMIT %s",
            [model, after, after, PAGE],
        )
        return [row[0] for row in cursor.fetchall()]
