"""A second PostgreSQL cluster beside the tests' own."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from config import database
from kernel import db, embedded
from kernel.db import directory
from kernel.db.targets import store
from tenants import schema


@pytest.fixture(scope="module")
def second() -> Iterator[Path]:
    """A second server's directory."""
    path = Path(tempfile.mkdtemp(prefix="earshot-test-"))
    path.chmod(0o711)
    yield path / "eu"
    embedded.remove(path / "eu")
    shutil.rmtree(path)


@pytest.fixture
def eu(second: Path, committed: None) -> Iterator[None]:
    """The settings name a second cluster, and it has been migrated."""
    connection.settings_dict["CLUSTERS"] = {
        "eu": {
            **database.embedded(second, durable=False),
            "OPTIONS": {"prepare_threshold": None, "server_side_binding": True},
        }
    }
    schema.migrate_clusters()
    schema.admit_login()
    directory.forget()
    yield
    with db.on_cluster("eu"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM public.queue_message")
    connection.close()
    store.clear()
    directory.forget()
    connection.settings_dict["CLUSTERS"] = {}


def schemas(alias: str) -> set[str]:
    with db.on_cluster(alias), connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname ~ '^c_[0-9a-f]{32}$'")
        return {name for (name,) in cursor.fetchall()}
