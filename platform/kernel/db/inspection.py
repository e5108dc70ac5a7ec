"""Whether the database is hardened (`kernel.hardening`) and the login as weak as it should be."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured

from kernel.logs import get_logger

log = get_logger(__name__)


def weaknesses(raw: Any) -> list[str]:
    """What a psycopg connection's database still lacks, in words; [] for a hardened one."""
    row = raw.execute(
        "SELECT pg_catalog.has_function_privilege('set_config(text, text, boolean)', 'EXECUTE'), "
        "pg_catalog.has_language_privilege('plpgsql', 'USAGE'), "
        "r.rolsuper, r.rolcreaterole OR r.rolcreatedb OR r.rolinherit, "
        "pg_catalog.pg_has_role(d.datdba, 'USAGE') "
        "FROM pg_catalog.pg_roles r, pg_catalog.pg_database d "
        "WHERE r.rolname = session_user AND d.datname = pg_catalog.current_database()"
    ).fetchone()
    words = (
        "everybody may call set_config",
        "everybody may write DO blocks",
        "the login is a superuser",
        "the login may make roles or databases, or inherits",
        "the login owns the database",
    )
    return [word for word, found in zip(words, row, strict=True) if found]


_checked: set[str] = set()


def check_once(raw: Any, *, refuse: bool, cluster: str = "default") -> None:
    """Look, on a process's first connection to a cluster, whether the database is hardened, and warn where it is not.

    Raises ImproperlyConfigured instead when `refuse`.
    """
    if cluster in _checked:
        return
    found = weaknesses(raw)
    if not raw.autocommit:
        raw.rollback()
    if found and refuse:
        raise ImproperlyConfigured(
            f"Injected SQL could reach other clients: {'; '.join(found)}. See docs/operations.md, PostgreSQL."
        )
    if found:
        log.warning("database.not_hardened", cluster=cluster, weaknesses=found)
    _checked.add(cluster)
