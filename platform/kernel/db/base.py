"""The database backend: django-tenants' search_path switch, with a role per client and failing closed."""

from __future__ import annotations

from typing import Any

import psycopg
from django.db.utils import DatabaseError, InternalError
from django_tenants.postgresql_backend.base import DatabaseWrapper as SchemaDatabaseWrapper
from django_tenants.postgresql_backend.base import is_valid_schema_name

from kernel import embedded
from kernel.errors import TenantUnavailable

PUBLIC = "public"


def quoted(name: str) -> str:
    if not is_valid_schema_name(name):
        raise TenantUnavailable("The schema name is not valid.")
    return f'"{name}"'


class DatabaseWrapper(SchemaDatabaseWrapper):  # type: ignore[misc]
    """Sends `SET search_path; SET ROLE` in one round trip before the first statement after a switch."""

    search_path_set_schemas: list[str] | None
    _setting_search_path: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.keep_owner = False
        super().__init__(*args, **kwargs)

    def get_connection_params(self) -> dict[str, Any]:
        # The embedded server is started by the first connection, so that `makemigrations` or a type check
        # never starts a database.
        options = self.settings_dict.get("EMBEDDED")
        if options:
            instance = embedded.ensure(options["data_dir"], durable=options["durable"])
            for key, value in embedded.database_settings(instance).items():
                if key != "NAME":
                    self.settings_dict[key] = value
        return super().get_connection_params()  # type: ignore[no-any-return]

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

    def _handle_search_path(self, cursor: Any = None) -> None:
        if self._setting_search_path or self.search_path_set_schemas:
            return
        schema = self.schema_name or PUBLIC
        role = "NONE" if schema == PUBLIC or self.keep_owner else quoted(schema)
        self._setting_search_path = True
        own = self.connection.cursor() if cursor is None else cursor
        try:
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
        finally:
            self._setting_search_path = False
            if cursor is None:
                own.close()
