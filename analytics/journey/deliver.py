"""What was handed over for a client (`route`) on its way into the client's store."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TypeAlias

from django.db import InterfaceError, OperationalError, connection, transaction

from analytics.journey.listen import Ear, Found, uncollected
from analytics.journey.metering import tell_stored
from analytics.journey.route import place
from analytics.journey.services import Taken, take
from analytics.journey.stages import Stages
from analytics.journey.streams import parcels
from analytics.journey.streams.models import Parcel
from analytics.journey.streams.parcels import Contents
from analytics.journey.streams.selectors import waiting_for
from analytics.journey.streams.services import MOST_TRIES, delivered, tried
from analytics.listening.selectors import listener
from kernel import db
from kernel.errors import TenantUnavailable
from kernel.logs import get_logger
from tenants.datakeys import data_key
from tenants.models import Client
from tenants.plans.limits import ceiling_of

log = get_logger(__name__)

MOST_POSTS = 2_000
SLICE_S = 60.0
_Opened: TypeAlias = tuple[Parcel, Contents]


class Busy(Exception):
    """Another worker is delivering to this client."""


# What is wrong with the moment and not with a parcel: all of it is tried again later.
_NOT_ITS_FAULT = (OperationalError, InterfaceError, TenantUnavailable, Busy)


@dataclass(slots=True)
class Delivery:
    """What one call brought: new mentions, those known before, posts that match no query any more, and those that had
    no room in the plan; and how many parcels could not be stored. `streams` brought the new mentions; `finished` says
    that nothing else waits."""

    stored: int = 0
    known: int = 0
    unmatched: int = 0
    left: int = 0
    failed: int = 0
    finished: bool = True
    streams: frozenset[str] = frozenset()

    def add(self, taken: Taken, stream_id: str) -> None:
        self.stored += taken.stored
        self.known += taken.known
        self.unmatched += taken.unmatched
        self.left += taken.left
        if taken.stored:
            self.streams |= {stream_id}


def deliver(
    *,
    client: Client,
    now: datetime,
    clock: Callable[[], float] = time.monotonic,
    stages: Stages | None = None,
) -> Delivery:
    """Store for about a minute what waits for the present client, oldest first. A parcel is deleted after it was
    stored, so one that comes twice finds its posts known.

    A parcel that cannot be stored keeps no other from being stored; the last of its tries stores what of it can be.
    Raises Busy where another worker is at it, and what the database raises when it is away.
    """
    stages = stages or Stages()
    started = clock()
    opener = data_key(client)
    key = parcels.key_for(opener)
    storing = _Storing(client, Ear(listener(), opener), now, stages)
    done, failed = storing.done, storing.failed
    while True:
        with db.public(), stages("open"):
            waiting = waiting_for(client.schema_name, most_posts=MOST_POSTS, without=failed)
            opened = _opened(waiting, key, failed)
        if not waiting:
            break
        for _, group in groupby(opened, key=lambda one: (one[0].stream_id, one[1].edition)):
            storing.store(list(group))
        with stages("meter"):
            tell_stored(client, now=now)
        if clock() - started > SLICE_S:
            done.finished = False
            break
    if done.left:
        log.warning("journey.no_room_in_plan", posts=done.left)
    if failed:
        with db.public():
            tried(sorted(failed))
    done.failed = len(failed)
    return done


@uncollected()
def _opened(waiting: Sequence[Parcel], key: bytes, failed: set[int]) -> list[_Opened]:
    opened: list[_Opened] = []
    for parcel in waiting:
        try:
            where = place(parcel.schema, parcel.stream_id)
            opened.append((parcel, parcels.unpacked(bytes(parcel.sealed), key=key, place=where)))
        except Exception as error:  # it is kept and tried again; all others are opened
            log.error("journey.unreadable_parcel", parcel=parcel.id, error_type=type(error).__name__)
            failed.add(parcel.id)
    return opened


class _Storing:
    """Stores parcels of the present client, and notes what came of each."""

    def __init__(self, client: Client, ear: Ear, now: datetime, stages: Stages) -> None:
        self._client, self._ear, self._now, self._stages = client, ear, now, stages
        self.done = Delivery()
        self.failed: set[int] = set()

    def store(self, group: Sequence[_Opened]) -> None:
        """Parcels of one stream and edition together; where that fails, each alone."""
        try:
            taken = self._take(group, [contents for _, contents in group])
        except _NOT_ITS_FAULT:
            raise
        except Exception as error:  # whatever is wrong with one, the others are stored
            if len(group) > 1:
                for one in group:
                    self.store([one])
                return
            parcel, contents = group[0]
            log.error("journey.parcel_failed", parcel=parcel.id, error_type=type(error).__name__)
            if parcel.tries + 1 >= MOST_TRIES:
                self._store_each(parcel, contents)
            self.failed.add(parcel.id)
            return
        self.done.add(taken, group[0][0].stream_id)
        with db.public(), self._stages("clear away"):
            delivered([parcel.id for parcel, _ in group])

    def _store_each(self, parcel: Parcel, contents: Contents) -> None:
        for post, answers in zip(contents.posts, contents.answers, strict=True):
            try:
                taken = self._take([(parcel, contents)], [Contents(contents.edition, (post,), (answers,))])
            except _NOT_ITS_FAULT:
                raise
            except Exception as error:  # the one that is to blame, or one of them; it stays in the parcel
                log.error("journey.post_failed", parcel=parcel.id, error_type=type(error).__name__)
            else:
                self.done.add(taken, parcel.stream_id)

    def _take(self, group: Sequence[_Opened], contents: Sequence[Contents]) -> Taken:
        parcel, first = group[0]
        ceiling = ceiling_of(self._client, now=self._now)
        with self._stages("commit"), transaction.atomic():
            _alone()
            return take(
                posts=[post for each in contents for post in each.posts],
                origin=parcel.stream_id,
                ear=self._ear,
                now=self._now,
                most_in_month=None if ceiling is None else ceiling.own,
                found=Found(first.edition, [answers for each in contents for answers in each.answers]),
                stages=self._stages,
            )


def _alone() -> None:
    """Raises Busy where another worker is delivering to this client: both would do the same work."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('deliver'), hashtext(current_schema()))")
        ((locked,),) = cursor.fetchall()
    if not locked:
        raise Busy
