"""Many requests for the same work become one message."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from dramatiq.errors import ActorNotFound

from kernel import db
from kernel.queue import models
from kernel.queue.coalescing import send_once
from kernel.queue.testing import drain
from tests.kernel import queue_cast
from tests.kernel.queue_fixtures import COMMITTING, clients, committed, traced

__all__ = ["clients", "committed", "traced"]

pytestmark = [COMMITTING, pytest.mark.usefixtures("spans_end")]

NOW = datetime(2026, 3, 31, 12, 0, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_a_span_has_one_message_that_is_due_when_it_ends(traced: None) -> None:
    for second in (0, 1, 39):
        send_once("test.tick", within=MINUTE, now=NOW + timedelta(seconds=second))
    row = models.Message.objects.get()
    assert timedelta(seconds=0) < row.available_at - row.enqueued_at < timedelta(seconds=41)

    send_once("test.tick", within=MINUTE, now=NOW + timedelta(seconds=40))
    assert models.Message.objects.count() == 2


def test_each_client_has_its_own_and_so_has_each_actor(traced: None, clients: tuple[str, str]) -> None:
    for client in clients:
        with db.enter(client):
            send_once("test.tick", within=MINUTE, now=NOW)
            send_once("test.wander", within=MINUTE, now=NOW)
            send_once("test.tick", within=MINUTE, now=NOW)

    rows = sorted(models.Message.objects.values_list("schema", "actor"))
    assert rows == [(client, name) for client in clients for name in ("test.tick", "test.wander")]


def test_it_runs_once_for_all_who_asked_and_again_for_who_asks_then(traced: None) -> None:
    for _ in range(3):
        send_once("test.tick", within=MINUTE, now=NOW)
    assert drain() == 0, "the span has not ended"
    assert drain(delayed=True) == 1
    assert len(queue_cast.traces()) == 1

    send_once("test.tick", within=MINUTE, now=NOW)
    assert drain(delayed=True) == 1


def test_who_asks_while_it_runs_has_it_run_once_more(traced: None) -> None:
    send_once("test.tick", within=MINUTE, now=NOW)
    models.Message.objects.update(worker=-2, attempts=1)

    send_once("test.tick", within=MINUTE, now=NOW)

    row = models.Message.objects.get()
    assert row.worker is None, "it waits again, and the run under way does not take it along when it ends"


def test_its_id_cannot_be_reckoned_by_who_does_not_hold_the_servers_secret(traced: None, settings: Any) -> None:
    """A client that wrote it first would keep another's message out."""
    ids = []
    for secret in ("one", "two"):
        settings.SECRET_KEY = secret
        ids.append(send_once("test.tick", within=MINUTE, now=NOW).message_id)

    assert ids[0] != ids[1]


def test_a_span_must_be_positive_and_an_actor_declared(traced: None) -> None:
    with pytest.raises(ValueError):
        send_once("test.tick", within=timedelta(0), now=NOW)
    with pytest.raises(ActorNotFound):
        send_once("test.nobody", within=MINUTE, now=NOW)
