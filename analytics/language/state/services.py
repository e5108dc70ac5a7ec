"""Telling which engine serves, and reading what was told."""

from __future__ import annotations

from datetime import datetime

from analytics.language.state.models import EngineState
from kernel import db


def tell(*, wanted: str, model_id: str, problem: str, detail: str, now: datetime) -> None:
    """Write down what serves in this worker; the last word counts. Outside every client."""
    with db.public():
        EngineState.objects.update_or_create(
            id=1,
            defaults={
                "wanted": wanted[:40],
                "model_id": model_id[:120],
                "problem": problem[:40],
                "detail": detail[:300],
                "told_at": now,
            },
        )


def told() -> EngineState | None:
    """What a worker told last; None before the first one started."""
    with db.public():
        return EngineState.objects.filter(id=1).first()
