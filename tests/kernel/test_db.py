"""The switch between schemas: lazy, in one round trip, undone whatever happens, and closed where a role is missing.

That PostgreSQL then refuses what is not the client's is shown in `tests/tenants/test_isolation.py`.
"""

from __future__ import annotations

import pytest
from django.db import DataError, IntegrityError, InternalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from analytics.listening.models import Query
from kernel import db
from kernel.db.base import quoted
from kernel.errors import TenantUnavailable
from tenants.models import Agency
from tests.cast import Cast

# In default mode one transaction may go through several schemas.
HOLDS_TRANSACTIONS = True


def place() -> tuple[str, bool]:
    """The search path PostgreSQL has, and whether another role than the session's is in force."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('search_path'), current_user <> session_user")
        ((path, switched),) = cursor.fetchall()
    return str(path).strip('"'), bool(switched)


def role() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        ((name,),) = cursor.fetchall()
    return str(name)


def test_public_is_where_everything_starts(cast: Cast) -> None:
    assert db.current() == "public"
    assert place() == ("public", False)


def test_entering_changes_path_and_role_and_leaving_changes_them_back(cast: Cast) -> None:
    with db.enter(cast.client.schema_name):
        assert db.current() == cast.client.schema_name
        assert place() == (cast.client.schema_name, True)
        with db.enter(cast.second_client.schema_name):
            assert place() == (cast.second_client.schema_name, True)
            with db.public():
                assert place() == ("public", False)
                assert Agency.objects.exists()
            assert place() == (cast.second_client.schema_name, True)
        assert place() == (cast.client.schema_name, True)
    assert place() == ("public", False)


def test_a_client_whose_block_runs_no_statement_costs_none(cast: Cast) -> None:
    with CaptureQueriesContext(connection) as statements:
        with db.enter(cast.client.schema_name):
            pass
        Agency.objects.count()
    switches = [row["sql"] for row in statements if "SET ROLE" in row["sql"] and cast.client.schema_name in row["sql"]]
    assert switches == []


def test_a_switch_is_one_statement_however_many_follow(cast: Cast) -> None:
    Agency.objects.count()
    with CaptureQueriesContext(connection) as statements, db.enter(cast.client.schema_name):
        for _ in range(5):
            Query.objects.count()
    switches = [row["sql"] for row in statements if "SET ROLE" in row["sql"]]
    assert len(switches) <= 1
    assert len(statements) - len(switches) == 5


def test_a_statement_that_fails_leaves_the_switch_in_force(cast: Cast) -> None:
    with db.enter(cast.client.schema_name):
        Query.objects.create(name="One", kind="brand", text="one")
        with pytest.raises(IntegrityError), transaction.atomic():
            Query.objects.create(name="One", kind="brand", text="two")
        assert place() == (cast.client.schema_name, True)
        assert Query.objects.count() == 1


def test_switching_inside_an_aborted_transaction_never_runs_elsewhere(cast: Cast) -> None:
    with pytest.raises(InternalError, match="aborted"), transaction.atomic():
        with pytest.raises(DataError), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
        with db.enter(cast.client.schema_name):
            Query.objects.count()
    assert place() == ("public", False)


def test_switching_inside_a_transaction_to_be_rolled_back_fails_closed(cast: Cast) -> None:
    with pytest.raises(TenantUnavailable), transaction.atomic():
        with pytest.raises(IntegrityError):
            Agency.objects.create(id=cast.agency.id, name="Twice")
        with db.enter(cast.client.schema_name):
            Query.objects.count()
    assert place() == ("public", False)


def test_the_owner_keeps_its_role_inside_a_schema_only_for_the_block(cast: Cast) -> None:
    owner, client = connection.settings_dict["OWNER"], cast.client.schema_name
    with db.enter(client):
        with db.as_owner():
            assert (place(), role()) == ((client, True), owner)
            with db.as_owner():
                assert role() == owner
            assert role() == owner
        assert role() == client
        with pytest.raises(RuntimeError), db.as_owner():
            assert role() == owner
            raise RuntimeError
        assert role() == client
    assert role() == connection.settings_dict["USER"] != owner


def test_a_clients_path_never_holds_public(cast: Cast) -> None:
    with db.enter(cast.client.schema_name), connection.cursor() as cursor:
        cursor.execute("SELECT current_schemas(false)")
        assert cursor.fetchone() == ([cast.client.schema_name],)


@pytest.mark.parametrize("name", ["", 'a"b', "a;b", "pg_catalog", "x" * 64, "naïve\x00"])
def test_a_name_that_is_no_schemas_is_refused_before_any_statement(db: None, name: str) -> None:
    with pytest.raises(TenantUnavailable):
        quoted(name)


def test_a_schema_without_a_role_fails_closed_and_says_no_name(cast: Cast) -> None:
    for _ in range(2):
        with pytest.raises(TenantUnavailable) as problem, transaction.atomic(), db.enter("c_nobody"):
            Query.objects.count()
        assert "c_nobody" not in str(problem.value)
        assert place() == ("public", False)
