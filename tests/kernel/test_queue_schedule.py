"""Schedules: one message per due time, whoever looks, whatever was missed."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections

from kernel import db
from kernel.queue import models, periodic, schedule
from kernel.queue.testing import drain
from tests.kernel import queue_cast
from tests.kernel.queue_fixtures import COMMITTING, committed, eventually, traced

__all__ = ["committed", "traced"]

pytestmark = COMMITTING

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
EVERY = timedelta(minutes=5)


@pytest.fixture
def only_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other rooms' schedules stay out of these tests."""
    monkeypatch.setattr(schedule, "declared", {"test.tick": schedule.Periodic("test.tick", "test.tick", EVERY)})


def sent() -> int:
    return models.Message.objects.filter(actor="test.tick").count()


def test_declared_schedule_is_sent_at_once_and_then_every_so_often(traced: None, only_tick: None) -> None:
    schedule.synchronise(NOW)
    assert schedule.send_due(NOW) == 1
    assert schedule.send_due(NOW) == 0
    assert schedule.send_due(NOW + EVERY - timedelta(seconds=1)) == 0
    assert schedule.send_due(NOW + EVERY) == 1
    assert sent() == 2
    assert models.Message.objects.filter(schema="public").count() == 2


def test_what_was_missed_is_made_up_for_once_and_keeps_the_beat(traced: None, only_tick: None) -> None:
    schedule.synchronise(NOW)
    schedule.send_due(NOW)
    late = NOW + 10 * EVERY + timedelta(seconds=7)
    assert schedule.send_due(late) == 1
    assert schedule.send_due(late) == 0
    assert models.Schedule.objects.get().next_at == NOW + 11 * EVERY
    assert models.Schedule.objects.get().last_at == late


def test_synchronising_again_keeps_the_next_time_unless_the_interval_changed(traced: None, only_tick: None) -> None:
    schedule.synchronise(NOW)
    schedule.send_due(NOW)
    schedule.synchronise(NOW + timedelta(minutes=1))
    assert models.Schedule.objects.get().next_at == NOW + EVERY
    schedule.declared["test.tick"] = schedule.Periodic("test.tick", "test.tick", timedelta(hours=1))
    schedule.synchronise(NOW + timedelta(minutes=2))
    assert models.Schedule.objects.get().next_at == NOW + timedelta(minutes=2)


def test_many_workers_send_one_message_per_due_time(traced: None, only_tick: None) -> None:
    schedule.synchronise(NOW)
    begin = threading.Barrier(6)
    counts: list[int] = []

    def look() -> None:
        begin.wait()
        for step in range(5):
            counts.append(schedule.send_due(NOW + step * EVERY))
        connections.close_all()

    threads = [threading.Thread(target=look) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == sent()
    # A thread that was ahead may have let another's earlier time count as made up for, never the other way round.
    assert 1 <= sent() <= 5
    assert models.Schedule.objects.get().next_at == NOW + 5 * EVERY


def test_disabled_schedule_and_one_without_actor_send_nothing(traced: None) -> None:
    models.Schedule.objects.create(name="off", actor="test.tick", every=EVERY, next_at=NOW, enabled=False)
    models.Schedule.objects.create(name="lost", actor="test.no_such_actor", every=EVERY, next_at=NOW)
    assert schedule.send_due(NOW) == 0
    assert models.Schedule.objects.get(name="lost").next_at == NOW + EVERY


def test_row_with_arguments(traced: None) -> None:
    models.Schedule.objects.create(name="row", actor="test.note", args=["from a row"], every=EVERY, next_at=NOW)
    schedule.send_due(NOW)
    assert drain() == 1
    assert queue_cast.traces() == ["from a row"]


def test_scheduler_thread_sends_and_stops(traced: None, only_tick: None) -> None:
    scheduler = schedule.Scheduler(interval=0.02, clock=lambda: NOW)
    scheduler.start()
    eventually(lambda: sent() == 1)
    scheduler.stop()
    assert not scheduler.is_alive()
    assert sent() == 1
    assert db.current() == "public"


def test_declaring() -> None:
    with pytest.raises(ValueError, match="once a second"):
        periodic("test.too_often", every=timedelta(milliseconds=999))
    assert schedule.declared["test.tick"] == schedule.Periodic("test.tick", "test.tick", EVERY)
    periodic("test.tick", every=EVERY)(queue_cast.tick)
    with pytest.raises(ValueError, match="twice"):
        periodic("test.tick", every=2 * EVERY)(queue_cast.tick)
