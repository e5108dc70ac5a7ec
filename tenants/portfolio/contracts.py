"""What a client tells the agency of itself: aggregates, frozen. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

VOLUME_SPIKE = "volume_spike"
VOLUME_DROP = "volume_drop"
SENTIMENT_DROP = "sentiment_drop"
FEED_FAILING = "feed_failing"
QUOTA_NEAR = "quota_near"
ALERTS = (VOLUME_SPIKE, VOLUME_DROP, SENTIMENT_DROP, FEED_FAILING, QUOTA_NEAR)


@dataclass(frozen=True, slots=True)
class Alert:
    """Something to look at. `low` and `high` are what would have been ordinary (None where that side has no bound), `n`
    is what it rests on; docs/glossary.md says what `value` and `n` are of each kind."""

    kind: str
    value: float
    low: float | None
    high: float | None
    n: int
    since: datetime

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "since": self.since.isoformat()}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Alert:
        return cls(**{**stored, "since": datetime.fromisoformat(stored["since"])})


@dataclass(frozen=True, slots=True)
class Summary:
    """A client's own brands in figures, by whole days in its time zone. Mentions are None where no brand is listened
    for, `mentions_previous_7d` also where listening began later than those days. Net sentiments lie in -1..1, None
    where n is 0."""

    mentions_today: int | None = None
    mentions_7d: int | None = None
    mentions_previous_7d: int | None = None
    mentions_30d: int | None = None
    engagement_7d: int | None = None
    net_sentiment: float | None = None
    net_sentiment_low: float | None = None
    net_sentiment_high: float | None = None
    sentiment_n: int = 0
    net_sentiment_7d: float | None = None
    sentiment_n_7d: int = 0
    alerts: tuple[Alert, ...] = ()
