"""Keeping what clients tell of themselves. Call these in the public schema."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from tenants.models import Client, ClientSummary
from tenants.portfolio.contracts import SENTIMENT_DROP, Alert, Summary

_COLUMNS = tuple(field.name for field in fields(Summary) if field.name != "alerts")


@transaction.atomic
def keep_summary(*, client_id: str, as_of: datetime, summary: Summary) -> bool:
    """Make `summary` what is known of the client, unless something newer is. Returns whether it was kept.

    Doing it twice changes nothing. A client that is gone is passed over.
    """
    if not Client.objects.filter(id=client_id).exists():
        return False
    known = ClientSummary.objects.filter(client_id=client_id)
    alerts = _lasting(summary.alerts, known.values_list("alerts", flat=True).first() or [])
    told: dict[str, Any] = {name: getattr(summary, name) for name in _COLUMNS}
    told |= {"alerts": [alert.to_json() for alert in alerts], "alert_count": len(alerts), "as_of": as_of}
    # First the row, then its content: of two that come at once, whichever goes first, the newer one stays.
    ClientSummary.objects.bulk_create([ClientSummary(client_id=client_id, **told)], ignore_conflicts=True)
    known.filter(as_of__lt=as_of).update(**told)
    return known.filter(as_of=as_of).exists()


def _lasting(alerts: tuple[Alert, ...], before: list[dict[str, Any]]) -> list[Alert]:
    """A drop in sentiment that was there before is as old as it was then; the others know themselves."""
    since = {old["kind"]: Alert.from_json(old).since for old in before if old["kind"] == SENTIMENT_DROP}
    return [replace(alert, since=since.get(alert.kind, alert.since)) for alert in alerts]
