"""The actors of topics: they take ids, may be run twice, and call a service."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from analytics.topics import services
from kernel.queue import actor, periodic, send
from kernel.queue.tenancy import handing_over
from tenants.lifecycle.serving import schemas_at_work


@actor("topics.find", on_retry_exhausted="topics.give_up")
def find(run_id: str) -> None:
    """Find a run's topics, then read mentions by them for a while; go on in a next message."""
    if services.learn(run_id=run_id):
        send("topics.read", run_id)


@actor("topics.read", on_retry_exhausted="topics.give_up")
def read(run_id: str) -> None:
    """Read mentions by what a run learnt, for a while; go on in a next message."""
    if not services.read_slice(run_id=run_id, now=datetime.now(UTC)):
        send("topics.read", run_id)


@actor("topics.give_up")
def give_up(message: dict[str, Any], retry: dict[str, Any]) -> None:
    """End a run whose message failed too often."""
    services.fail_run(run_id=str(message["args"][0]))


@actor("topics.assign_new")
def assign_new() -> None:
    """Give this client's new mentions their topics."""
    if not services.assign_new():
        send("topics.assign_new")


@actor("topics.find_again")
def find_again() -> None:
    """Find this client's topics again, where it is time and something came since."""
    services.find_again(now=datetime.now(UTC))


@periodic("topics.find_for_clients", every=timedelta(days=1))
@actor("topics.find_for_clients")
def find_for_clients() -> None:
    """Once a day, look which active clients' topics are to be found again."""
    schemas = schemas_at_work()
    with transaction.atomic():  # all of them or none: what then goes wrong for one repeats nothing for another
        for schema in schemas:
            with handing_over(schema):
                send("topics.find_again")
