"""What decides what a client's schema looks like, in one short text."""

from __future__ import annotations

import hashlib
import inspect
import sys
from functools import lru_cache
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader


def code_digest() -> str:
    """A digest of every migration's name and source, Django's version, and the server's: equal where migrating from
    nothing comes to the same schema. Reads the sources once per process and set of applications."""
    installed = tuple(config.name for config in apps.get_app_configs())
    moved = tuple(sorted((app, str(place)) for app, place in settings.MIGRATION_MODULES.items()))
    code = _sources(installed, moved, tuple(settings.TENANT_APPS))
    return hashlib.sha256(f"{code} {connection.pg_version}".encode()).hexdigest()  # type: ignore[attr-defined]


@lru_cache(maxsize=8)
def _sources(installed: tuple[str, ...], moved: tuple[tuple[str, str], ...], tenant_apps: tuple[str, ...]) -> str:
    found = hashlib.sha256(repr((django.get_version(), tenant_apps)).encode())
    loader = MigrationLoader(None, ignore_no_migrations=True)
    for (app, name), migration in sorted(loader.disk_migrations.items()):
        module = sys.modules[type(migration).__module__]
        source = Path(inspect.getfile(module))
        content = source.read_bytes() if source.exists() else b""
        found.update(repr((app, name, hashlib.sha256(content).hexdigest())).encode())
    # The writer of images is part of what an image looks like.
    for path in sorted(Path(__file__).parent.glob("*.py")):
        found.update(path.read_bytes())
    return found.hexdigest()
