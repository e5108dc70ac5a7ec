"""A new or changed query against what is stored, page by page: a retroactive edit.

Only stored mentions can be found: a post that matched no query when it came was never kept. Each page is a transaction
of its own that replaces the query's matches among some mentions, counts the difference and notes how far it is. So a
worker that is killed goes on where it was, and others store and read in between.

Which mentions belong to it is settled at the start, when nobody is storing: what is stored later was heard as the query
is now (`services.take` looks at the queries anew once it holds the store). A page looks, under the lock that all who
change matches take, whether the query was changed again; then it leaves the rest to whom that was handed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from analytics.insights import rollups
from analytics.journey.facts import Named, Pseudonym, named_handles, plain_kept, readable_kept
from analytics.journey.hits import hits_of
from analytics.journey.listen import uncollected
from analytics.journey.models import Rematch
from analytics.listening.document import read
from analytics.listening.matcher import Matcher
from analytics.listening.models import Query
from analytics.listening.selectors import asks_facts, tree_of
from analytics.listening.text import scan
from analytics.mentions import pages
from analytics.mentions.contracts import Hit
from analytics.mentions.filtering import hide_noise
from analytics.mentions.matching import replace_matches
from analytics.mentions.models import Mention, MentionMatch
from analytics.mentions.pages import KeptPost
from analytics.mentions.services import lock_matches, lock_store
from kernel.ids import encode
from kernel.jobs import services as jobs
from kernel.jobs.models import Job
from kernel.queue import send

PAGE = 2_000
KIND = "rematch"
# A worker hands a long way on to the next message, so that it can be stopped, and others get their turn.
SLICE_S = 60.0


@transaction.atomic
def request_rematch(*, query: Query) -> Job | None:
    """Have a query matched against what is stored; None where nothing is. One that is under way for it is given up: the
    new one goes over everything."""
    keep_nothing_stored()
    _supersede(query.id)
    query.matched_version = 0
    if not Mention.objects.exists():
        query.matched_version = query.version if query.active else 0
        Query.objects.filter(id=query.id).update(matched_version=query.matched_version)
        return None
    job = jobs.open_job(kind=KIND, result=query.id)
    Rematch.objects.create(query=query, job_id=job.id)
    send("journey.rematch_query", query.id, job.id)
    return job


def _supersede(query_id: str) -> None:
    earlier = _way_of(query_id)
    if earlier is not None:
        _give_up(earlier, "superseded", "The query was changed again before it was matched to the end.")
    Query.objects.filter(id=query_id).update(matched_version=0)


def _way_of(query_id: str) -> Rematch | None:
    """A query's way, with both locked: the query first, as whoever changes it does."""
    Query.objects.select_for_update(no_key=True).filter(id=query_id).first()
    return Rematch.objects.select_for_update().filter(query_id=query_id).first()


def keep_nothing_stored() -> None:
    """Where nothing is stored, keep it so until the transaction ends. Whoever changes queries calls this before they
    lock one: who stores holds the store first."""
    if not Mention.objects.exists():
        lock_store()


@transaction.atomic
def cancel_rematch(*, job: Job) -> bool:
    """Stop a query's way through what is stored. What it has replaced stays replaced; the rest stays as it was, and the
    query says so. Returns whether there was something to stop."""
    found = _way_of(job.result) if job.kind == KIND else None
    if found is None or found.job_id != job.id:
        return False
    Query.objects.filter(id=found.query_id).update(matched_version=0)
    return _give_up(found, "cancelled", "Somebody cancelled it. Mentions that it had not come to are as they were.")


def _give_up(found: Rematch, code: str, detail: str) -> bool:
    found.delete()
    return jobs.cancel(job_id=found.job_id, code=code, detail=detail)


def rematch_slice(
    *, query_id: str, job_id: str, pseudonym: Pseudonym, clock: Callable[[], float] = time.monotonic
) -> bool:
    """Match a query against what is stored for about a minute. Returns whether nothing is left to do: it is through,
    was given up or changed again, or the query is gone."""
    started = clock()
    while True:
        if _page(query_id, job_id, pseudonym) is None:
            return True
        if clock() - started > SLICE_S:
            return False


def rematch(*, query: Query, pseudonym: Pseudonym) -> int:
    """Match a query against what is stored at once, with no job. Returns its number of settled matches."""
    with transaction.atomic():
        _supersede(query.id)
        Rematch.objects.create(query=query, job_id="")
    found = 0
    while (page := _page(query.id, "", pseudonym)) is not None:
        found += page
    return found


@transaction.atomic
@uncollected()
def _page(query_id: str, job_id: str, pseudonym: Pseudonym) -> int | None:
    """One step: the start, a page, or the end. Returns how many matches it found, None where there is no next."""
    if Rematch.objects.filter(query_id=query_id, job_id=job_id, begun=False).exists():
        lock_store()  # until those who heard the query as it was before are through
    lock_matches(alone=True)
    way = _way_of(query_id)
    if way is None or way.job_id != job_id:
        return None
    query = way.query
    if not way.begun:
        way.begun, way.after, way.done = True, None, 0
        way.until, way.total = pages.extent()
        way.save()
        return 0
    step = _matched(query, way, pseudonym) if way.until is not None else _Step()
    if not step.last:
        Query.objects.filter(id=query.id).update(matched_version=query.version if query.active else 0)
        way.delete()
        if query.kind != Query.Kind.TOPIC:
            send("aspects.follow_query", query.id)
        if job_id:
            jobs.succeed(job_id=job_id, result=query.id)
        return None
    way.after = step.last
    way.done += step.looked_at
    way.save(update_fields=["after", "done"])
    if job_id:
        jobs.advance(job_id=job_id, done=min(way.done, way.total), total=way.total)
    return step.found


@dataclass(frozen=True, slots=True)
class _Step:
    """What a page came to: its last mention (None: there was none), how many there were and how many match."""

    last: UUID | None = None
    looked_at: int = 0
    found: int = 0


def _matched(query: Query, way: Rematch, pseudonym: Pseudonym) -> _Step:
    assert way.until is not None
    posts = pages.page_after(way.after, until=way.until, limit=PAGE)
    if not posts:
        return _Step()
    hits = _hits(query, posts, pseudonym) if query.active else []
    ids = [post.id for post in posts]
    with rollups.keep_counting(ids, query_id=query.id):
        replace_matches(query.id, of=ids, found=[(_public(post), post.posted_at, hit) for post, hit in hits])
        hide_noise(ids, query_id=query.id)
    return _Step(posts[-1].id, len(posts), _settled(query, ids))


def _hits(query: Query, posts: Sequence[KeptPost], pseudonym: Pseudonym) -> list[tuple[KeptPost, Hit]]:
    tree = tree_of(query)
    matcher = Matcher([(query.id, tree)])
    named = Named(pseudonym, named_handles([tree]))
    plain = not asks_facts([tree])
    # As if none was read, so that each match knows what it hangs on, however the mention will be read in future.
    readables = [plain_kept(post) if plain else readable_kept(post, named, unread=True) for post in posts]
    found: list[tuple[KeptPost, Hit]] = []
    for post, readable, answers in zip(posts, readables, matcher.pairs(readables), strict=True):
        if answers:
            document = read(scan(readable.text), title_length=readable.title_length, facts=readable.facts)
            hits = hits_of(answers, matcher=matcher, versions={query.id: query.version}, came=document, kept=document)
            found += [(post, hit) for hit in hits]
    return found


def _settled(query: Query, ids: Sequence[UUID]) -> int:
    return MentionMatch.objects.filter(query=query, mention__in=ids, settled=True).count()


def _public(post: KeptPost) -> str:
    return encode("men", post.id)
