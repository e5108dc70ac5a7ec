"""What a further cluster has in its public schema: the queue, and nothing of agencies or clients."""

from __future__ import annotations

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from kernel import db


def migrate_clusters() -> None:
    """Bring the public schemas of all clusters but the first up to date. That one is django-tenants' to migrate."""
    for alias in db.clusters()[1:]:
        with db.on_cluster(alias), db.as_owner():
            executor = MigrationExecutor(connection)
            executor.migrate(executor.loader.graph.leaf_nodes("queue"))
