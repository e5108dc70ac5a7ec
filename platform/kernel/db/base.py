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

from kernel.db import opening
from kernel.db.cursors import GuardedServerCursor, StatementRefused, trusting
from kernel.db.sessions import HOME, Session, Target, lend, reset, set_zone
from kernel.db.targets import Targets
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


class DatabaseWrapper(Targets, SchemaDatabaseWrapper):  # type: ignore[misc]
    """Sends `SET search_path; SET ROLE` in one round trip before the first statement after a switch; in strict mode,
    and for a client of another cluster, takes another session instead (`kernel.db.targets`).

    The settings' OWNER names the role that owns the tables; the login may switch to it, and has no right on schemas or
    roles itself. "" where the login is the owner.
    """

    ops_class = Operations
    search_path_set_schemas: list[str] | None
    _setting_search_path: bool

    def __init__(self, settings_dict: dict[str, Any], alias: str = "default") -> None:
        # The connection that makes and drops the tests' database works as the owner throughout.
        self.keep_owner = alias == NO_DB_ALIAS
        options = settings_dict.setdefault("OPTIONS", {})
        options["server_side_binding"] = True
        if options.get("pool"):
            options["pool"]["reset"] = reset
        super().__init__(settings_dict, alias)
        # django-tenants' own sets the search_path by itself, once for every look.
        self.introspection = DatabaseIntrospection(self)

    @property
    def owner(self) -> str:
        """The role that owns the tables of the cluster in use; "" where that is the login itself."""
        return opening.owner_of(self.settings_dict, self.wanted().cluster)

    def get_connection_params(self) -> dict[str, Any]:
        # The embedded server is started by the first connection, so that `makemigrations` or a type check
        # never starts a database.
        opening.start_embedded(self.settings_dict)
        parameters: dict[str, Any] = super().get_connection_params()
        return opening.guarded(parameters)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        raw = self.session_for(self.wanted())
        self.lent(raw)
        return raw

    def home_session(self) -> Any:
        """A session of the application's own login, from the pool where there is one."""
        try:
            raw = super().get_new_connection(self.get_connection_params())
        except psycopg.OperationalError:
            # The embedded server may have died.
            if self.pool or not opening.start_embedded(self.settings_dict, again=True):
                raise
            raw = super().get_new_connection(self.get_connection_params())
        self._note(raw, HOME)
        opening.inspect(raw, self.settings_dict, self.alias)
        return raw

    def parameters_of(self, cluster: str) -> dict[str, Any]:
        """psycopg's parameters for the application's login in a cluster."""
        before = self.settings_dict
        self.settings_dict = opening.settings_of(before, cluster)
        try:
            return self.get_connection_params()
        finally:
            self.settings_dict = before

    def _configure_connection(self, connection: Any) -> bool:
        # For the pool too, before anybody has borrowed it.
        self._note(connection, self.home)
        return bool(super()._configure_connection(connection))

    def _configure_timezone(self, connection: Any) -> bool:
        connection.earshot.zone = self.timezone_name
        with trusting(connection):
            set_zone(connection)
        return True

    def _note(self, raw: Any, target: Target) -> None:
        if not hasattr(raw, "earshot"):
            raw.earshot = Session(target)
            raw.server_cursor_factory = GuardedServerCursor

    def lent(self, raw: Any) -> None:
        """Have a session's cursors follow this wrapper's switches."""
        lend(raw, _settler(self, raw.earshot))

    def set_tenant(self, tenant: Any, include_public: bool = False) -> None:
        """A client's search_path never includes public: a table missing there must fail, not be found here."""
        super().set_tenant(tenant, include_public=False)

    def set_schema(self, schema_name: str, include_public: bool = False, tenant_type: str | None = None) -> None:
        if schema_name == self.schema_name and self.search_path_set_schemas:
            return
        super().set_schema(schema_name, include_public=False, tenant_type=tenant_type)

    def forget_applied(self) -> None:
        """Have the next statement look whether a switch is due."""
        self.search_path_set_schemas = None

    def rollback(self) -> None:
        self._unapply()
        super().rollback()

    def savepoint_rollback(self, sid: str) -> None:
        self._unapply()
        super().savepoint_rollback(sid)

    def _unapply(self) -> None:
        # A SET ends with the transaction or savepoint that it was sent in.
        if self.connection is not None:
            self.connection.earshot.applied = None

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

    def _cursor(self, name: str | None = None) -> Any:
        self.choose()
        return super()._cursor(name)

    def _savepoint(self, sid: str) -> None:
        self.choose()
        self._own(super()._savepoint, sid)

    def _savepoint_commit(self, sid: str) -> None:
        self._stay(super()._savepoint_commit, sid)

    def _savepoint_rollback(self, sid: str) -> None:
        self._stay(super()._savepoint_rollback, sid)

    def check_constraints(self, table_names: Any = None) -> None:
        self.choose()
        self.ensure_connection()
        with trusting(self.connection):
            super().check_constraints(table_names)

    def _own(self, statement: Callable[[str], None], sid: str) -> None:
        self.ensure_connection()
        with trusting(self.connection):
            statement(sid)

    def _stay(self, statement: Callable[[str], None], sid: str) -> None:
        # A savepoint ends in the session it began in, wherever the next statement goes.
        self._setting_search_path = True
        try:
            self._own(statement, sid)
        finally:
            self._setting_search_path = False

    def _handle_search_path(self, cursor: Any = None) -> None:
        if self._setting_search_path or self.search_path_set_schemas:
            return
        schema = self.schema_name or PUBLIC
        raw = self.connection
        session: Session = raw.earshot
        if session.target.login:
            # It has this one path from the start, and no other role.
            self.search_path_set_schemas = [schema]
            return
        if self.keep_owner:
            role = quoted(self.owner) if self.owner else "NONE"
        else:
            role = "NONE" if schema == PUBLIC else quoted(schema)
        if session.applied == (schema, role):
            self.search_path_set_schemas = [schema]
            session.owning = self.keep_owner
            return
        session.applied = None
        self._setting_search_path = True
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
            session.applied = (schema, role)
            session.owning = self.keep_owner
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


def _settler(wrapper: DatabaseWrapper, session: Session) -> Callable[[], None]:
    known = weakref.ref(wrapper)

    def settle() -> None:
        found = known()
        # While it connects, there is no connection yet to send a switch on.
        if found is None or found.connection is None or found._setting_search_path:
            return
        found.choose()
        if found.connection is None or found.connection.earshot is not session:
            raise StatementRefused("this cursor's session is not the client's; open a new cursor")
        found._handle_search_path()

    return settle
