"""Finding topics, reading mentions by them, and what people say about them."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from analytics.listening.models import Query
from analytics.mentions.models import Mention
from analytics.topics.discovery.discover import LEAST_POSTS_OF_LANGUAGE, MODEL_ID, discover
from analytics.topics.discovery.model import Model, model_of, pack, unpack
from analytics.topics.drawing import as_posts, drawn, last_read_through, page_after, sample, topics_had, unread
from analytics.topics.models import Topic, TopicEvent, TopicMention, TopicRun
from analytics.topics.standing import look_back, numbers_of, stand
from kernel.errors import Conflict, NotFound
from kernel.ids import decode, encode
from kernel.jobs import services as jobs
from kernel.jobs.models import Job
from kernel.queue import send
from kernel.queue.coalescing import send_once

KIND = "topics"
SEED = 7
SLICE_S = 60.0
EVERY = timedelta(days=7) - timedelta(hours=1)
"""A week, for those who look once a day, a little sooner or later."""

COALESCED = timedelta(minutes=1)
_OPEN = (TopicRun.State.QUEUED, TopicRun.State.READING)


@transaction.atomic
def request_run(*, query: Query | None = None, afresh: bool = False, seed: int = SEED) -> tuple[TopicRun, Job]:
    """Have topics found among all mentions, or one query's: going on with those that are there, or `afresh`. Raises
    Conflict while that is being done, and NotFound where the query has just been deleted."""
    if query is not None and not list(Query.objects.select_for_update(no_key=True).filter(id=query.id)):
        raise NotFound()  # whoever deletes it waits for those who ask for its topics
    if TopicRun.objects.filter(query=query, state__in=_OPEN).exists():
        raise Conflict("Topics are being found there already; ask its job, or cancel it.")
    job = jobs.open_job(kind=KIND)
    try:
        with transaction.atomic():
            run = TopicRun.objects.create(query=query, job_id=job.id, seed=seed, afresh=afresh, model_id=MODEL_ID)
    except IntegrityError:  # somebody asked at the same moment
        raise Conflict("Topics are being found there already; ask its job, or cancel it.") from None
    Job.objects.filter(id=job.id).update(result=run.id)
    job.result = run.id
    send("topics.find", run.id)
    return run, job


def learn(*, run_id: str) -> bool:
    """Find the topics of a run in a sample, and give them their ids. Returns whether mentions are to be read now. It
    computes outside of a transaction; done twice, the first stays."""
    run = TopicRun.objects.filter(id=run_id).first()
    if run is None:
        return _end_without_query(run_id)
    if run.state not in _OPEN or not jobs.start(job_id=run.job_id):
        return False
    if run.state == TopicRun.State.READING:
        return True
    mentions = sample(run.query_id)
    before = look_back(run, mentions)
    known = None if before is None or run.afresh else before.topic_of
    tongues = discover(as_posts(mentions), seed=run.seed, before=known)
    with transaction.atomic():
        locked = _locked(run_id)
        if locked is None:
            return _end_without_query(run_id)
        if locked.state != TopicRun.State.QUEUED:
            return locked.state == TopicRun.State.READING
        stand(locked, mentions, tongues, before)
        locked.state = TopicRun.State.READING
        locked.learnt = pack(model_of(tongues))
        locked.sampled = len(mentions)
        locked.languages = [
            {
                "language": tongue.language or "und",
                "stories": tongue.posts,
                "topics": len(tongue.topics),
                "coherence": tongue.coherence,
                "diversity": tongue.diversity,
                "abstain_reason": tongue.reason or None,
            }
            for tongue in tongues
        ]
        locked.until = last_read_through()
        locked.total = 0 if locked.until is None else _count_up_to(locked, locked.until)
        locked.save()
    return True


def _end_without_query(run_id: str) -> bool:
    """End the job of a run that went with its query. Returns that nothing is left to do with it: False."""
    for job in Job.objects.filter(kind=KIND, result=run_id):
        jobs.fail(job_id=job.id, code="not_found", detail="The query was deleted before its topics were found.")
    return False


def _count_up_to(run: TopicRun, last: UUID) -> int:
    rows = Mention.objects.filter(id__lte=encode("men", last), understood_at__isnull=False)
    if run.query_id is not None:
        rows = rows.filter(matches__query=run.query_id, matches__settled=True)
    return rows.count()


def read_slice(*, run_id: str, now: datetime, clock: Callable[[], float] = time.monotonic) -> bool:
    """Read mentions by what a run learnt, for about a minute. Returns whether nothing is left to do."""
    run = TopicRun.objects.filter(id=run_id).first()
    if run is None:
        return not _end_without_query(run_id)
    if run.state != TopicRun.State.READING or run.learnt is None:
        return True
    model, started = unpack(bytes(run.learnt)), clock()
    while _read_page(run_id, model, now):
        if clock() - started > SLICE_S:
            return False
    return True


@transaction.atomic
def _read_page(run_id: str, model: Model, now: datetime) -> bool:
    """One page, or the end. Returns whether there may be more."""
    run = _locked(run_id)
    if run is None:
        return _end_without_query(run_id)
    if run.state != TopicRun.State.READING:
        return False
    current = TopicRun.objects.filter(query=run.query_id, state=TopicRun.State.CURRENT).first()
    ids = [] if run.until is None else page_after(run.after, until=run.until, query_id=run.query_id)
    if not ids:
        _finish(run, current, now)
        return False
    had = {} if current is None else topics_had(decode("trn", current.id), ids)
    told = _read(run, model, ids, had)
    run.compared += sum(topic is not None for topic in had.values())
    run.kept += sum(topic is not None and told.get(mention) == topic for mention, topic in had.items())
    run.after, run.done = ids[-1], run.done + len(ids)
    run.save(update_fields=["after", "done", "kept", "compared"])
    jobs.advance(job_id=run.job_id, done=min(run.done, run.total), total=run.total)
    return True


def _read(run: TopicRun, model: Model, ids: list[UUID], had: Any) -> dict[UUID, UUID | None]:
    """Write what a run says of some mentions; returns it."""
    numbers = numbers_of(run.id)
    topics = {number: topic for topic, number in numbers.items()}
    mentions = drawn(ids, run.query_id)
    before = [numbers.get(had.get(each.id), -1) for each in mentions]
    answers = model.read([(each.words, each.language) for each in mentions], before)
    TopicMention.objects.bulk_create(
        [
            TopicMention(
                run_id=run.id,
                mention_id=encode("men", each.id),
                topic_id=encode("top", topics[number]) if number in topics else None,
                nearness=nearness,
            )
            for each, (number, nearness) in zip(mentions, answers, strict=True)
        ],
        ignore_conflicts=True,
    )
    return {each.id: topics.get(number) for each, (number, _) in zip(mentions, answers, strict=True)}


def _finish(run: TopicRun, current: TopicRun | None, now: datetime) -> None:
    """Make a run the one that counts."""
    if current is not None:
        TopicRun.objects.filter(id=current.id).update(state=TopicRun.State.REPLACED, learnt=None)
        TopicMention.objects.filter(run=current.id).delete()
    run.state, run.finished_at, run.floor = TopicRun.State.CURRENT, now, run.until
    run.save(update_fields=["state", "finished_at", "floor"])
    gone = Topic.objects.filter(query=run.query_id, retired_at=None).exclude(views__run=run)
    retired = list(gone)
    TopicEvent.objects.bulk_create(TopicEvent(topic=each, run=run, kind=TopicEvent.Kind.RETIRED) for each in retired)
    ids = [each.id for each in retired]
    Topic.objects.filter(id__in=ids).update(retired_at=now)
    # What was merged into one that is gone stands for itself again.
    Topic.objects.filter(merged_into__in=ids).update(merged_into=None)
    jobs.succeed(job_id=run.job_id, result=run.id)
    send("topics.assign_new")


@transaction.atomic
def cancel_run(*, job: Job) -> bool:
    """Give up a run; the one before stays the one that counts. Returns whether there was something to give up."""
    if job.kind != KIND:
        return False
    run = TopicRun.objects.select_for_update().filter(job_id=job.id, state__in=_OPEN).first()
    if run is None:
        return False
    _give_up(run)
    return jobs.cancel(job_id=job.id, code="cancelled", detail="Somebody cancelled it. Topics are as they were.")


@transaction.atomic
def fail_run(*, run_id: str) -> None:
    """End a run that failed too often; the one before stays the one that counts."""
    run = _locked(run_id)
    if run is None:
        _end_without_query(run_id)
    elif run.state in _OPEN:
        _give_up(run)
        jobs.fail(
            job_id=run.job_id, code="topics_failed", detail="Topics could not be found; they are as they were before."
        )


def _give_up(run: TopicRun) -> None:
    TopicMention.objects.filter(run=run).delete()
    made = list(run.views.values_list("topic_id", flat=True))
    run.views.all().delete()
    TopicEvent.objects.filter(run=run).delete()
    Topic.objects.filter(id__in=made, views__isnull=True).delete()
    run.state, run.learnt = TopicRun.State.ENDED, None
    run.save(update_fields=["state", "learnt"])


def assign_new(*, clock: Callable[[], float] = time.monotonic) -> bool:
    """Give mentions that came since their topics, for about a minute: in each scope by its current run. Returns whether
    nothing is left to do."""
    started = clock()
    for run_id in TopicRun.objects.filter(state=TopicRun.State.CURRENT).order_by("id").values_list("id", flat=True):
        learnt = TopicRun.objects.filter(id=run_id).values_list("learnt", flat=True).first()
        if learnt is None:
            continue
        model = unpack(bytes(learnt))
        while _assign_page(str(run_id), model):
            if clock() - started > SLICE_S:
                return False
    return True


@transaction.atomic
def _assign_page(run_id: str, model: Model) -> bool:
    run = _locked(run_id)
    if run is None or run.state != TopicRun.State.CURRENT:
        return False
    through = last_read_through()
    ids = unread(decode("trn", run.id), run.floor if run.query_id is None else None, query_id=run.query_id)
    if not ids:
        if through is not None and run.query_id is None and through != run.floor:
            TopicRun.objects.filter(id=run.id).update(floor=through)
        return False
    _read(run, model, ids, {})
    return True


def keep_runs(*, query: Query) -> None:
    """Let nobody give a query's mentions topics until the transaction ends; for who deletes it with all of them."""
    list(Query.objects.select_for_update().filter(id=query.id).values_list("id"))
    list(TopicRun.objects.select_for_update().filter(query=query).order_by("-id").values_list("id"))


def _locked(run_id: str) -> TopicRun | None:
    return TopicRun.objects.select_for_update(of=("self",)).filter(id=run_id).first()


def ask_for_topics(now: datetime) -> None:
    """Have new mentions given their topics soon, once for all who ask within a minute; nothing where no topics were
    found yet. Call it outside a transaction: those who ask wait for each other."""
    if TopicRun.objects.filter(state=TopicRun.State.CURRENT).exists():
        send_once("topics.assign_new", within=COALESCED, now=now)


def find_again(*, now: datetime) -> int:
    """Ask for a run of all mentions, and of each query that has one, where the last is a week old and something came
    since; for the first time as soon as there are enough mentions, and sooner where they are twice as many as it read.
    Returns how many were asked for."""
    newest = Mention.objects.order_by("-id").values_list("id", flat=True).first()
    if newest is None or Mention.objects.all()[:LEAST_POSTS_OF_LANGUAGE].count() < LEAST_POSTS_OF_LANGUAGE:
        return 0
    last: dict[str | None, TopicRun | None] = {None: None}
    for run in TopicRun.objects.filter(state=TopicRun.State.CURRENT).defer("learnt"):
        last[run.query_id] = run
    asked = 0
    for query_id, before in last.items():
        query = None if query_id is None else Query.objects.filter(id=query_id, active=True).first()
        if query_id is not None and query is None:
            continue
        if before is not None and not _is_due(before, newest=str(newest), now=now):
            continue
        if not TopicRun.objects.filter(query=query, state__in=_OPEN).exists():
            request_run(query=query)
            asked += 1
    return asked


def _is_due(run: TopicRun, *, newest: str, now: datetime) -> bool:
    if run.until is not None and encode("men", run.until) == newest:
        return False
    return run.created_at <= now - EVERY or _count_up_to(run, decode("men", newest)) >= 2 * max(1, run.done)
