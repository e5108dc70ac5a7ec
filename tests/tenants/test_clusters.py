"""Two PostgreSQL clusters with a client each: its schema, its work and its troubles are in its own."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, close_old_connections, connection, connections, transaction
from rest_framework.test import APIClient

from analytics.listening.models import Query
from analytics.listening.services import create_query
from analytics.mentions.models import Mention
from analytics.sources.models import Import
from analytics.sources.services import accept_upload
from kernel import db, embedded
from kernel.db import directory
from kernel.db.targets import TransactionCrossed
from kernel.errors import TenantUnavailable
from kernel.queue import send
from kernel.queue.models import Message
from kernel.queue.testing import drain
from tenants import schema, services
from tenants.lifecycle import purging, sweeping
from tenants.models import Agency, Client, User
from tenants.schema import fleet, versions
from tests.isolation.conftest import isolation
from tests.kernel.queue_fixtures import COMMITTING, committed
from tests.tenants.clusters_cast import eu, schemas, second
from tests.tenants.committing import LaterMigrations, agency, later_migrations

__all__ = ["agency", "committed", "eu", "later_migrations", "second"]

pytestmark = COMMITTING

POSTS = (
    "id,created_at,author_handle,text\n"
    "p1,2026-03-02T10:00:00Z,ana_example,I love the rye bread at Juniper Bakery! So good\n"
    "p2,2026-03-02T10:30:00Z,ben_example,Juniper Bakery was rude and slow. Terrible service\n"
)


@pytest.fixture(params=["default", "strict"])
def two(eu: None, agency: tuple[Agency, User], request: pytest.FixtureRequest) -> Iterator[tuple[Client, Client]]:
    """A client here and one there, in both modes."""
    made, owner = agency
    with isolation(request.param):
        clients = [
            services.create_client(
                agency_id=made.id, name=alias, locale="en-GB", time_zone="UTC", actor=owner.id, cluster=alias
            )
            for alias in ("default", "eu")
        ]
        yield clients[0], clients[1]
        connection.close()
        for client in Client.objects.filter(agency=made):
            schema.drop(client.schema_name, cluster=client.cluster)


def test_a_clients_schema_and_role_are_in_its_cluster_and_nowhere_else(two: tuple[Client, Client]) -> None:
    here, there = two
    settings = connection.settings_dict
    hosts = {"default": settings["HOST"], "eu": settings["CLUSTERS"]["eu"]["HOST"]}
    assert here.schema_name in schemas("default") - schemas("eu")
    assert there.schema_name in schemas("eu") - schemas("default")
    for client in two:
        with db.enter(client.schema_name):
            assert Query.objects.count() == 0
            assert connection.connection.info.host == hosts[client.cluster]
    with db.on_cluster("eu"), connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('public.tenants_client'), to_regclass('public.queue_message') IS NOT NULL")
        assert cursor.fetchone() == (None, True)
    assert Client.objects.count() >= 2


def test_an_import_is_taken_in_and_understood_in_its_own_cluster(two: tuple[Client, Client]) -> None:
    for client in two:
        with db.enter(client.schema_name):
            create_query(name="Juniper", kind="brand", text='"juniper bakery"')
            upload = accept_upload(chunks=[POSTS.encode()], file_name="posts.csv", source="web", mapping={}, options={})
        beside = "default" if client.cluster == "eu" else "eu"
        with db.on_cluster(client.cluster):
            assert set(Message.objects.values_list("schema", flat=True)) == {client.schema_name}
        with db.on_cluster(beside):
            assert not Message.objects.filter(schema=client.schema_name).exists()
        drain(cluster=client.cluster)
        with db.enter(client.schema_name):
            assert Import.objects.get(id=upload.id).stored == 2
            found = dict(Mention.objects.values_list("external_id", "sentiment"))
            assert found == {"p1": "positive", "p2": "negative"}


def test_a_message_is_written_in_the_transaction_of_its_data(two: tuple[Client, Client]) -> None:
    _, there = two
    with db.enter(there.schema_name):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            Query.objects.create(name="Lost", kind="brand", text="x")
            send("journey.rematch_query", "qry_x", "job_x")
            raise ZeroDivisionError
        with transaction.atomic():
            Query.objects.create(name="Kept", kind="brand", text="x")
            send("journey.rematch_query", "qry_x", "job_x")
        assert [query.name for query in Query.objects.all()] == ["Kept"]
    with db.on_cluster("eu"):
        assert Message.objects.count() == 1
    with pytest.raises(TransactionCrossed), transaction.atomic():
        assert Client.objects.exists()
        with db.enter(there.schema_name):
            Query.objects.exists()


def test_a_worker_serves_both_and_a_retry_goes_back_where_it_came_from(two: tuple[Client, Client]) -> None:
    from kernel.queue.setup import of_cluster
    from tests.kernel import queue_cast  # declares the actor

    assert queue_cast.fail.actor_name == "test.fail"
    for client in two:
        with db.enter(client.schema_name):
            send("jobs.give_up", {"args": []}, {})
    broker = of_cluster("eu")
    drain()
    with db.on_cluster("eu"):
        assert Message.objects.count() == 1
    assert drain(cluster="eu") == 1
    with db.on_cluster("eu"):
        assert not Message.objects.exists()
    assert broker.cluster == "eu"
    with db.enter(two[1].schema_name):
        send("test.fail", "x")
    drain(cluster="eu", reraise=False)
    with db.on_cluster("eu"):
        assert list(Message.objects.values_list("actor", flat=True)) == ["test.fail"]
    assert not Message.objects.exists()


def test_threads_that_switch_at_random_read_their_own(two: tuple[Client, Client]) -> None:
    for client in two:
        with db.enter(client.schema_name):
            Query.objects.create(name=client.schema_name, kind="brand", text="x")
    wrong: list[object] = []

    def walk(seed: int) -> None:
        dice = random.Random(seed)
        try:
            for _ in range(200):
                client = dice.choice(two)
                with db.enter(client.schema_name):
                    if dice.random() < 0.2:
                        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                            cursor.execute("SELECT 1 / 0")
                    with connection.cursor() as cursor:
                        cursor.execute("SELECT name, current_user::text FROM listening_query")
                        rows = cursor.fetchall()
                    if rows != [(client.schema_name, client.schema_name)]:
                        wrong.append(rows)
                if dice.random() < 0.3:
                    close_old_connections()
                if dice.random() < 0.2 and not Client.objects.filter(id=client.id).exists():
                    wrong.append(client.id)
        except BaseException as error:
            wrong.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=walk, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_one_that_is_away_takes_only_its_own_clients_with_it(
    two: tuple[Client, Client], agency: tuple[Agency, User], second: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, owner = agency
    _, key = services.issue_key(agency_id=made.id, name="k", role="owner", actor=owner.id)
    asking = APIClient()
    asking.credentials(HTTP_AUTHORIZATION=f"Bearer {key.text}")

    def ask(client: Client) -> tuple[int, str]:
        answer: Any = asking.get(f"/api/v1/clients/{client.id}/queries")
        return answer.status_code, answer.json().get("code", "")

    assert [ask(client)[0] for client in two] == [200, 200]
    usual: Callable[..., Any] = embedded.ensure

    def gone(data_dir: Path, **options: Any) -> Any:
        if data_dir == second:
            raise embedded.EmbeddedError("not-reachable", "It was stopped.")
        return usual(data_dir, **options)

    monkeypatch.setattr(embedded, "ensure", gone)
    embedded.stop(second)
    try:
        assert ask(two[1]) == (503, "client_unavailable")
        assert ask(two[0])[0] == 200
        with pytest.raises(TenantUnavailable), db.enter(two[1].schema_name):
            Query.objects.exists()
        with db.enter(two[0].schema_name):
            assert not Query.objects.exists()
        assert versions.read()[two[1].schema_name] is None
        assert versions.read()[two[0].schema_name]
    finally:
        monkeypatch.undo()
        connection.close()
        embedded.ensure(second, durable=False)
    assert [ask(client)[0] for client in two] == [200, 200]


def test_migrations_reach_every_cluster(two: tuple[Client, Client], later_migrations: LaterMigrations) -> None:
    later_migrations("AddField('Report', 'later', models.TextField(default='x'))")
    behind = versions.behind()
    assert {client.schema_name for client in two} <= set(behind)
    outcome = fleet.migrate(schemas=[client.schema_name for client in two])
    assert (outcome.failed, outcome.migrated) == ({}, 2)
    for client in two:
        versions.require_current(client.schema_name)


def test_deleting_takes_all_of_a_client_and_a_crash_leaves_nothing_unseen(two: tuple[Client, Client]) -> None:
    _, there = two
    now = datetime.now(UTC)
    with db.enter(there.schema_name):
        send("jobs.give_up", {"args": []}, {})
    Client.objects.filter(id=there.id).update(status=Client.Status.DELETING, purge_at=now - timedelta(days=1))
    purging.purge(client_id=there.id, now=now)
    assert there.schema_name not in schemas("eu")
    with db.on_cluster("eu"):
        assert not Message.objects.exists()
    directory.forget()
    with pytest.raises(TenantUnavailable), db.enter(there.schema_name):
        Query.objects.exists()
    orphan = "c_" + 32 * "e"
    schema.create(orphan, cluster="eu")
    found = sweeping.look(now=now)
    assert orphan in found.schemas
    assert orphan in sweeping.remove(found).schemas
    assert orphan not in schemas("eu")


def test_a_client_nobody_knows_and_a_cluster_nobody_knows_fail_closed(two: tuple[Client, Client]) -> None:
    with pytest.raises(TenantUnavailable), db.enter("c_nobody"):
        Query.objects.exists()
    with pytest.raises(TenantUnavailable), db.on_cluster("mars"):
        Message.objects.exists()
    Client.objects.filter(id=two[0].id).update(cluster="mars")
    directory.forget()
    with pytest.raises(TenantUnavailable), db.enter(two[0].schema_name):
        Query.objects.exists()
    Client.objects.filter(id=two[0].id).update(cluster="default")
    directory.forget()


def test_a_worker_consumes_from_another_cluster(two: tuple[Client, Client]) -> None:
    from kernel.queue.postgres import PostgresBroker

    broker = PostgresBroker()
    broker.cluster = "eu"
    broker.declare_queue("default")
    consumer = broker.consume("default", prefetch=2, timeout=120_000)
    try:
        with db.enter(two[1].schema_name):
            sent = send("jobs.give_up", {"args": []}, {})
        got = next(consumer)
        assert got is not None
        assert (got.message_id, got.options["schema"]) == (sent.message_id, two[1].schema_name)
        consumer.ack(got)
    finally:
        consumer.close()
    with db.on_cluster("eu"):
        assert not Message.objects.exists()
