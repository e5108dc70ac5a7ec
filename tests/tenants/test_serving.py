"""Code that is ahead of a client's schema does not work in it: neither for a request nor for a message."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from rest_framework.test import APIClient

from kernel import db
from kernel.queue import models as queue
from kernel.queue import send
from kernel.queue.testing import drain
from tenants import services
from tenants.lifecycle.serving import schemas_at_work
from tenants.models import Agency, Client, User
from tenants.schema import fleet, template
from tenants.schema.versions import require_current
from tests.kernel.queue_fixtures import COMMITTING, committed
from tests.tenants.committing import LaterMigrations, agency, later_migrations

__all__ = ["agency", "committed", "later_migrations"]

pytestmark = COMMITTING
Behind = tuple[Client, Client, APIClient]


@pytest.fixture
def two(agency: tuple[Agency, User], later_migrations: LaterMigrations) -> Iterator[Behind]:
    """Two clients, and code that is ahead of the first of them alone."""
    made, owner = agency
    template.current_image()
    clients = [
        services.create_client(agency_id=made.id, name="x", locale="en-GB", time_zone="UTC", actor=owner.id)
        for _ in range(2)
    ]
    _, key = services.issue_key(agency_id=made.id, name="k", role="owner", actor=owner.id)
    later_migrations("AddField('Report', 'later', models.TextField(default='x'))")
    assert fleet.migrate(schemas=[clients[1].schema_name]).failed == {}
    asking = APIClient()
    asking.credentials(HTTP_AUTHORIZATION=f"Bearer {key.text}")
    yield clients[0], clients[1], asking
    queue.Message.objects.all().delete()


def queries(asking: APIClient, client: Client) -> Any:
    return asking.get(f"/api/v1/clients/{client.id}/queries")


def test_a_client_that_is_behind_is_refused_and_others_are_served(two: Behind) -> None:
    behind, current, asking = two
    refused = queries(asking, behind)
    assert (refused.status_code, refused.json()["code"]) == (503, "client_behind")
    assert int(refused["Retry-After"]) > 0
    assert queries(asking, current).status_code == 200
    # Its account lies in the public schema.
    assert asking.get(f"/api/v1/clients/{behind.id}").status_code == 200


def test_once_migrated_it_is_served_by_the_same_process(two: Behind) -> None:
    behind, _, asking = two
    assert queries(asking, behind).status_code == 503
    assert fleet.migrate(schemas=[behind.schema_name]).failed == {}
    assert queries(asking, behind).status_code == 200


def test_its_messages_wait_and_are_no_failures(two: Behind) -> None:
    behind, current, _ = two
    for client in (behind, current):
        with db.enter(client.schema_name):
            send("journey.poll_feed", "fed_none")
    assert drain() == 2
    (waiting,) = queue.Message.objects.filter(actor="journey.poll_feed")
    assert waiting.schema == behind.schema_name
    assert "retries" not in waiting.payload["options"]
    assert not queue.DeadLetter.objects.exists()
    fleet.migrate(schemas=[behind.schema_name])
    assert drain(delayed=True) == 1
    assert not queue.Message.objects.filter(actor="journey.poll_feed").exists()


def test_what_goes_through_all_clients_passes_over_it(two: Behind) -> None:
    behind, current, _ = two
    assert current.schema_name in schemas_at_work()
    assert behind.schema_name not in schemas_at_work()


def test_looking_costs_nothing_once_a_client_was_seen_current(
    two: Behind, django_assert_num_queries: Callable[[int], Any]
) -> None:
    _, current, _ = two
    require_current(current.schema_name)
    with django_assert_num_queries(0):
        require_current(current.schema_name)
