"""Days on which a query had far more or fewer mentions than the weeks before suggest, or was liked far more or less,
and what the calendar has on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from analytics.insights.context.contracts import Occasion
from analytics.insights.context.selectors import occasions
from analytics.insights.contracts import DayTotals, Period
from analytics.insights.selectors import covered, daily
from analytics.insights.sentiment_alarm import LEAST_DROP, change
from analytics.insights.volume_alarm import HISTORY_DAYS, LEAST_SPIKE, expected
from analytics.listening.models import Query

MOST_DAYS = 100

Kind = Literal["volume_high", "volume_low", "sentiment_high", "sentiment_low"]


@dataclass(frozen=True, slots=True)
class Unusual:
    """One thing about one day. `value` is mentions or net sentiment; 99 of 100 ordinary days lie within `low` to
    `high`, going by `history` days before. `n` is how many mentions were behind the value. `occasions` is what the
    calendar has on the day, its eve and the day after: what may have to do with it, not what caused it."""

    day: date
    kind: Kind
    value: float
    low: float
    high: float
    history: int
    n: int
    occasions: tuple[Occasion, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """`looked` of the period's days had enough before them; `by_chance` findings are to be expected among them if
    nothing ever happened."""

    days: tuple[Unusual, ...]
    looked: int
    by_chance: float


def unusual_days(*, queries: Sequence[Query], period: Period, zone: str, now: datetime) -> list[Look]:
    """The unusual days of each query in a period of at most 100 days, in order. Abstains on days with less than two
    weeks of history, and on net sentiment of days with fewer than 15 readings. A day that is not over at `now` cannot
    have too few mentions yet."""
    known = covered(zone)
    first = max(known.start, period.start - timedelta(days=HISTORY_DAYS)) if known is not None else period.end
    if known is None or first > period.end:
        return [Look((), 0, 0.0) for _ in queries]
    last = min(period.end, known.end) if known.end >= first else first
    calendar = occasions(period.start - timedelta(days=1), period.end + timedelta(days=1))
    today = now.astimezone(ZoneInfo(zone)).date()
    found = daily(period=Period(first, last), zone=zone, queries=queries)
    return [_looked_through(series.days, period.start, today, calendar) for series in found]


def _looked_through(days: Sequence[DayTotals], start: date, today: date, calendar: Sequence[Occasion]) -> Look:
    found: list[Unusual] = []
    looked = tested = 0
    for place, day in enumerate(days):
        if day.day < start:
            continue
        before = days[max(0, place - HISTORY_DAYS) : place]
        findings, tests = _look(day, before, over=day.day < today)
        looked += tests > 0
        tested += tests
        near = tuple(
            each for each in calendar if each.start - timedelta(days=1) <= day.day <= each.end + timedelta(days=1)
        )
        found += [
            Unusual(day.day, kind, value, low, high, len(before), n, near) for kind, value, low, high, n in findings
        ]
    return Look(tuple(found), looked, tested * 0.01)


def _look(
    day: DayTotals, before: Sequence[DayTotals], *, over: bool
) -> tuple[list[tuple[Kind, float, float, float, int]], int]:
    """What is unusual about a day, and how many tests that took."""
    found: list[tuple[Kind, float, float, float, int]] = []
    tests = 0
    volume = expected([each.mentions for each in before])
    if volume is not None:
        tests += 1
        if day.mentions > volume.high and day.mentions >= LEAST_SPIKE:
            found.append(("volume_high", day.mentions, volume.low, volume.high, day.mentions))
        elif over and day.mentions < volume.low:
            found.append(("volume_low", day.mentions, volume.low, volume.high, day.mentions))
    moved = change([_reading(each) for each in before], [_reading(day)])
    if moved is not None:
        tests += 1
        if moved.high < 0 and moved.difference <= -LEAST_DROP:
            found.append(("sentiment_low", moved.value, moved.expected_low, moved.expected_high, moved.n))
        elif moved.low > 0 and moved.difference >= LEAST_DROP:
            found.append(("sentiment_high", moved.value, moved.expected_low, moved.expected_high, moved.n))
    return found, tests


def _reading(day: DayTotals) -> tuple[int, int, int]:
    return day.negative, day.neutral, day.positive
