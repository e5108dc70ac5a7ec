"""Posts from a file sent the way that a shared stream's go, at a chosen rate, with what each stage takes."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from analytics.journey.deliver import MOST_POSTS, Delivery, deliver
from analytics.journey.route import Router
from analytics.journey.stages import Stage, Stages
from analytics.listening.catalogue.services import tell
from analytics.sources.contracts import RawPost
from kernel import db
from kernel.queue import send
from tenants.models import Client

BATCH = 2_000
# What is not delivered here, because the process dies, workers deliver after so long.
_LEFT_TO_WORKERS = timedelta(minutes=1)
# A client's parcels wait for company at most so long, as they do for workers.
_GATHERED_S = 1.0
MATCHING = ("facts", "match")
BEFORE_STORING = ("read", *MATCHING, "sort", "seal", "hand over")


@dataclass(slots=True)
class Progress:
    """How far a replay is: posts read, posts that matched, mentions stored, and seconds since it began."""

    posts: int = 0
    unreadable: int = 0
    matched: int = 0
    pairs: int = 0
    stored: int = 0
    known: int = 0
    unmatched: int = 0
    left_out: int = 0
    failed_parcels: int = 0
    waited_s: float = 0.0
    seconds: float = 0.0

    def add(self, done: Delivery) -> None:
        self.stored += done.stored
        self.known += done.known
        self.unmatched += done.unmatched
        self.left_out += done.left
        self.failed_parcels += done.failed


class Replay:
    """Routes posts and delivers them in this process, to the `clients` that the router serves. `rate` is posts a
    second, 0 for as fast as it goes."""

    def __init__(
        self,
        *,
        router: Router,
        clients: Iterable[Client],
        stages: Stages,
        now: Callable[[], datetime],
        rate: float = 0.0,
        batch: int = BATCH,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._router = router
        self._clients = {client.schema_name: client for client in clients}
        self._stages = stages
        self._now, self._clock, self._sleep = now, clock, sleep
        self._rate = rate
        # At a low rate posts come one by one, and not a minute's at once.
        self._batch = batch if rate <= 0 else max(1, min(batch, int(rate / 10)))
        self._waiting: Counter[str] = Counter()
        self._since: dict[str, float] = {}
        self.progress = Progress()

    def run(self, posts: Iterable[RawPost], *, told: Callable[[Progress], None] = lambda _: None) -> Progress:
        """Send all of them, deliver what matched, and have it understood by workers. `told` hears of each batch."""
        begun = self._clock()
        batches = _batches(posts, self._batch)
        while True:
            with self._stages("read"):
                part = next(batches, None)
            if part is None:
                break
            self._pace(begun)
            routed = self._router.route(part, now=self._now(), gathered=_LEFT_TO_WORKERS)
            progress = self.progress
            progress.posts += routed.posts
            progress.unreadable += routed.unreadable
            progress.matched += routed.matched
            progress.pairs += routed.pairs
            for schema, count in routed.parts.items():
                self._waiting[schema] += count
                self._since.setdefault(schema, self._clock())
            self._deliver_due()
            progress.seconds = self._clock() - begun
            told(progress)
        for schema in list(self._waiting):
            self._deliver(schema)
        self.progress.seconds = self._clock() - begun
        told(self.progress)
        for schema in self._clients:
            with db.enter(schema), transaction.atomic():
                send("journey.understand", self._router.stream_id)
        return self.progress

    def _pace(self, begun: float) -> None:
        if self._rate > 0:
            pause = begun + self.progress.posts / self._rate - self._clock()
            if pause > 0:
                self._sleep(pause)
                self.progress.waited_s += pause

    def _deliver_due(self) -> None:
        present = self._clock()
        for schema, count in list(self._waiting.items()):
            if count >= MOST_POSTS or present - self._since[schema] >= _GATHERED_S:
                self._deliver(schema)

    def _deliver(self, schema: str) -> None:
        del self._waiting[schema], self._since[schema]
        with db.enter(schema):
            while True:
                done = deliver(client=self._clients[schema], now=self._now(), stages=self._stages)
                self.progress.add(done)
                if done.finished:
                    return


def _batches(posts: Iterable[RawPost], size: int) -> Iterator[Sequence[RawPost]]:
    part: list[RawPost] = []
    for post in posts:
        part.append(post)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part


def tell_all(clients: Iterable[Client]) -> None:
    """Have the catalogue know these clients' queries: where no worker has run yet, nobody has told of them."""
    for client in clients:
        with db.enter(client.schema_name):
            tell()


def backend_cpu_s() -> float | None:
    """Seconds of CPU that PostgreSQL has spent for this connection; None where it runs on another machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        ((pid,),) = cursor.fetchall()
    process = Path("/proc") / str(pid)
    try:
        if not (process / "cmdline").read_bytes().startswith(b"postgres:"):
            return None
        spent = (process / "stat").read_text().rpartition(")")[2].split()
        ticks = int(spent[11]) + int(spent[12])
    except (OSError, ValueError, IndexError):
        return None
    return ticks / os.sysconf("SC_CLK_TCK")


def report(progress: Progress, stages: Stages, *, database_cpu_s: float | None) -> dict[str, Any]:
    """What a replay came to, as JSON: `per_core` are per second of CPU, of this thread's for matching; for storing also
    of PostgreSQL's, where that can be seen."""
    spent = stages.spent
    matching = sum(spent.get(name, Stage()).cpu_s for name in MATCHING)
    storing = sum(stage.cpu_s for name, stage in spent.items() if name not in BEFORE_STORING) + (database_cpu_s or 0.0)
    waited = progress.waited_s / progress.seconds if progress.seconds else 0.0
    slowest = max(spent, key=lambda name: spent[name].wall_s, default="")
    return {
        "posts": progress.posts,
        "unreadable": progress.unreadable,
        "matched": progress.matched,
        "pairs": progress.pairs,
        "stored": progress.stored,
        "known": progress.known,
        "unmatched": progress.unmatched,
        "left_out": progress.left_out,
        "failed_parcels": progress.failed_parcels,
        "seconds": round(progress.seconds, 3),
        "posts_per_s": _per(progress.posts, progress.seconds),
        "per_core": {
            "posts_matched_per_s": _per(progress.posts, matching),
            "mentions_stored_per_s": _per(progress.stored, storing),
        },
        "stages": {
            name: {"cpu_s": round(stage.cpu_s, 4), "wall_s": round(stage.wall_s, 4)} for name, stage in spent.items()
        },
        "database_cpu_s": None if database_cpu_s is None else round(database_cpu_s, 3),
        "limited_by": "the rate" if waited > 0.1 else slowest,
    }


def _per(count: int, seconds: float) -> int | None:
    return round(count / seconds) if seconds > 0 else None
