"""A client's data is out of another's reach because PostgreSQL says so, not because the code is careful."""

from __future__ import annotations

import pytest
from django.db import ProgrammingError, connection, transaction

from analytics.listening.models import Query
from kernel import db
from kernel.errors import TenantUnavailable
from tests.cast import Cast


def test_each_client_sees_its_own_rows_alone(cast: Cast) -> None:
    with db.enter(cast.client.schema_name):
        Query.objects.create(name="Ours", kind="brand", text="juniper")
    with db.enter(cast.second_client.schema_name):
        assert not Query.objects.exists()
    with db.enter(cast.client.schema_name):
        assert Query.objects.get().name == "Ours"


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM {other}.listening_query",
        "SELECT name FROM listening_query UNION SELECT name FROM {other}.listening_query",
        "INSERT INTO {other}.listening_query SELECT * FROM listening_query",
        "SELECT * FROM public.tenants_client",
        "SELECT * FROM public.tenants_apikey",
        "SELECT * FROM public.queue_message",
        "CREATE TABLE {other}.loot (id int)",
        "CREATE TABLE loot (id int)",
        "DROP TABLE listening_query",
        "UPDATE django_migrations SET name = ''",
    ],
)
def test_postgresql_refuses_what_is_not_the_clients(in_client: Cast, statement: str) -> None:
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(other=in_client.second_client.schema_name))


def test_a_client_without_a_role_fails_closed(cast: Cast) -> None:
    with pytest.raises(TenantUnavailable), db.enter("c_that_never_was"):
        Query.objects.count()


def test_the_schema_comes_back_after_an_error(cast: Cast) -> None:
    with pytest.raises(RuntimeError), db.enter(cast.client.schema_name):
        Query.objects.count()
        raise RuntimeError
    assert db.current() == db.PUBLIC
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('search_path'), current_user <> session_user")
        assert cursor.fetchone() == ("public", False)


def test_a_rolled_back_switch_is_sent_again(cast: Cast) -> None:
    with db.enter(cast.client.schema_name):
        try:
            with transaction.atomic():
                Query.objects.count()
                raise RuntimeError
        except RuntimeError:
            pass
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            assert cursor.fetchone() == (cast.client.schema_name,)
