"""Telling the agency how a client stands."""

from __future__ import annotations

from datetime import datetime, timedelta

from analytics.insights.summaries import summarise
from kernel import db
from kernel.queue.coalescing import send_once
from tenants.models import Client
from tenants.portfolio.services import keep_summary

# Slices follow each other within seconds; nobody looks at a portfolio that often.
COALESCED = timedelta(seconds=30)


def ask_for_summary(now: datetime) -> None:
    """Have the present client summarised soon, once for all who ask within half a minute. Call it outside a
    transaction: those who ask wait for each other."""
    send_once("journey.summarise", within=COALESCED, now=now)


def tell_agency(*, client: Client, now: datetime) -> bool:
    """Read how the present client stands, leave it, and write that down in public: two transactions, since these may be
    two connections. Returns whether it was news. What is lost between the two is told by the next message."""
    summary = summarise(zone=client.time_zone, now=now)
    with db.public():
        return keep_summary(client_id=client.id, as_of=now, summary=summary)
