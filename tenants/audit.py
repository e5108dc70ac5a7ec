"""The append-only record of who did what to which client."""

from __future__ import annotations

from typing import Any

from tenants.models import AuditEvent


def record(
    *, agency_id: str, actor: str, action: str, client_id: str = "", detail: dict[str, Any] | None = None
) -> None:
    """Write one event, in the caller's transaction. `detail` holds ids, field names and counts; never content."""
    AuditEvent.objects.create(
        agency_id=agency_id, actor=actor, action=action, client_id_text=client_id, detail=detail or {}
    )
