"""Telling the agency's meters what this client uses, read in its own schema."""

from __future__ import annotations

from datetime import datetime, timedelta

from analytics.listening.selectors import queries
from analytics.mentions.selectors import stored_in
from tenants.models import Client
from tenants.plans.claims import settle_queries, settle_storage
from tenants.plans.limits import month_of
from tenants.plans.meters import storage_of, tell_mentions


def tell_stored(client: Client, *, now: datetime) -> None:
    """Tell how many mentions this month has by now. Call it after the transaction that stored some."""
    month = month_of(now)
    tell_mentions(client, month=month, mentions=stored_in(month))


def tell_meters(client: Client, *, now: datetime) -> None:
    """Tell all that is metered here: mentions, queries, storage. What a killed worker or request left untold or claimed
    is put right by this. In the client's schema, outside a transaction."""
    present = month_of(now)
    for month in ((present - timedelta(days=1)).replace(day=1), present):
        if stored := stored_in(month):
            tell_mentions(client, month=month, mentions=stored)
    settle_queries(client, queries=queries().count(), counted_at=now)
    settle_storage(client, size=storage_of(client), measured_at=now)
