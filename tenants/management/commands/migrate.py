"""`manage.py migrate`: the public schema, then every client's, several clients at once."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command

from tenants.management.commands import migrate_schemas

# What only django-tenants' own command knows how to do.
_PARTICULAR = (
    "app_label", "schema_name", "tenant", "shared", "fake", "fake_initial", "plan", "prune", "check_unapplied",
)  # fmt: skip


class Command(migrate_schemas.Command):
    help = (
        "Bring the public schema up to date and then, by migrate_clients, every client's. With an application, a "
        "schema, or one of --shared, --tenant, --fake, --fake-initial, --plan, --prune, --check, it is migrate_schemas."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if any(options.get(name) for name in _PARTICULAR):
            super().handle(*args, **options)
            return
        super().handle(*args, **{**options, "shared": True})
        call_command("migrate_clients", verbosity=options["verbosity"], stdout=self.stdout, stderr=self.stderr)
