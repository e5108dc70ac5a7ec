"""Nobody learns from a clock whether an id is B's or nobody's: told by ranks, and by what is sent to the database."""

from __future__ import annotations

import hashlib
import random
from typing import Any

import pytest

import api.views
from kernel import db
from tenants.access import Caller
from tenants.models import Client
from tenants.selectors import client_of
from tests.api.conftest import Things
from tests.api.table import ROWS, Row
from tests.isolation import ranks
from tests.isolation.foreign import (
    INTRUDERS,
    RESOURCES,
    ROWS_WITH_IDS,
    Intruder,
    Scene,
    ask,
    never,
    resource,
)

# Each request or message is undone, to be compared with the next: there is a transaction around all of it.
HOLDS_TRANSACTIONS = True


def _calls(who: Intruder, row: Row, b: Things, place: str) -> tuple[ranks.Call, ranks.Call]:
    """A call that names B's id, and one that names an id that never was."""

    def call(name: str) -> ranks.Call:
        url = row.url(Things({**(b if place == "client" else who.own).ids, place: name}))
        client = who.api()
        content = row.content() if not row.form else {}
        return lambda: getattr(client, row.method.lower())(url, **content)

    return call(b[place]), call(never(b[place]))


def _deepest(who: Intruder, row: Row) -> list[str]:
    """The last of the strange places: a path is looked up from the left."""
    return who.strange(row)[-1:]


@pytest.mark.parametrize("about", RESOURCES)
def test_the_two_take_equally_long(about: str, scene: Scene) -> None:
    """By an owner who stands in A's schema and names what lies in B's; and, where the path has none of that, by another
    agency's."""
    for row in (row for row in ROWS_WITH_IDS if resource(row) == about):
        within, without = scene.intruders[INTRUDERS[3]], scene.intruders[INTRUDERS[0]]
        who = within if within.strange(row) else without
        for place in _deepest(who, row):
            theirs, nobodys = _calls(who, row, scene.b, place)
            assert not ranks.told_apart(theirs, nobodys), str(row)


def _asks_everybody_first(caller: Caller, client_id: str) -> Client:
    """The mistake that the tests are there for: looking an id up among all clients, and at whose it is later."""
    with db.public():
        if Client.objects.filter(id=client_id).exists():
            hashlib.pbkdf2_hmac("sha256", b"unwrapping its key", b"salt", 4_000)
    return client_of(caller, client_id)


def _loads_before_it_looks(caller: Caller, client_id: str) -> Client:
    found = Client.objects.filter(id=client_id).first()
    if found is not None:
        found.domains.count()
    return client_of(caller, client_id)


@pytest.fixture
def reading(scene: Scene) -> tuple[Intruder, Row]:
    (row,) = [row for row in ROWS if str(row) == "GET clients/<str:client>/queries"]
    return scene.intruders[INTRUDERS[0]], row


def test_a_route_that_looks_among_all_clients_first_is_caught_by_the_clock(
    scene: Scene,
    reading: tuple[Intruder, Row],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    theirs, nobodys = _calls(*reading, scene.b, "client")
    assert not ranks.told_apart(theirs, nobodys)
    monkeypatch.setattr(api.views, "client_of", _asks_everybody_first)
    assert ranks.told_apart(theirs, nobodys)


def test_one_more_statement_is_caught_without_any_clock(
    scene: Scene,
    reading: tuple[Intruder, Row],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    who, row = reading

    def answers() -> list[Any]:
        urls = [
            (name, row.url(Things({**scene.b.ids, "client": name})))
            for name in (scene.b["client"], never(scene.b["client"]))
        ]
        return [ask(who.api(), row.method, url, named=[name]).statements for name, url in urls]

    answers()
    first, second = answers()
    assert first == second
    monkeypatch.setattr(api.views, "client_of", _loads_before_it_looks)
    first, second = answers()
    assert first != second


@pytest.mark.parametrize("seed", range(20))
def test_ranks_find_a_shift_and_no_other(seed: int) -> None:
    """Made-up durations with a long tail, as a busy machine has them; the unit is of no account."""
    source = random.Random(seed)

    def sample(shift: float) -> list[float]:
        return [source.lognormvariate(0, 0.4) + shift for _ in range(240)]

    slow, quick, alike = (
        ranks.of(sample(0.35), sample(0)),
        ranks.of(sample(0), sample(0.35)),
        ranks.of(sample(0), sample(0)),
    )
    assert slow.shift > ranks.EFFECT
    assert quick.shift < -ranks.EFFECT
    assert max(slow.p, quick.p) < ranks.CHANCE
    assert alike.p > ranks.CHANCE
    assert abs(alike.shift) < ranks.EFFECT
