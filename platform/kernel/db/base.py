"""The database backend: django-tenants' search_path switch, with a role per client and failing closed."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import psycopg
from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql.introspection import DatabaseIntrospection
from django.db.backends.postgresql.operations import DatabaseOperations
from django.db.utils import DatabaseError, InternalError
from django_tenants.postgresql_backend.base import DatabaseWrapper as SchemaDatabaseWrapper
from django_tenants.postgresql_backend.base import is_valid_schema_name
from psycopg import sql

from kernel import embedded
from kernel.db import inspection
from kernel.db.cursors import GuardedCursor, attach, trusting
from kernel.errors import TenantUnavailable

PUBLIC = "public"


def quoted(name: str) -> str:
    if not is_valid_schema_name(name):
        raise TenantUnavailable("The schema name is not valid.")
    return f'"{name}"'


class Operations(DatabaseOperations):
    def execute_sql_flush(self, sql_list: Any) -> None:
        # Emptying tables is the owner's; only tests do it.
        with self.connection.owning():  # type: ignore[attr-defined]
            super().execute_sql_flush(sql_list)


class DatabaseWrapper(SchemaDatabaseWrapper):  # type: ignore[misc]
    """Sends `SET search_path; SET ROLE` in one round trip before the first statement after a switch.

    The settings' OWNER names the role that owns the tables; the login may switch to it, and has no right on schemas or
    roles itself. "" where the login is the owner.
    """

    ops_class = Operations
    search_path_set_schemas: list[str] | None
    _setting_search_path: bool

    def __init__(self, settings_dict: dict[str, Any], alias: str = "default") -> None:
        # The connection that makes and drops the tests' database works as the owner throughout.
        self.keep_owner = alias == NO_DB_ALIAS
        settings_dict.setdefault("OPTIONS", {})["server_side_binding"] = True
        super().__init__(settings_dict, alias)
        # django-tenants' own sets the search_path by itself, once for every look.
        self.introspection = DatabaseIntrospection(self)

    @property
    def owner(self) -> str:
        """The role that owns the tables; "" where that is the login itself."""
        return str(self.settings_dict.get("OWNER") or "")

    def get_connection_params(self) -> dict[str, Any]:
        # The embedded server is started by the first connection, so that `makemigrations` or a type check
        # never starts a database.
        options = self.settings_dict.get("EMBEDDED")
        if options:
            instance = embedded.ensure(options["data_dir"], durable=options["durable"])
            for key, value in embedded.database_settings(instance).items():
                if key != "NAME":
                    self.settings_dict[key] = value
        parameters: dict[str, Any] = super().get_connection_params()
        parameters["cursor_factory"] = GuardedCursor
        return parameters

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        raw = super().get_new_connection(conn_params)
        attach(raw, _settler(self))
        if self.alias != NO_DB_ALIAS:
            inspection.check_once(raw, refuse=bool(self.settings_dict.get("MUST_BE_HARDENED")))
        return raw

    def _configure_timezone(self, connection: Any) -> bool:
        # Django calls set_config, which nobody may here.
        if not self.timezone_name or connection.info.parameter_status("TimeZone") == self.timezone_name:
            return False
        with trusting(connection), connection.cursor() as cursor:
            cursor.execute(sql.SQL("SET TIME ZONE {}").format(sql.Literal(self.timezone_name)))
        return True

    def set_tenant(self, tenant: Any, include_public: bool = False) -> None:
        """A client's search_path never includes public: a table missing there must fail, not be found here."""
        super().set_tenant(tenant, include_public=False)

    def set_schema(self, schema_name: str, include_public: bool = False, tenant_type: str | None = None) -> None:
        if schema_name == self.schema_name and self.search_path_set_schemas:
            return
        super().set_schema(schema_name, include_public=False, tenant_type=tenant_type)

    def forget_applied(self) -> None:
        """Have the next statement send the switch again."""
        self.search_path_set_schemas = None

    def owning(self) -> Owning:
        """A block in which statements run as the owner; see `kernel.db.as_owner`."""
        return Owning(self)

    def is_usable(self) -> bool:
        # Whether the server answers does not depend on the schema that is wanted next.
        self._setting_search_path = True
        try:
            return bool(super().is_usable())
        finally:
            self._setting_search_path = False

    def _savepoint(self, sid: str) -> None:
        self._own(super()._savepoint, sid)

    def _savepoint_commit(self, sid: str) -> None:
        self._own(super()._savepoint_commit, sid)

    def _savepoint_rollback(self, sid: str) -> None:
        self._own(super()._savepoint_rollback, sid)

    def check_constraints(self, table_names: Any = None) -> None:
        self.ensure_connection()
        with trusting(self.connection):
            super().check_constraints(table_names)

    def _own(self, statement: Callable[[str], None], sid: str) -> None:
        self.ensure_connection()
        with trusting(self.connection):
            statement(sid)

    def _handle_search_path(self, cursor: Any = None) -> None:
        if self._setting_search_path or self.search_path_set_schemas:
            return
        schema = self.schema_name or PUBLIC
        if self.keep_owner:
            role = quoted(self.owner) if self.owner else "NONE"
        else:
            role = "NONE" if schema == PUBLIC else quoted(schema)
        self._setting_search_path = True
        raw = self.connection
        own = raw.cursor() if cursor is None else cursor
        try:
            with trusting(raw):
                own.execute(f"SET search_path = {quoted(schema)}; SET ROLE {role}")
        except (InternalError, psycopg.errors.InFailedSqlTransaction):
            # The transaction is already aborted: nothing can run in it any more, least of all elsewhere.
            self.search_path_set_schemas = None
        except (DatabaseError, psycopg.Error) as error:
            self.search_path_set_schemas = None
            self.errors_occurred = True  # this may be a dead connection, to be looked at before it is used again
            raise TenantUnavailable("The client's schema or role is not available.") from error
        else:
            self.search_path_set_schemas = [schema]
            raw.earshot_owning = self.keep_owner
        finally:
            self._setting_search_path = False
            if cursor is None:
                own.close()


class Owning:
    """Keeps the owner's role for a block. Blocks nest."""

    def __init__(self, wrapper: DatabaseWrapper) -> None:
        self._wrapper = wrapper
        self._before = False

    def __enter__(self) -> None:
        self._before = self._wrapper.keep_owner
        self._set(True)

    def __exit__(self, *exception: object) -> None:
        self._set(self._before)

    def _set(self, keep: bool) -> None:
        self._wrapper.keep_owner = keep
        self._wrapper.forget_applied()


def _settler(wrapper: DatabaseWrapper) -> Callable[[], None]:
    known = weakref.ref(wrapper)

    def settle() -> None:
        found = known()
        # While it connects, there is no connection yet to send a switch on.
        if found is not None and found.connection is not None:
            found._handle_search_path()

    return settle
