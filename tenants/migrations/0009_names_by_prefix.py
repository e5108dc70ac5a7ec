"""Indexes for the admin's search: how a name begins, in any case."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations


def index(table: str) -> migrations.RunSQL:
    # What Django's `istartswith` compares; not in the models' Meta, which would need contrib.postgres installed.
    name = f"{table}_name_prefix"
    return migrations.RunSQL(
        f"CREATE INDEX {name} ON {table} (upper(name::text) text_pattern_ops)", f"DROP INDEX {name}"
    )


class Migration(migrations.Migration):
    dependencies: ClassVar = [("tenants", "0008_summaries_meter_nothing")]

    operations: ClassVar = [index("tenants_agency"), index("tenants_client")]
