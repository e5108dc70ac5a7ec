"""What each actor is sent with, told from its parameters, so that a new actor is tried without a word written here."""

from __future__ import annotations

import inspect
import io
import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from dramatiq import Actor

from kernel import db, logs
from kernel.ids import PublicIdField
from kernel.queue import send
from kernel.queue.actors import discover
from kernel.queue.models import DeadLetter
from kernel.queue.setup import configure
from kernel.queue.testing import drain
from tests.api.conftest import Things
from tests.isolation import snapshot
from tests.isolation.foreign import never, shape

# Parameters that name no thing, and what is given for them.
VALUES: dict[str, Any] = {
    "start": "2026-03-01",
    "end": "2026-03-31",
    "horizon": 3,
    "kind": "password_changed",
    "outcome": "failed",
    "attempt_id": "att_0000000000007000800000000000a77e",
}
# Parameters that take the id of more than one kind of thing, or of one that their name does not tell.
KINDS = {"origin": ("import", "feed", "stream")}
# Actors that take no id, and why.
WITHOUT_IDS = {
    "api.expire_exports": "periodic: removes kept archives by their age",
    "api.forget_answers": "deletes kept answers by their age",
    "catalogue.reconcile": "periodic: sends on to each client, with no ids, and forgets what no client has",
    "catalogue.tell": "tells of the queries of the client that it runs in",
    "journey.deliver": "stores what waits for the client that it runs in",
    "journey.tidy_parcels": "periodic: sends on to each client that something waits for, with no ids",
    "journey.look_at_images": "looks at images of the client that it runs in",
    "journey.look_clients": "periodic: sends on to each client, with no ids",
    "journey.poll_client": "sends on with the ids of the client that it runs in",
    "journey.poll_feeds": "periodic: sends on to each client, with no ids",
    "journey.refresh_client": "asks for the map and forecasts of the client that it runs in",
    "journey.refresh_clients": "periodic: sends on to each client, with no ids",
    "journey.rescore_client": "has what the client that it runs in holds read again, where that is needed",
    "journey.rescore_clients": "periodic: sends on to each client, with no ids",
    "journey.summarise": "counts what is in the client that it runs in, and tells that client's own row",
    "journey.summarise_clients": "periodic: sends on to each client, with no ids",
    "journey.publish_benchmarks": "periodic: goes through all agencies' summaries, outside every client",
    "people.tidy": "periodic: deletes what has lapsed, outside every client",
    "queue.tidy": "periodic: deletes dead letters by their age, outside every client",
    "samples.forget": "periodic: deletes the shared sample by its age, outside every client",
    "topics.assign_new": "gives mentions of the client that it runs in their topics",
    "topics.find_again": "asks for topics of the client that it runs in",
    "topics.find_for_clients": "periodic: sends on to each client, with no ids",
    "tenants.purge_due": "periodic: sends on with the clients whose deletion is due",
    "tenants.sweep": "periodic: only says in the log what no client owns",
}


@dataclass(frozen=True, slots=True)
class Case:
    """An actor's arguments: A's own, but for the one id that is tried."""

    actor: str
    what: str
    args: tuple[Any, ...]
    named: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of sending an actor: how often it ran, what became a dead letter and why, what is other than before in
    A and in the public schema, what was logged and what was sent to the database."""

    runs: int
    dead: tuple[tuple[str, str], ...]
    changed: dict[str, Any]
    changed_public: dict[str, Any]
    logged: tuple[str, ...]
    statements: tuple[str, ...]


def actors() -> dict[str, Actor[Any, Any]]:
    """Every actor of the product, by name."""
    discover()
    return {name: found for name, found in sorted(configure().actors.items()) if not name.startswith("test.")}


def parameters(actor: Actor[Any, Any]) -> list[str]:
    return list(inspect.signature(actor.fn).parameters)


def kinds(parameter: str) -> tuple[str, ...]:
    """The kinds of thing whose ids a parameter takes; () for one that takes none."""
    if parameter in VALUES:
        return ()
    if parameter in KINDS:
        return KINDS[parameter]
    for ending in ("_ids", "_id"):
        if parameter.endswith(ending):
            return (parameter.removesuffix(ending),)
    raise KeyError(f"tests/isolation/actors_cast.py does not know what {parameter!r} takes")


def cases(actor: Actor[Any, Any], own: Things, b: Things) -> Iterator[tuple[Case, Case]]:
    """Pairs of cases: with B's id at one place, and with one that never was."""
    names = parameters(actor)
    if names[:1] == ["message"]:
        # It is told of a message of those actors that name it as what to do when they fail for good.
        for other in actors().values():
            if other.options.get("on_retry_exhausted") == actor.actor_name:
                for found, unknown in cases(other, own, b):
                    yield _told(actor, found, other), _told(actor, unknown, other)
        return
    for place, parameter in enumerate(names):
        for kind in kinds(parameter):
            for what, value in (
                ("B's", thing(kind, b)),
                ("of another kind", b["client" if kind != "client" else "query"]),
            ):
                pair = []
                for name in (value, never(value)):
                    args = [_own(each, own) for each in names]
                    args[place] = [name] if parameter.endswith("_ids") else name
                    pair.append(Case(actor.actor_name, f"{parameter}: {what} {kind}", tuple(args), name))
                yield pair[0], pair[1]


def thing(kind: str, things: Things) -> str:
    """The id of something of this kind: of those things, or, of a kind that belongs to no client, anybody's."""
    if kind in things.ids:
        return things[kind]
    (model,) = [model for model in apps.get_models() if model._meta.model_name == kind]
    with db.public():
        known = model._default_manager.values_list("pk", flat=True).first()
    assert isinstance(model._meta.pk, PublicIdField)
    return str(known or model._meta.pk.make())


def _own(parameter: str, own: Things) -> Any:
    if not kinds(parameter):
        return VALUES[parameter]
    value = thing(kinds(parameter)[0], own)
    return [value] if parameter.endswith("_ids") else value


def _told(actor: Actor[Any, Any], case: Case, other: Actor[Any, Any]) -> Case:
    message = {"actor_name": other.actor_name, "queue_name": other.queue_name, "args": list(case.args), "kwargs": {}}
    told = ({**message, "options": {}, "message_id": "x"}, {"retries": 5, "max_retries": 5})
    return Case(actor.actor_name, f"{other.actor_name}, {case.what}", told, case.named)


def outcome(case: Case, schema: str) -> Outcome:
    """Send the actor in a client's schema, have it processed with all it sends and all its retries, and undo it."""
    with transaction.atomic():
        DeadLetter.objects.all().delete()
        before, before_public = snapshot.rows(schema), snapshot.rows(db.PUBLIC)
        with db.enter(schema):
            send(case.actor, *case.args)
        with listening() as lines, CaptureQueriesContext(connection) as sent:
            runs = drain(delayed=True, reraise=False, limit=200)
        dead = tuple(sorted(DeadLetter.objects.values_list("actor", "error")))
        found = Outcome(
            runs=runs,
            dead=dead,
            changed=snapshot.difference(before, snapshot.rows(schema)),
            changed_public=snapshot.difference(before_public, snapshot.rows(db.PUBLIC)),
            logged=tuple(lines),
            statements=tuple(shape(query["sql"]) for query in sent.captured_queries),
        )
        transaction.set_rollback(True)
    return found


@contextmanager
def listening() -> Iterator[list[str]]:
    """What is logged in the block, line by line, also what is below the level that is kept."""
    stream, usual = io.StringIO(), sys.stderr
    root = logging.getLogger()
    level = root.level
    lines: list[str] = []
    sys.stderr = stream
    try:
        logs.configure(level="INFO", json=True)
        yield lines
    finally:
        sys.stderr = usual
        logs.configure(level="WARNING")
        root.setLevel(level)
        lines += stream.getvalue().splitlines()


def event(line: str) -> dict[str, Any]:
    """A logged line without what differs by chance."""
    known: dict[str, Any] = json.loads(line)
    known.pop("timestamp", None)
    return {name: snapshot.plain(str(value)) for name, value in known.items()}
