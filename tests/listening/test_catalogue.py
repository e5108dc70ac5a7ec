"""What the catalogue knows of clients' queries, and that its numbers never pass over a change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from analytics.listening.catalogue import services, trees
from analytics.listening.catalogue.actors import reconcile
from analytics.listening.catalogue.models import Entry
from analytics.listening.catalogue.selectors import changes_since, position
from analytics.listening.catalogue.services import forget, tell
from analytics.listening.models import Query
from analytics.listening.query import parse
from analytics.listening.services import create_query, delete_query, update_query
from kernel import db
from kernel.queue.models import Message
from kernel.queue.testing import drain
from tenants.lifecycle import purging
from tenants.lifecycle.deletion import cancel_deletion, request_deletion
from tenants.lifecycle.suspension import resume_agency, resume_client, suspend_agency, suspend_client
from tests.cast import Cast

NOW = datetime(2026, 3, 3, tzinfo=UTC)


def heard() -> dict[str, int]:
    """The versions of all queries that matchers hold, by id."""
    with db.public():
        return {row.query_id: row.version for row in changes_since(-1).rows}


def own(cast: Cast) -> list[Entry]:
    with db.public():
        return list(Entry.objects.filter(schema=cast.client.schema_name).order_by("query_id"))


def told(cast: Cast) -> None:
    """The transaction ends, as far as a test's can: what was announced is told."""
    with db.public():
        drain()
    connection.run_on_commit.clear()


def test_a_query_is_known_by_its_tree_and_version(in_client: Cast) -> None:
    query = create_query(name="Own", kind="brand", text='"rye bread" OR #Rye -jobs')
    told(in_client)
    (entry,) = own(in_client)
    assert (entry.query_id, entry.version, entry.heard) == (query.id, 1, True)
    assert trees.read(entry.tree) == parse(query.text)
    update_query(query=query, text="bread")
    told(in_client)
    (entry,) = own(in_client)
    assert (entry.version, trees.read(entry.tree)) == (2, parse("bread"))


def test_every_change_has_a_number_of_its_own_and_telling_again_has_none(in_client: Cast) -> None:
    numbers = []
    query = create_query(name="Own", kind="brand", text="rye")
    for act in (
        lambda: None,
        lambda: update_query(query=query, text="bread"),
        lambda: update_query(query=query, active=False),
        lambda: update_query(query=query, active=True),
        lambda: delete_query(query=query),
    ):
        act()
        told(in_client)
        with db.public():
            numbers.append(position())
        tell()
    assert numbers == list(range(numbers[0], numbers[0] + 5))


def test_a_reader_gets_what_changed_since_and_what_was_deleted(in_client: Cast) -> None:
    first = create_query(name="Own", kind="brand", text="rye")
    second = create_query(name="Topic", kind="topic", text="bread")
    told(in_client)
    with db.public():
        stood = changes_since(-1)
    assert stood.whole
    update_query(query=second, active=False)
    gone = str(first.id)
    delete_query(query=first)
    told(in_client)
    with db.public():
        found = changes_since(stood.change)
    assert not found.whole
    assert {(row.query_id, row.heard) for row in found.rows} == {(gone, False), (second.id, False)}
    assert [row.tree for row in found.rows if row.query_id == gone] == [""]
    with db.public():
        assert changes_since(found.change).rows == ()


def test_what_was_read_earlier_never_replaces_what_was_read_later(
    in_client: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = create_query(name="Own", kind="brand", text="rye")
    told(in_client)
    read = services._present

    def overtaken() -> list[services._Present]:
        before = read()
        monkeypatch.setattr(services, "_present", read)
        Query.objects.filter(id=query.id).update(text="bread", version=2)
        tell()
        return before

    monkeypatch.setattr(services, "_present", overtaken)
    assert tell() == 0
    assert [entry.version for entry in own(in_client)] == [2]


def test_a_query_that_can_be_read_no_more_keeps_nothing_else_back(in_client: Cast) -> None:
    bad = create_query(name="Own", kind="brand", text="rye")
    Query.objects.filter(id=bad.id).update(text='"rye')
    create_query(name="Topic", kind="topic", text="bread")
    told(in_client)
    assert [trees.read(entry.tree) for entry in own(in_client)] == [parse("bread")]


def test_queries_of_a_client_that_rests_are_not_heard(in_client: Cast) -> None:
    query = create_query(name="Own", kind="brand", text="rye")
    idle = create_query(name="Idle", kind="topic", text="bread")
    update_query(query=idle, active=False)
    told(in_client)
    client = in_client.client
    with db.public():
        before = position()
        suspend_client(client=client, actor="x", now=NOW)
        assert query.id not in heard()
        assert [row.heard for row in changes_since(before).rows] == [False]
        resume_client(client=client, actor="x")
        assert (query.id in heard(), idle.id in heard()) == (True, False)
        suspend_agency(agency=in_client.agency, actor="x", now=NOW)
        assert query.id not in heard()
        resume_agency(agency=in_client.agency, actor="x")
        assert query.id in heard()
        request_deletion(client=client, actor="x", now=NOW)
        assert query.id not in heard()
        cancel_deletion(client=client, actor="x")
        assert query.id in heard()


def test_what_a_resting_client_changes_is_not_heard_before_it_is_resumed(in_client: Cast) -> None:
    with db.public():
        suspend_client(client=in_client.client, actor="x", now=NOW)
    query = create_query(name="Own", kind="brand", text="rye")
    tell()
    assert query.id not in heard()
    with db.public():
        resume_client(client=in_client.client, actor="x")
    assert query.id in heard()


def test_a_purged_client_leaves_no_words_behind(in_client: Cast) -> None:
    create_query(name="Own", kind="brand", text="rye")
    told(in_client)
    with db.public():
        before = position()
        purging.destroy_key(in_client.client, actor="x")
        assert [(row.tree, row.heard) for row in changes_since(before).rows] == [("", False)]
    assert [(entry.tree, entry.deleted_at is None) for entry in own(in_client)] == [("", False)]


def test_a_telling_that_comes_after_the_purge_writes_nothing(in_client: Cast) -> None:
    create_query(name="Own", kind="brand", text="rye")
    present = services._present()
    schema = in_client.client.schema_name
    with db.public():
        ticket = services._ticket(schema)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM catalogue_told WHERE schema = %s", [schema])  # as the client's row does
        assert services._write(schema, ticket, present, services._Reader()) == 0


def test_reconciling_puts_right_what_drifted(in_client: Cast) -> None:
    query = create_query(name="Own", kind="brand", text="rye")
    with db.public():
        Message.objects.all().delete()
        Entry.objects.create(
            schema="c_of_nobody", query_id="qry_x", version=1, tree="{}", source="", active=True, heard=True, change=0
        )
        reconcile()
        drain()
    assert heard() == {query.id: 1}


def test_tombstones_go_and_who_stands_before_them_reads_everything(in_client: Cast) -> None:
    gone = create_query(name="Own", kind="brand", text="rye")
    kept = create_query(name="Topic", kind="topic", text="bread")
    told(in_client)
    with db.public():
        stood = position()
    delete_query(query=gone)
    told(in_client)
    with db.public():
        deleted = position()
        assert forget(now=datetime.now(UTC)) == 0
        assert forget(now=datetime.now(UTC) + services.TOMBSTONES_KEPT + timedelta(minutes=1)) == 1
        assert changes_since(deleted).whole is False
        again = changes_since(stood)
    assert (again.whole, [row.query_id for row in again.rows]) == (True, [kept.id])


def test_a_reader_of_a_catalogue_that_was_restored_starts_anew(in_client: Cast) -> None:
    create_query(name="Own", kind="brand", text="rye")
    told(in_client)
    with db.public():
        found = changes_since(position() + 100)
    assert (found.whole, len(found.rows)) == (True, 1)


def test_many_changes_in_one_transaction_are_told_once(in_client: Cast) -> None:
    with transaction.atomic():
        for number in range(5):
            create_query(name=f"{number}", kind="topic", text="rye")
    with db.public():
        assert Message.objects.filter(actor="catalogue.tell").count() == 1


@pytest.mark.parametrize("table", ["catalogue_entry", "catalogue_position", "catalogue_told"])
def test_no_client_can_read_or_write_it(in_client: Cast, table: str) -> None:
    for statement in (f"SELECT * FROM public.{table}", f"DELETE FROM public.{table}"):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            connection.cursor().execute(statement)
    with pytest.raises(DatabaseError), transaction.atomic():
        connection.cursor().execute("SELECT public.catalogue_settle('x', true, true)")
