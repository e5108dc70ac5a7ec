"""Fixtures for tests whose clients are really committed, and for migrations that come after today's."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import Settings

from analytics.reports import migrations
from kernel import db
from tenants import schema, services
from tenants.models import Agency, ApiKey, AuditEvent, Branding, Client, Membership, SchemaImage, User
from tenants.schema import template
from tests.cast import PASSWORD

LaterMigrations = Callable[..., None]
_numbers = itertools.count()


@pytest.fixture
def agency(committed: None) -> Iterator[tuple[Agency, User]]:
    """An agency with its owner, committed, and removed afterwards with all it has."""
    # The mark hides all other rooms, so that their tables are not emptied; a new client's schema needs their tables.
    apps.unset_available_apps()
    images = list(SchemaImage.objects.values_list("digest", flat=True))
    made, owner, _ = services.sign_up(agency_name="Passing", email="owner@passing.example", password=PASSWORD)
    yield made, owner
    with db.as_owner():  # the application itself cannot delete from the audit log
        for client in Client.objects.filter(agency=made):
            schema.drop(client.schema_name)
            client.delete()
        for model in (AuditEvent, ApiKey, Branding, Membership):
            model.objects.filter(agency=made).delete()
        made.delete()
        owner.delete()
        SchemaImage.objects.exclude(digest__in=images).delete()
    apps.set_available_apps(["kernel.queue"])


@pytest.fixture
def later_migrations(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[LaterMigrations]:
    """`later_migrations("AddField(…)", "RunSQL(…), RunSQL(…)")` gives the reports' room two more migrations, with these
    operations, until the test is over. Code before them is `extra`."""
    monkeypatch.syspath_prepend(tmp_path)

    def add(*operations: str, extra: str = "") -> None:
        name = f"later_migrations_{next(_numbers)}"
        package = tmp_path / name
        package.mkdir()
        (package / "__init__.py").touch()
        ours = sorted(path.stem for path in Path(migrations.__path__[0]).glob("0*.py"))
        for before in ours:
            (package / f"{before}.py").write_text(
                "from importlib import import_module\n"
                f"Migration = import_module('analytics.reports.migrations.{before}').Migration\n"
            )
        for number, listed in enumerate(operations, 2):
            this = f"{number:04}_later"
            (package / f"{this}.py").write_text(
                "from django.db import migrations, models\n"
                "from django.db.migrations import *\n"
                f"{extra}\n"
                "class Migration(migrations.Migration):\n"
                f"    dependencies = [('reports', '{before}')]\n"
                f"    operations = [{listed}]\n"
            )
            before = this
        settings.MIGRATION_MODULES = {"reports": name}

    yield add
    template.forget()
