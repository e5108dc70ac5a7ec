"""Opening sessions: with what parameters, and as whom."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from django.db.backends.base.base import NO_DB_ALIAS

from kernel import embedded
from kernel.db import inspection, logins
from kernel.db.cursors import GuardedCursor, GuardedServerCursor
from kernel.db.sessions import Session, Target, set_zone

if TYPE_CHECKING:
    from kernel.db.base import DatabaseWrapper

_CONNECT_TIMEOUT_S = 10

# The sockets of embedded servers that this process has reached, by their data directories.
_reached: dict[str, Path] = {}


def start_embedded(settings: dict[str, Any], *, again: bool = False) -> bool:
    """Start the embedded server where the settings want one, and write into them how to reach it; False where they do
    not. A server that was reached before is only looked after anew when its socket is gone, or `again`."""
    options = settings.get("EMBEDDED")
    if not options:
        return False
    if again or not _reached.get(str(options["data_dir"]), Path()).is_socket():
        instance = embedded.ensure(options["data_dir"], durable=options["durable"])
        for key, value in embedded.database_settings(instance).items():
            if key != "NAME":
                settings[key] = value
        _reached[str(options["data_dir"])] = Path(instance.host) / f".s.PGSQL.{instance.port}"
    return True


def guarded(parameters: dict[str, Any]) -> dict[str, Any]:
    """psycopg's parameters for a connection with our cursors."""
    parameters["cursor_factory"] = GuardedCursor
    parameters.setdefault("connect_timeout", _CONNECT_TIMEOUT_S)
    return parameters


def owner_of(settings: dict[str, Any], cluster: str) -> str:
    """The role that owns a cluster's tables; "" where that is the login."""
    return str(settings.get("OWNER") or "")


def inspect(raw: Any, settings: dict[str, Any], alias: str) -> None:
    """Warn, or refuse, where the database is not hardened."""
    if alias != NO_DB_ALIAS:
        inspection.check_once(raw, refuse=bool(settings.get("MUST_BE_HARDENED")))


def connect(wrapper: DatabaseWrapper, target: Target) -> Any:
    """A new session at the target, in autocommit, lent to nobody yet. Raises psycopg.OperationalError."""
    parameters = wrapper.get_connection_params()
    parameters["autocommit"] = True
    if not target.login:
        raw: Any = psycopg.connect(**parameters)
    else:
        # After RESET and DISCARD too, the path is this one.
        path = f'-c search_path="{target.login}"'
        parameters["options"] = f"{parameters.get('options', '')} {path}".strip()
        parameters["user"] = target.login
        raw = _log_in(parameters, target.login)
    raw.earshot = Session(target, zone=wrapper.timezone_name)
    raw.server_cursor_factory = GuardedServerCursor
    set_zone(raw)
    return raw


def _log_in(parameters: dict[str, Any], role: str) -> Any:
    """By the newest master key or, while they are being rotated, by an older one."""
    refused: psycopg.OperationalError | None = None
    for password in logins.passwords(role):
        try:
            return psycopg.connect(**{**parameters, "password": password})
        except psycopg.OperationalError as error:
            refused = error
    assert refused is not None
    raise refused
