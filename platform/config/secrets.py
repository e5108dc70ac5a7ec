"""Secrets: from the environment in production, made once and kept under the project's home elsewhere."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from config import env


def read_or_make(name: str, *, home: Path, production: bool) -> str:
    """The secret `name`: 32 random bytes in URL-safe base64 where it has to be made.

    Raises ImproperlyConfigured in production when neither NAME nor NAME_FILE is set.
    """
    value = env.secret(name)
    if value:
        return value
    if production:
        raise ImproperlyConfigured(f"{name} (or {name}_FILE) must be set in production.")
    path = home / "secrets" / name.lower()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        made = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        file.write(made)
    return made
