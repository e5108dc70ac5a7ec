"""Opening sessions: with what parameters, and as whom."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from django.db.backends.base.base import NO_DB_ALIAS

from kernel import embedded
from kernel.db import inspection, logins
from kernel.db.cursors import GuardedCursor, GuardedServerCursor
from kernel.db.sessions import DEFAULT_CLUSTER, Session, Target, set_zone
from kernel.errors import TenantUnavailable

if TYPE_CHECKING:
    from kernel.db.base import DatabaseWrapper

_CONNECT_TIMEOUT_S = 10

_NOWHERE = {"HOST": "", "PORT": "", "USER": "", "PASSWORD": "", "NAME": ""}
_PLACE = frozenset({*_NOWHERE, "EMBEDDED", "CLUSTERS", "OWNER", "OPTIONS"})

# The embedded servers that this process has reached, by their data directories.
_reached: dict[str, embedded.Instance] = {}


def start_embedded(settings: dict[str, Any], *, again: bool = False) -> bool:
    """Start the embedded server where the settings want one, and write into them how to reach it; False where they do
    not. A server that was reached before is only looked after anew when its socket is gone, or `again`."""
    options = settings.get("EMBEDDED")
    if not options:
        return False
    instance = _reached.get(str(options["data_dir"]))
    if again or instance is None or not (Path(instance.host) / f".s.PGSQL.{instance.port}").is_socket():
        instance = embedded.ensure(options["data_dir"], durable=options["durable"])
        _reached[str(options["data_dir"])] = instance
    for key, value in embedded.database_settings(instance).items():
        if key != "NAME":
            settings[key] = value
    return True


def guarded(parameters: dict[str, Any]) -> dict[str, Any]:
    """psycopg's parameters for a connection with our cursors."""
    parameters["cursor_factory"] = GuardedCursor
    parameters.setdefault("connect_timeout", _CONNECT_TIMEOUT_S)
    return parameters


def settings_of(settings: dict[str, Any], cluster: str) -> dict[str, Any]:
    """Django's settings for a cluster: what all have in common, and where this one is. Raises TenantUnavailable for a
    cluster that the settings do not name."""
    if cluster == DEFAULT_CLUSTER:
        return settings
    own = settings.get("CLUSTERS", {}).get(cluster)
    if own is None:
        raise TenantUnavailable("The client's cluster is not known here.")
    try:
        start_embedded(own)
    except embedded.EmbeddedError as error:
        raise TenantUnavailable("The client's database is not available.") from error
    # What is missing must be missing, and not be the first cluster's.
    return {**{key: value for key, value in settings.items() if key not in _PLACE}, **_NOWHERE, **own}


def owner_of(settings: dict[str, Any], cluster: str) -> str:
    """The role that owns a cluster's tables; "" where that is the login."""
    own = settings if cluster == DEFAULT_CLUSTER else settings.get("CLUSTERS", {}).get(cluster, {})
    return str(own.get("OWNER") or "")


def inspect(raw: Any, settings: dict[str, Any], alias: str, *, cluster: str = DEFAULT_CLUSTER) -> None:
    """Warn, or refuse, where the database is not hardened."""
    if alias != NO_DB_ALIAS:
        inspection.check_once(raw, refuse=bool(settings.get("MUST_BE_HARDENED")), cluster=cluster)


def connect(wrapper: DatabaseWrapper, target: Target) -> Any:
    """A new session at the target, in autocommit, lent to nobody yet. Raises psycopg.OperationalError."""
    parameters = wrapper.parameters_of(target.cluster)
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
    if not target.login:
        inspect(raw, wrapper.settings_dict, wrapper.alias, cluster=target.cluster)
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
