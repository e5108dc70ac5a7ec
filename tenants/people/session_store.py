"""Sessions in the database, found by a digest of the cookie's value: whoever reads the table can take none over."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone


class SessionStore(DatabaseStore):
    """Django's store, whose column holds 160 bits of the key's SHA-256 instead of the key. Our views are synchronous,
    and so is this."""

    def _get_session_from_db(self) -> Any:
        kept = self.model.objects.filter(
            session_key=_digest(self.session_key or ""), expire_date__gt=timezone.now()
        ).first()
        if kept is None:
            self._session_key = None
        return kept

    def exists(self, session_key: str) -> bool:
        return super().exists(_digest(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        row = super().create_model_instance(data)
        row.session_key = _digest(row.session_key)
        return row

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            super().delete(_digest(key))

    async def aload(self) -> dict[str, Any]:
        raise NotImplementedError("sessions are read by synchronous views")

    async def asave(self, must_create: bool = False) -> None:
        raise NotImplementedError("sessions are written by synchronous views")


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:40]
