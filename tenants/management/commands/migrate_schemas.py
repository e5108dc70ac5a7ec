"""django-tenants' `migrate_schemas`, run as the owner: a client's own role may not change its tables."""

from __future__ import annotations

from typing import Any

from django_tenants.management.commands.migrate_schemas import MigrateSchemasCommand

from kernel import db
from tenants import schema


class Command(MigrateSchemasCommand):  # type: ignore[misc]
    def handle(self, *args: Any, **options: Any) -> None:
        with db.as_owner():
            super().handle(*args, **options)
            if not options.get("schema_name"):
                schema.migrate_clusters()
                schema.admit_login()
