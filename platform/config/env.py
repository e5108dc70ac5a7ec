"""Typed readers for the environment: the one way a setting comes in from outside."""

from __future__ import annotations

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off", ""}


def text(name: str, default: str = "") -> str:
    """The variable as it stands, or `default` where it is not set."""
    return os.environ.get(name, default)


def flag(name: str, default: bool = False) -> bool:
    """1/true/yes/on or 0/false/no/off, in any case. Raises ImproperlyConfigured for anything else."""
    value = os.environ.get(name)
    if value is None:
        return default
    lowered = value.strip().lower()
    if lowered in _TRUE:
        return True
    if lowered in _FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be one of 1/true/yes/on or 0/false/no/off.")


def integer(name: str, default: int, *, low: int | None = None, high: int | None = None) -> int:
    """A whole number within [low, high]. Raises ImproperlyConfigured otherwise."""
    value = os.environ.get(name)
    if value is None:
        return default
    try:
        number = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number.") from None
    if (low is not None and number < low) or (high is not None and number > high):
        raise ImproperlyConfigured(f"{name} must lie between {low} and {high}.")
    return number


def choice(name: str, default: str, known: tuple[str, ...]) -> str:
    """One of `known`. Raises ImproperlyConfigured for anything else."""
    value = os.environ.get(name, default).strip()
    if value not in known:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(one for one in known if one)}, or unset.")
    return value


def words(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """A comma-separated list, blanks trimmed, empty items dropped."""
    value = os.environ.get(name)
    if value is None:
        return list(default)
    return [word.strip() for word in value.split(",") if word.strip()]


def folder(name: str, default: Path) -> Path:
    """An absolute path to a folder; not created here."""
    return Path(os.environ.get(name, str(default))).expanduser().resolve()


def secret(name: str) -> str | None:
    """A secret from NAME, or from the file that NAME_FILE points to. None where neither is set.

    Raises ImproperlyConfigured when both are set or the file cannot be read.
    """
    value, path = os.environ.get(name), os.environ.get(f"{name}_FILE")
    if value and path:
        raise ImproperlyConfigured(f"Set {name} or {name}_FILE, not both.")
    if path:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE cannot be read: {error.strerror}.") from None
        except UnicodeError:
            raise ImproperlyConfigured(f"{name}_FILE cannot be read: it is not UTF-8 text.") from None
    return value or None
