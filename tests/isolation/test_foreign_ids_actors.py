"""Every actor, in A's schema, with ids of B's things: it does what it does for ids that never were."""

from __future__ import annotations

import pytest

from kernel.queue.schedule import declared
from tests.isolation import snapshot
from tests.isolation.actors_cast import WITHOUT_IDS, actors, cases, event, outcome, parameters
from tests.isolation.attack import SECRET
from tests.isolation.foreign import INTRUDERS, Scene

# Each request or message is undone, to be compared with the next: there is a transaction around all of it.
HOLDS_TRANSACTIONS = True
TAKING_IDS = [name for name in actors() if name not in WITHOUT_IDS]


def test_every_actor_is_tried_or_takes_no_ids() -> None:
    known = actors()

    assert set(WITHOUT_IDS) <= set(known)
    assert {name for name, actor in known.items() if not parameters(actor)} == set(WITHOUT_IDS)
    # What is sent by the clock is sent without arguments.
    assert {entry.actor for name, entry in declared.items() if not name.startswith("test.")} <= set(WITHOUT_IDS)


@pytest.mark.parametrize("name", TAKING_IDS)
def test_an_actor_does_the_same_with_bs_id_as_with_nobodys(name: str, scene: Scene) -> None:
    hidden = {SECRET, scene.victim.schema_name, *scene.ids.values()}
    before = snapshot.rows(scene.victim.schema_name)
    tried = 0
    for who in (scene.intruders[INTRUDERS[3]], scene.intruders[INTRUDERS[0]]):
        schema = who.client.schema_name
        for found, unknown in cases(actors()[name], who.own, scene.b):
            outcome(found, schema)  # a first run reads what a process then keeps
            one, other = outcome(found, schema), outcome(unknown, schema)
            for what in ("runs", "dead", "changed", "changed_public", "statements"):
                ours, nobodys = getattr(one, what), getattr(other, what)
                assert ours == nobodys, f"{found.what}: {what}"
            assert [event(line) for line in one.logged] == [event(line) for line in other.logged]
            told = "\n".join(one.logged) + repr(one.changed) + repr(one.changed_public)
            assert not {text for text in hidden - {found.named} if text in told}, found.what
            tried += 1
    assert tried
    assert snapshot.rows(scene.victim.schema_name) == before
