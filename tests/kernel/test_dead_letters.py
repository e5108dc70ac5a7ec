"""Dead letters: listed without what they carry, and sent again."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from kernel.queue import models, send
from kernel.queue.actors import discover
from kernel.queue.schedule import synchronise
from kernel.queue.testing import drain
from tests.kernel import queue_cast
from tests.kernel.queue_cast import traces


@pytest.fixture(autouse=True)
def queue(db: None) -> None:
    for model in (models.Message, models.DeadLetter):
        model.objects.all().delete()
    queue_cast.create_traces()


def command(*arguments: Any) -> str:
    out = io.StringIO()
    call_command("dead_letters", *map(str, arguments), stdout=out)
    return out.getvalue()


def die(actor: str, *args: str) -> models.DeadLetter:
    before = set(models.DeadLetter.objects.values_list("id", flat=True))
    send(actor, *args)
    drain(delayed=True, reraise=False)
    return models.DeadLetter.objects.exclude(id__in=before).get()


def test_list_names_actor_client_and_error_and_nothing_else() -> None:
    first, second = die("test.fail", queue_cast.PERSONAL), die("test.never_again")
    said = command("list")
    lines = said.splitlines()
    assert [line.split()[0] for line in lines[:2]] == [str(second.id), str(first.id)]
    assert lines[1].split()[2:] == ["test.fail", "public", "ValueError"]
    assert lines[2] == "2 in all."
    assert queue_cast.PERSONAL not in said
    assert command("list", "--actor", "test.fail", "--limit", 1).splitlines()[0] == lines[1]


def test_a_letter_sent_again_has_all_its_tries_again() -> None:
    letter = die("test.fail", "x")
    assert traces() == ["x"] * 3
    assert command("resend", letter.id) == "1 sent again.\n"
    assert not models.DeadLetter.objects.exists()
    row = models.Message.objects.get()
    assert (row.pk, row.actor, row.schema, row.worker) == (letter.id, "test.fail", "public", None)
    drain(delayed=True, reraise=False)
    assert traces() == ["x"] * 6
    assert models.DeadLetter.objects.get().id == letter.id


def test_all_of_one_actor() -> None:
    die("test.fail", "x"), die("test.fail", "y")
    other = die("test.never_again")
    assert command("resend", "--actor", "test.fail") == "2 sent again.\n"
    assert models.DeadLetter.objects.get() == other
    assert models.Message.objects.count() == 2


@pytest.mark.parametrize("arguments", [(), ("--actor", "test.fail", uuid4())], ids=["nothing", "both"])
def test_what_to_send_must_be_said_once(arguments: tuple[Any, ...]) -> None:
    with pytest.raises(CommandError, match="either ids or an actor"):
        command("resend", *arguments)


def test_what_cannot_be_sent_stays_and_is_told() -> None:
    letter = die("test.fail", "x")
    models.DeadLetter.objects.update(payload={"args": 5})
    with pytest.raises(CommandError, match="1 cannot be sent"):
        command("resend", letter.id)
    with pytest.raises(CommandError, match="1 are not among"):
        command("resend", uuid4())
    assert models.DeadLetter.objects.get() == letter
    assert not models.Message.objects.exists()


def test_what_died_long_ago_is_forgotten_once_a_day(caplog: pytest.LogCaptureFixture) -> None:
    old, young = die("test.fail", "x"), die("test.fail", "y")
    now = datetime.now(UTC)
    for letter, days in ((old, 91), (young, 89)):
        models.DeadLetter.objects.filter(id=letter.id).update(died_at=now - timedelta(days=days))
    discover()
    synchronise(now)
    assert models.Schedule.objects.get(name="queue.tidy").every == timedelta(days=1)

    send("queue.tidy")
    with caplog.at_level("WARNING"):
        drain()

    assert models.DeadLetter.objects.get().id == young.id
    assert "dead_letters_forgotten" in caplog.text
