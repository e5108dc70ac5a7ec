"""`drain`: the queue processed inside a test's own transaction, with everything a worker does."""

from __future__ import annotations

import pytest
from django.db import DataError, connection
from django.db.models import Max

from kernel import db
from kernel.queue import models, send
from kernel.queue.testing import drain
from tests.kernel import queue_cast
from tests.kernel.queue_cast import places, traces


@pytest.fixture
def in_test_transaction(db: None) -> None:
    """What `queue_fixtures.traced` does, in a transaction that is rolled back."""
    for model in (models.Message, models.DeadLetter):
        model.objects.all().delete()
    queue_cast.create_traces()


@pytest.mark.usefixtures("in_test_transaction")
class TestDrain:
    def test_processes_uncommitted_messages_and_those_they_send(self) -> None:
        send("test.chain", 3)
        assert drain() == 4
        assert traces() == ["step 3", "step 2", "step 1", "step 0"]
        assert not models.Message.objects.exists()

    def test_empty_queue(self) -> None:
        assert drain() == 0

    def test_raises_the_actors_exception_and_leaves_the_retry_waiting(self) -> None:
        send("test.fail", "x")
        with pytest.raises(ValueError, match="could not read"):
            drain()
        row = models.Message.objects.get()
        assert row.payload["options"]["retries"] == 1
        assert row.worker is None

    def test_takes_retries_without_waiting_when_asked(self) -> None:
        send("test.fail", "x")
        assert drain(delayed=True, reraise=False) == 3
        assert traces() == ["x", "x", "x"]
        assert models.DeadLetter.objects.get().error == "ValueError"

    def test_error_of_the_database_does_not_spoil_the_tests_transaction(self) -> None:
        send("test.break_transaction")
        with pytest.raises(DataError):
            drain()
        assert models.DeadLetter.objects.get().error == "DataError"

    def test_actor_that_sends_itself_for_ever_is_noticed(self) -> None:
        send("test.chain", 100)
        with pytest.raises(RuntimeError, match="10 messages"):
            drain(limit=10)

    def test_callbacks_and_pipelines(self) -> None:
        queue_cast.note.send_with_options(args=("x",), on_success=queue_cast.outcome)
        assert drain() == 2
        assert traces() == ["x", "outcome None"]

    def test_runs_in_each_messages_client_and_comes_back(self) -> None:
        name = "test_queue_drained"
        with db.as_owner(), connection.cursor() as cursor:
            cursor.execute(f"CREATE ROLE {name}")
            cursor.execute(f"GRANT {name} TO session_user WITH INHERIT FALSE, SET TRUE")
            cursor.execute(f"CREATE SCHEMA {name}")
            cursor.execute(f"GRANT USAGE ON SCHEMA {name} TO {name}")
        with db.enter(name):
            send("test.note", "inside")
        send("test.note", "outside")
        with db.enter(name):
            assert drain() == 2
            assert db.current() == name
        assert db.current() == "public"
        assert {what: (schema, role) for what, schema, role in places()}["inside"] == (name, name)
        assert {what: schema for what, schema, _ in places()}["outside"] == "public"

    def test_leaves_alone_what_a_worker_holds(self) -> None:
        send("test.note", "x")
        models.Message.objects.update(worker=7)
        assert drain() == 0
        assert models.Message.objects.aggregate(Max("worker")) == {"worker__max": 7}
