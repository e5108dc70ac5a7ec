"""The embedded server's roles: an owner nobody logs in as, a login without rights of its own, hardened databases."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from kernel import embedded
from tests.kernel.embedded_cast import value


def test_the_owner_may_make_databases_and_roles_and_the_login_neither(template: Path) -> None:
    instance = embedded.ensure(template, durable=False)
    rights = "select (rolsuper, rolcreatedb, rolcreaterole, rolcanlogin)::text from pg_roles where rolname = "
    assert value(instance, rights + "'earshot'") == "(f,t,t,f)"
    assert value(instance, rights + "'earshot_app'") == "(f,f,f,t)"
    assert value(instance, "select rolinherit from pg_roles where rolname = 'earshot_app'") is False
    assert value(instance, "select pg_get_userbyid(datdba) from pg_database where datname = 'earshot'") == "earshot"


def test_every_database_is_hardened_and_so_are_those_to_come(template: Path) -> None:
    instance = embedded.ensure(template, durable=False)
    with psycopg.connect(instance.dsn(superuser=True), autocommit=True) as connection:
        connection.execute("drop database if exists born_later")
        connection.execute("create database born_later")
    for database in ("earshot", "postgres", "template1", "born_later"):
        with (
            psycopg.connect(instance.dsn(database=database)) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute("select set_config('role', 'none', false)")


def test_an_installation_from_before_is_hardened(folder: Path) -> None:
    instance = embedded.ensure(folder / "pg", durable=False)
    with psycopg.connect(instance.dsn(superuser=True), autocommit=True) as connection:
        connection.execute("comment on role earshot_app is null")
        connection.execute("alter role earshot login")
        connection.execute("grant execute on function set_config(text, text, boolean) to public")
    again = embedded.ensure(folder / "pg", durable=False)
    with psycopg.connect(again.dsn()) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("select set_config('role', 'none', false)")
    assert value(again, "select rolcanlogin from pg_roles where rolname = 'earshot'") is False
