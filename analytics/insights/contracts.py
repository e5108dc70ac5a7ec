"""The answers of `insights`: frozen, ready for an API or a report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from analytics.insights.measures import Estimate


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days in the client's time zone, both ends included. Raises ValueError where the end is first."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError("the period ends before it starts")

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1


@dataclass(frozen=True, slots=True)
class QueryTotals:
    """One query over a period. `share_of_voice` is None for topics, which compete with nobody. `unread` mentions have
    no sentiment: not read yet, or the engine abstained. What the query's noise filter hides counts as `hidden` only."""

    query_id: str
    name: str
    kind: str
    mentions: int
    reach: int
    engagement: int
    engagement_rate: float | None
    negative: int
    neutral: int
    positive: int
    unread: int
    hidden: int
    net_sentiment: Estimate
    share_of_voice: Estimate | None


@dataclass(frozen=True, slots=True)
class DayTotals:
    """One day of one query: counts, and the net sentiment with its own sample size."""

    day: date
    mentions: int
    reach: int
    engagement: int
    negative: int
    neutral: int
    positive: int
    hidden: int
    net_sentiment: Estimate


@dataclass(frozen=True, slots=True)
class Series:
    """One query's days, gapless from the period's first to its last."""

    query_id: str
    name: str
    kind: str
    days: tuple[DayTotals, ...]


@dataclass(frozen=True, slots=True)
class ModelUse:
    """A model and version ("" for mentions that were not read yet), how many of the mentions it read last, and of how
    many of these people have set labels."""

    model: str
    mentions: int
    corrected: int
