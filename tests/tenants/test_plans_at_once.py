"""Limits, with everybody at the door together: as many get in as there is room for."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

from django.db import connections

from analytics.listening.models import Query
from kernel import db
from kernel.errors import Conflict
from tenants import services
from tenants.access import Caller
from tenants.key_changes import rotate_key
from tenants.models import Agency, ApiKey, Client, ClientMeter, Plan, Usage, User
from tenants.plans.calls import count_call
from tenants.plans.claims import query_claimed, storage_claimed
from tenants.plans.limits import PlanLimit
from tenants.plans.services import assign_plan, create_plan
from tests.kernel.queue_fixtures import COMMITTING, committed
from tests.tenants.committing import agency
from tests.tenants.test_services_at_once import at_once, opening

__all__ = ["agency", "committed"]

pytestmark = COMMITTING
NOW = datetime(2026, 3, 31, 18, tzinfo=UTC)
THREADS, CALLS = 8, 25


def on_a_plan(agency: Agency, **limits: int) -> Callable[[], None]:
    """Gives the agency a plan with these limits; what is returned takes both away."""
    plan = create_plan(name="At once", **limits)
    assign_plan(agency_id=agency.id, plan=plan)

    def undo() -> None:
        assign_plan(agency_id=agency.id, plan=None)
        Plan.objects.filter(id=plan.id).delete()

    return undo


def in_threads(agency: Agency) -> list[int | None]:
    """What each of THREADS x CALLS calls was in the month, from half as many keys as threads."""
    gate = Barrier(THREADS)

    def run(number: int) -> list[int | None]:
        gate.wait()
        try:
            return [
                count_call(
                    agency_id=agency.id, caller_id=f"key_{number % (THREADS // 2)}", per_minute=10_000, now=NOW
                ).in_month
                for _ in range(CALLS)
            ]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        return [each for counted in pool.map(run, range(THREADS)) for each in counted]


def test_every_call_of_every_thread_is_counted_once(agency: tuple[Agency, User]) -> None:
    counted = in_threads(agency[0])

    assert sorted(each for each in counted if each is not None) == list(range(1, THREADS * CALLS + 1))
    assert Usage.objects.get(agency=agency[0]).api_calls == THREADS * CALLS


def test_exactly_as_many_calls_get_through_as_are_allowed(agency: tuple[Agency, User]) -> None:
    undo = on_a_plan(agency[0], api_calls_per_month=70)
    try:
        counted = in_threads(agency[0])
    finally:
        undo()

    assert sorted(each for each in counted if each is not None) == list(range(1, 71))
    assert Usage.objects.get(agency=agency[0]).api_calls == 70


def test_the_last_place_for_a_client_is_given_once(agency: tuple[Agency, User]) -> None:
    undo = on_a_plan(agency[0], clients=2)
    try:
        opening(*agency, "First")()
        made = at_once(*(opening(*agency, f"At once {number}") for number in range(4)))
    finally:
        undo()

    assert sorted(type(each).__name__ for each in made) == ["Client", "PlanLimit", "PlanLimit", "PlanLimit"]
    assert Client.objects.filter(agency=agency[0]).count() == 2


def test_the_last_place_for_a_query_is_given_once_over_all_clients(agency: tuple[Agency, User]) -> None:
    clients = [opening(*agency, name)() for name in ("One", "Two")]
    undo = on_a_plan(agency[0], queries=3)

    def save(client: Client, number: int) -> Callable[[], Any]:
        def act() -> Query:
            with db.enter(client.schema_name), query_claimed(client, now=NOW):
                return Query.objects.create(name=f"q{number}", kind="brand", text="juniper")

        return act

    try:
        made = at_once(*(save(clients[number % 2], number) for number in range(8)))
    finally:
        undo()

    saved = 0
    for client in clients:
        with db.enter(client.schema_name):
            count = Query.objects.count()
        assert ClientMeter.objects.get(client=client).queries == count
        saved += count
    assert saved == 3
    assert sum(isinstance(each, PlanLimit) for each in made) == 5


def test_uploads_at_once_do_not_fill_the_same_room(agency: tuple[Agency, User]) -> None:
    client = opening(*agency, "One")()
    undo = on_a_plan(agency[0], storage_bytes=250)

    def keep() -> None:
        with storage_claimed(client, size=100, now=NOW):
            pass

    try:
        kept = at_once(*[keep] * 5)
    finally:
        undo()

    assert sum(each is None for each in kept) == 2
    assert ClientMeter.objects.get(client=client).storage_bytes == 200


def test_a_key_is_rotated_by_one_of_two(agency: tuple[Agency, User]) -> None:
    made, owner = agency
    key, _ = services.issue_key(agency_id=made.id, name="k", role="owner", actor=owner.id)
    caller = Caller(id=owner.id, agency_id=made.id, role="owner")

    def rotate(mine: ApiKey) -> Callable[[], Any]:
        return lambda: rotate_key(key=mine, caller=caller, overlap=timedelta(hours=1), now=datetime.now(UTC))

    answers = at_once(*(rotate(ApiKey.objects.get(id=key.id)) for _ in range(3)))

    assert sum(isinstance(each, Conflict) for each in answers) == 2
    assert ApiKey.objects.filter(agency=made, name="k").count() == 2
