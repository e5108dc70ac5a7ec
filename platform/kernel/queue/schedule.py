"""Sending actors again and again: rows, claimed with SKIP LOCKED, so that any number of workers may look after them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import close_old_connections, connections, transaction
from dramatiq import Actor
from dramatiq.errors import ActorNotFound

from kernel.clock import Clock, system_clock
from kernel.logs import get_logger

log = get_logger(__name__)

A = TypeVar("A", bound=Actor[Any, Any])


@dataclass(frozen=True, slots=True)
class Periodic:
    """A declared schedule: `actor` is sent every `every`, without a client."""

    name: str
    actor: str
    every: timedelta


declared: dict[str, Periodic] = {}


def periodic(name: str, *, every: timedelta) -> Callable[[A], A]:
    """Have an actor sent every `every` (at least a second), first as soon as a worker runs.

        @periodic("sources.poll_feeds", every=timedelta(minutes=5))
        @actor("sources.poll_feeds")
        def poll_feeds() -> None: ...

    It is sent without a client; an actor that works for every client sends each a message of its own
    (`kernel.queue.tenancy.handing_over`), so that what fails for one is tried again for that one. Exactly one message
    per due time is sent, however many workers run; times missed while none ran are made up for by one.
    Raises ValueError for a shorter interval or a name that is taken.
    """
    if every < timedelta(seconds=1):
        raise ValueError("a schedule repeats at most once a second")

    def declare(target: A) -> A:
        entry = Periodic(name, target.actor_name, every)
        if declared.setdefault(name, entry) != entry:
            raise ValueError(f"the schedule {name!r} is declared twice")
        return target

    return declare


def synchronise(now: datetime) -> None:
    """Write the declared schedules into the table. An interval that changed starts anew from `now`."""
    from kernel.queue.models import Schedule

    for entry in declared.values():
        row, created = Schedule.objects.get_or_create(
            name=entry.name, defaults={"actor": entry.actor, "every": entry.every, "next_at": now}
        )
        if not created and (row.actor, row.every) != (entry.actor, entry.every):
            Schedule.objects.filter(pk=row.pk).update(actor=entry.actor, every=entry.every, next_at=now)


def send_due(now: datetime) -> int:
    """Send the actors whose time has come and set their next; returns how many. Call it outside every client.

    Message and next time are written in one transaction, rows other workers hold are skipped: no due time is sent
    twice or lost.
    """
    from kernel.queue.actors import find
    from kernel.queue.models import Schedule

    sent = 0
    with transaction.atomic():
        due = Schedule.objects.select_for_update(skip_locked=True).filter(enabled=True, next_at__lte=now)
        for row in due.order_by("next_at")[:100]:
            missed = (now - row.next_at) // row.every
            row.next_at += row.every * (missed + 1)
            row.last_at = now
            row.save(update_fields=["next_at", "last_at"])
            try:
                target = find(row.actor)
            except ActorNotFound:
                log.error("queue.schedule_without_actor", schedule=row.name)
                continue
            target.send_with_options(args=tuple(row.args))
            sent += 1
    return sent


class Scheduler(threading.Thread):
    """Looks for due schedules every `interval` seconds until stopped. Survives a database that goes away."""

    def __init__(self, *, interval: float = 1.0, clock: Clock = system_clock) -> None:
        super().__init__(name="scheduler", daemon=True)
        self.interval = interval
        self.clock = clock
        self._stopped = threading.Event()

    def run(self) -> None:
        synchronised = False
        while not self._stopped.wait(self.interval):
            try:
                if not synchronised:
                    synchronise(self.clock())
                    synchronised = True
                send_due(self.clock())
            except Exception:
                log.exception("queue.scheduler_failed")
            finally:
                close_old_connections()
        connections.close_all()

    def stop(self) -> None:
        """End the thread and wait for it."""
        self._stopped.set()
        if self.is_alive():
            self.join()
