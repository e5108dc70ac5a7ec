"""How far each client's schema is, and whether the code is ahead of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from kernel import db
from kernel.db.base import quoted
from kernel.errors import TenantUnavailable
from kernel.logs import get_logger
from tenants.models import Client
from tenants.schema.digest import code_digest

log = get_logger(__name__)

# An application's label and a migration's name.
Key = tuple[str, str]

# As many schemas as one statement reads: each takes a few of PostgreSQL's lock slots; there are some thousands.
AT_ONCE = 1_000

# Which sets of applied migrations lack nothing of which code, so that a client that is behind costs no look at the
# sources with every request.
_complete: dict[tuple[str, frozenset[Key]], bool] = {}
_MOST_KEPT = 100

# Schemas seen to be up to date, by the digest of the code they are up to date with. A schema never goes back.
_current: dict[str, str] = {}


class ClientBehind(TenantUnavailable):
    """The code is ahead of the client's schema."""

    code = "client_behind"
    title = "This client's data is being brought up to date"
    retry_after = 30


def read(schemas: Sequence[str] | None = None) -> dict[str, frozenset[Key] | None]:
    """Which migrations are applied in each client's schema, or in these: one statement per thousand clients. None for
    a client that has no schema or no record of migrations, also where its cluster cannot be reached."""
    found: dict[str, frozenset[Key] | None] = {}
    for cluster, wanted in by_cluster(schemas).items():
        found |= dict.fromkeys(wanted)
        try:
            with db.on_cluster(cluster), db.as_owner():
                found |= _read(wanted)
        except TenantUnavailable:
            log.warning("cluster.not_read", cluster=cluster)
    return found


def by_cluster(schemas: Sequence[str] | None = None) -> dict[str, list[str]]:
    """All clients' schemas, or these, in order, by the cluster that has them."""
    found: dict[str, list[str]] = {}
    rows = Client.objects.order_by("schema_name").values_list("cluster", "schema_name")
    for cluster, name in rows if schemas is None else rows.filter(schema_name__in=schemas):
        found.setdefault(cluster, []).append(name)
    return found


def _read(wanted: list[str]) -> dict[str, frozenset[Key] | None]:
    """The same in the cluster that is being worked in."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nspname FROM pg_namespace n WHERE nspname = ANY(%s) AND EXISTS "
            "(SELECT FROM pg_class WHERE relnamespace = n.oid AND relname = 'django_migrations')",
            [wanted],
        )
        there = {row[0] for row in cursor.fetchall()}
        found: dict[str, frozenset[Key] | None] = {}
        names = [name for name in wanted if name in there]
        for start in range(0, len(names), AT_ONCE):
            part = names[start : start + AT_ONCE]
            cursor.execute(
                " UNION ALL ".join(
                    f"SELECT '{name}', string_agg(app || '.' || name, ' ') FROM {quoted(name)}.django_migrations"
                    for name in part
                )
            )
            known: dict[str, frozenset[Key]] = {}
            for name, applied in cursor.fetchall():
                # Nearly all clients have the same: they share one set.
                if applied not in known:
                    known[applied] = frozenset(_key(text) for text in (applied or "").split())
                found[name] = known[applied]
    return found


def missing(applied: Iterable[Key], loader: MigrationLoader | None = None) -> list[Key]:
    """The migrations of this code that are not among those applied."""
    done = set(applied)
    graph = (loader or MigrationLoader(None, ignore_no_migrations=True)).graph
    return sorted(
        key
        for key, migration in graph.nodes.items()
        if key not in done and not (migration.replaces and done.issuperset(migration.replaces))
    )


def behind(schemas: Sequence[str] | None = None) -> dict[str, list[str]]:
    """The clients' schemas that this code is ahead of, each with the migrations it lacks, written `app.name`. One that
    is not there at all lacks everything."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    lacking: dict[frozenset[Key], list[str]] = {}
    found = {}
    for name, applied in read(schemas).items():
        key = applied or frozenset()
        if key not in lacking:
            lacking[key] = [f"{app}.{migration}" for app, migration in missing(key, loader)]
        if lacking[key]:
            found[name] = lacking[key]
    return found


def public_behind() -> list[str]:
    """The migrations of shared applications that the public schema lacks."""
    labels = {config.label for config in apps.get_app_configs() if config.name in settings.SHARED_APPS}
    applied: list[Key] = []
    with db.public(), connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('public.django_migrations') IS NOT NULL")
        if cursor.fetchone() == (True,):
            cursor.execute("SELECT app, name FROM django_migrations")
            applied = [(app, name) for app, name in cursor.fetchall()]
    return [f"{app}.{name}" for app, name in missing(applied) if app in labels]


def require_current(schema: str) -> None:
    """Raise ClientBehind where this code is ahead of the client's schema, TenantUnavailable where that is not there:
    code must not work on tables it does not know. Asks once per process and client that is up to date, then no more."""
    digest = code_digest()
    if _current.get(schema) == digest:
        return
    with db.enter(schema), db.as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [f"{quoted(schema)}.django_migrations"])
        ((there,),) = cursor.fetchall()
        if not there:
            raise TenantUnavailable("The client's schema is not available.")
        cursor.execute(f"SELECT app, name FROM {quoted(schema)}.django_migrations")
        applied = frozenset((app, name) for app, name in cursor.fetchall())
    if (digest, applied) not in _complete:
        if len(_complete) >= _MOST_KEPT:
            _complete.clear()
        _complete[digest, applied] = not missing(applied)
    if not _complete[digest, applied]:
        raise ClientBehind()
    _current[schema] = digest


def _key(text: str) -> Key:
    app, _, name = text.partition(".")
    return app, name
