"""Clients of which only the row and what they told is there: enough for a portfolio, which looks into no schema."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from kernel.ids import uuid7
from tenants.models import Agency, Client, ClientSummary

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)  # a Tuesday


def add_clients(agency: Agency, count: int, *, as_of: datetime = NOW, **told: Any) -> list[Client]:
    """So many active clients, the n-th with 100 + n mentions of the week after 100; `told` overrides its summary."""
    made = []
    for number in range(count):
        client = Client.objects.create(
            agency=agency,
            name=f"Client {number}",
            schema_name=f"c_{uuid7().hex}",
            wrapped_key=b"x",
            status=Client.Status.ACTIVE,
        )
        figures: dict[str, Any] = {
            "mentions_today": 5,
            "mentions_7d": 100 + number,
            "mentions_previous_7d": 100,
            "mentions_30d": 400,
            "engagement_7d": 200,
            "net_sentiment": 0.2,
            "net_sentiment_low": 0.1,
            "net_sentiment_high": 0.3,
            "sentiment_n": 300,
            "net_sentiment_7d": 0.2,
            "sentiment_n_7d": 50,
        }
        ClientSummary.objects.create(client=client, as_of=as_of, **{**figures, **told})
        made.append(client)
    return made
