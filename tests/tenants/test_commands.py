"""The commands an operator types: signing an agency up, and migrating every client's schema."""

from __future__ import annotations

import io
import sys

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from kernel import db
from tenants import selectors
from tenants.models import Agency, AuditEvent, User
from tests.cast import PASSWORD, Cast


def create_agency(monkeypatch: pytest.MonkeyPatch, *arguments: str, typed: str) -> str:
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    out = io.StringIO()
    call_command("create_agency", *arguments, "--password-stdin", stdout=out)
    return out.getvalue()


def test_create_agency_prints_a_key_that_works_and_nothing_else(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    printed = create_agency(monkeypatch, "Kiln", "ada@kiln.example", typed=PASSWORD + "\n")
    caller = selectors.caller_of(printed.strip())
    assert caller is not None
    assert caller.role == "owner"
    assert Agency.objects.get(id=caller.agency_id).name == "Kiln"
    assert User.objects.get(email="ada@kiln.example").check_password(PASSWORD)
    assert AuditEvent.objects.filter(agency_id=caller.agency_id, action="agency.signed_up").count() == 1


@pytest.mark.parametrize(
    ("email", "typed"),
    [("ada@kiln.example", "short\n"), ("ada@kiln.example", ""), ("owner@northlight.example", PASSWORD)],
)
def test_create_agency_says_what_is_wrong_and_makes_nothing(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, email: str, typed: str
) -> None:
    with pytest.raises(CommandError) as problem:
        create_agency(monkeypatch, "Kiln", email, typed=typed)
    assert PASSWORD not in str(problem.value)
    assert "@" not in str(problem.value)
    assert not Agency.objects.filter(name="Kiln").exists()


def test_migrate_schemas_has_nothing_to_do_for_a_client_just_opened(cast: Cast) -> None:
    def applied() -> list[tuple[str, str]]:
        with db.enter(cast.client.schema_name), connection.cursor() as cursor:
            cursor.execute("SELECT app, name FROM django_migrations ORDER BY app, name")
            return list(cursor.fetchall())

    before = applied()
    assert ("mentions", "0001_initial") in before
    call_command("migrate_schemas", schema_name=cast.client.schema_name, tenant=True, interactive=False, verbosity=0)
    assert applied() == before


def test_migrate_goes_through_the_public_schema_and_all_clients(cast: Cast) -> None:
    out = io.StringIO()
    call_command("migrate", interactive=False, stdout=out, stderr=io.StringIO())
    assert "0 clients brought up to date" in out.getvalue()


def test_a_clients_tables_are_the_owners_and_only_worked_on_by_its_role(cast: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = %s::regnamespace",
            [cast.client.schema_name],
        )
        assert [row[0] for row in cursor.fetchall()] != [cast.client.schema_name]
        cursor.execute(
            "SELECT has_schema_privilege(%s, %s, 'CREATE'), has_schema_privilege(%s, %s, 'USAGE')",
            [cast.client.schema_name] * 4,
        )
        assert cursor.fetchone() == (False, True)
        cursor.execute(
            "SELECT bool_or(has_table_privilege(%s, c.oid, 'TRUNCATE')), bool_and(has_table_privilege(%s, c.oid, "
            "'SELECT')) FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = %s::regnamespace",
            [cast.client.schema_name] * 3,
        )
        assert cursor.fetchone() == (False, True)
