"""Who Django takes a session's person to be. There is one way to sign in, `signing_in.sign_in`, and it is not here."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend


class Backend(ModelBackend):
    """Loads people and their rights in the admin. Proves nobody: Django's `authenticate` would know no lock-out and no
    second factor."""

    def authenticate(self, request: Any, **credentials: Any) -> None:  # type: ignore[override]
        return None
