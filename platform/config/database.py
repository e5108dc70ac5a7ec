"""Where the data lives: DATABASE_URL, or the embedded PostgreSQL under the project's home."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

ENGINE = "kernel.db"
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
