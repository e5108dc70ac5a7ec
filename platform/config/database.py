"""Where the data lives: DATABASE_URL, or the embedded PostgreSQL under the project's home."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from config import env

ENGINE = "kernel.db"
_ALIAS = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_SCHEMES = {"postgres", "postgresql"}


def from_url(url: str, *, owner: str = "") -> dict[str, Any]:
    """Django's database settings for `postgresql://user:password@host:port/name?option=value`. `owner` is the role
    that owns the tables, where that is not the user.

    Raises ImproperlyConfigured, never repeating the URL, which holds a password.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ImproperlyConfigured("DATABASE_URL is not a URL; percent-encode what is special in it.") from None
    if parts.scheme not in _SCHEMES:
        raise ImproperlyConfigured("DATABASE_URL must start with postgresql://.")
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise ImproperlyConfigured("DATABASE_URL names no database.")
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", "") or unquote(parts.hostname or "")
    try:
        port = parts.port
    except ValueError:
        raise ImproperlyConfigured("DATABASE_URL has a port that is not a number.") from None
    return {
        "ENGINE": ENGINE,
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(port or ""),
        "OPTIONS": options,
    } | ({"OWNER": owner} if owner else {})


def embedded(data_dir: Path, *, durable: bool) -> dict[str, Any]:
    """Settings for the embedded PostgreSQL; it is started on the first connection, not before."""
    return {"ENGINE": ENGINE, "NAME": "earshot", "EMBEDDED": {"data_dir": data_dir, "durable": durable}}


def clusters(*, owner: str) -> dict[str, dict[str, Any]]:
    """Settings of the further clusters that EARSHOT_CLUSTERS names, `eu=postgresql://…;us=postgresql://…`, by alias.

    Raises ImproperlyConfigured, never repeating a URL.
    """
    found: dict[str, dict[str, Any]] = {}
    for part in filter(None, (text.strip() for text in (env.secret("EARSHOT_CLUSTERS") or "").split(";"))):
        alias, _, url = part.partition("=")
        if not _ALIAS.fullmatch(alias) or alias == "default" or alias in found:
            raise ImproperlyConfigured("EARSHOT_CLUSTERS must be like eu=postgresql://…;us=postgresql://…")
        try:
            found[alias] = from_url(url, owner=owner)
        except ImproperlyConfigured as problem:
            raise ImproperlyConfigured(f"EARSHOT_CLUSTERS, {alias}: {problem}") from None
        found[alias]["OPTIONS"] |= {"prepare_threshold": None, "server_side_binding": True}
    return found


def sessions() -> dict[str, Any]:
    """How long connections live, how many there may be, and whether each client has logins of its own.

    Raises ImproperlyConfigured for a value that makes no sense.
    """
    isolation = env.text("EARSHOT_ISOLATION", "default")
    if isolation not in ("default", "strict"):
        raise ImproperlyConfigured("EARSHOT_ISOLATION must be default or strict.")
    pooled = _pool_size() > 0
    if pooled and env.integer("EARSHOT_CONN_MAX_AGE", 0, low=0):
        raise ImproperlyConfigured("Set EARSHOT_POOL_SIZE or EARSHOT_CONN_MAX_AGE, not both.")
    return {
        "ISOLATION": isolation,
        "CLIENT_SESSIONS": env.integer("EARSHOT_CLIENT_SESSIONS", 16, low=0),
        # A pool has connections for the time of a request only.
        "CONN_MAX_AGE": 0 if pooled else env.integer("EARSHOT_CONN_MAX_AGE", 300, low=0),
        # A connection that died meanwhile is replaced at the next request or message, in whichever thread it was kept.
        "CONN_HEALTH_CHECKS": True,
        "CONN_MAX_LIFETIME": _lifetime(),
    }


def session_options() -> dict[str, Any]:
    """psycopg's and the pool's options."""
    options: dict[str, Any] = {"prepare_threshold": None}
    size = _pool_size()
    if size:
        options["pool"] = {"min_size": 1, "max_size": size, "max_lifetime": _lifetime(), "timeout": 30}
    return options


def _pool_size() -> int:
    return env.integer("EARSHOT_POOL_SIZE", 0, low=0, high=1000)


def _lifetime() -> int:
    return env.integer("EARSHOT_CONN_MAX_LIFETIME", 1800, low=1)
