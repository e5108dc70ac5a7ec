"""Everything a report shows, as frozen data: no ORM, no formatting, no rendering."""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from analytics.insights.contracts import ModelUse
from analytics.insights.measures import Estimate
from analytics.topics.trends import Growth

Unit = Literal["count", "share", "score"]
QueryKind = Literal["brand", "competitor", "topic"]
Sentiment = Literal["positive", "neutral", "negative"]

_COLOUR = re.compile(r"#[0-9a-f]{6}", re.ASCII | re.IGNORECASE)


def _same_length(what: str, *columns: tuple[object, ...]) -> None:
    if len({len(column) for column in columns}) > 1:
        raise ValueError(f"{what}: all columns must have the same length")


def _finite(what: str, *values: float | None) -> None:
    if any(value is not None and not math.isfinite(value) for value in values):
        raise ValueError(f"{what}: numbers must be finite")


def _within(what: str, value: float | None, low: float, high: float) -> None:
    _finite(what, value)
    if value is not None and not low <= value <= high:
        raise ValueError(f"{what}: must lie between {low:g} and {high:g}")


def _ordered(what: str, *values: float | None) -> None:
    """Raise unless the known values do not decrease (an interval lies around its value)."""
    _finite(what, *values)
    known = [value for value in values if value is not None]
    if any(later < earlier - 1e-9 for earlier, later in itertools.pairwise(known)):
        raise ValueError(f"{what}: interval bounds must enclose the value")


@dataclass(frozen=True, slots=True)
class Brand:
    """Whose report it is. Colours are `#rrggbb`; `logo_png` is what `logo.clean_logo` returned, or None."""

    agency_name: str
    primary: str
    accent: str
    logo_png: bytes | None = None

    def __post_init__(self) -> None:
        if not self.agency_name.strip():
            raise ValueError("agency_name: must not be empty")
        for field, colour in (("primary", self.primary), ("accent", self.accent)):
            if not _COLOUR.fullmatch(colour):
                raise ValueError(f"{field}: must be a colour like #1a2b3c")
        if self.logo_png is not None and not self.logo_png.startswith(b"\x89PNG\r\n\x1a\n"):
            raise ValueError("logo_png: must be a PNG")


@dataclass(frozen=True, slots=True)
class Kpi:
    """One figure of the overview.

    `key` names it in the catalogue (mentions, authors, engagement, reach, net_sentiment, share_of_voice …);
    a key the catalogue does not know needs a `label`. `unit` is count (>= 0), share (0..1) or score (-1..1).
    `previous` is the value of the period before; `low`/`high` bound the 95 % interval; `n` is the number of
    mentions behind the figure. `value` is None where there was nothing to measure.
    """

    key: str
    value: float | None
    unit: Unit
    previous: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    label: str = ""

    def __post_init__(self) -> None:
        ranges: dict[Unit, tuple[float, float]] = {
            "count": (0, math.inf),
            "share": (0, 1),
            "score": (-1, 1),
        }
        if self.unit not in ranges:
            raise ValueError("unit: must be count, share or score")
        for field, value in (("value", self.value), ("previous", self.previous)):
            _within(f"{self.key}.{field}", value, *ranges[self.unit])
        _ordered(self.key, self.low, self.value, self.high)
        _within(f"{self.key}.n", self.n, 0, math.inf)


@dataclass(frozen=True, slots=True)
class QuerySeries:
    """Mentions per local day of one query: `days` ascending, `counts` >= 0, same length."""

    name: str
    kind: QueryKind
    days: tuple[date, ...]
    counts: tuple[int, ...]

    def __post_init__(self) -> None:
        if self.kind not in ("brand", "competitor", "topic"):
            raise ValueError("kind: must be brand, competitor or topic")
        _same_length("volume_series", self.days, self.counts)
        if any(count < 0 for count in self.counts):
            raise ValueError("volume_series: counts must not be negative")


@dataclass(frozen=True, slots=True)
class SentimentSeries:
    """Net sentiment per local day, (positive - negative) / n in -1..1, None on a day without mentions."""

    days: tuple[date, ...]
    net: tuple[float | None, ...]
    counts: tuple[int, ...]

    def __post_init__(self) -> None:
        _same_length("sentiment_series", self.days, self.net, self.counts)
        for value in self.net:
            _within("sentiment_series", value, -1, 1)


@dataclass(frozen=True, slots=True)
class Share:
    """One query's part of the conversation: `share` in 0..1 of all compared mentions, with a 95 % interval."""

    name: str
    mentions: int
    share: float
    low: float
    high: float
    is_own: bool = False

    def __post_init__(self) -> None:
        _within("share_of_voice", self.share, 0, 1)
        _ordered("share_of_voice", self.low, self.share, self.high)
        _within("share_of_voice", self.low, 0, 1)
        _within("share_of_voice", self.high, 0, 1)
        _within("share_of_voice", self.mentions, 0, math.inf)


@dataclass(frozen=True, slots=True)
class SentimentSplit:
    """How many mentions of one query were positive, neutral and negative (counts >= 0)."""

    name: str
    positive: int
    neutral: int
    negative: int
    is_own: bool = False

    def __post_init__(self) -> None:
        if min(self.positive, self.neutral, self.negative) < 0:
            raise ValueError("sentiment_split: counts must not be negative")

    @property
    def n(self) -> int:
        return self.positive + self.neutral + self.negative


@dataclass(frozen=True, slots=True)
class Influencer:
    """A pseudonymous author. `rank_low`..`rank_high` is the range of ranks over resampled graphs (1 = first)."""

    label: str
    community: str
    pagerank: float
    rank: int
    rank_low: int
    rank_high: int
    interactions: int

    def __post_init__(self) -> None:
        _within("influencers.pagerank", self.pagerank, 0, 1)
        _within("influencers.rank_low", self.rank_low, 1, math.inf)
        _ordered("influencers", self.rank_low, self.rank, self.rank_high)
        _within("influencers.interactions", self.interactions, 0, math.inf)


@dataclass(frozen=True, slots=True)
class ForecastView:
    """Expected mentions per day after the period, with 80 % and 95 % prediction intervals.

    `history_days`/`history` are the observed days shown before it. `model` is name and version, `n` the number
    of days learnt from, `coverage95` the part (0..1) of backtest days that fell inside the 95 % band, `mase`
    the mean absolute scaled error of the backtest (below 1 = better than repeating last week; Hyndman &
    Koehler 2006). When no forecast was made the columns are empty and `abstained` says why in one sentence.
    """

    days: tuple[date, ...] = ()
    mean: tuple[float, ...] = ()
    low80: tuple[float, ...] = ()
    high80: tuple[float, ...] = ()
    low95: tuple[float, ...] = ()
    high95: tuple[float, ...] = ()
    model: str = ""
    n: int = 0
    coverage95: float | None = None
    mase: float | None = None
    abstained: str = ""
    history_days: tuple[date, ...] = ()
    history: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        bands = (self.low95, self.low80, self.mean, self.high80, self.high95)
        _same_length("forecast", self.days, *bands)
        _same_length("forecast history", self.history_days, self.history)
        for row in zip(*bands, strict=True):
            _ordered("forecast", *row)
        _finite("forecast history", *self.history)
        _within("forecast.coverage95", self.coverage95, 0, 1)
        _within("forecast.mase", self.mase, 0, math.inf)


@dataclass(frozen=True, slots=True)
class AspectSplit:
    """How many mentions speak of an aspect, and how; of those beyond the three it was not told."""

    name: str
    mentions: int
    positive: int
    neutral: int
    negative: int

    def __post_init__(self) -> None:
        counts = (self.positive, self.neutral, self.negative)
        if min(counts) < 0 or sum(counts) > self.mentions:
            raise ValueError("aspects: counts must not be negative, nor more than there are mentions")


@dataclass(frozen=True, slots=True)
class TopicFigures:
    """A topic in the period. `language` is that of its own words, empty where people named it; `stories` count copies
    once; `share` is its part (0..1) of all mentions that were read for topics; `change` compares its share of stories
    with that in the period before, None where there is nothing to compare."""

    name: str
    language: str
    mentions: int
    stories: int
    negative: int
    neutral: int
    positive: int
    share: Estimate
    change: Growth | None = None

    def __post_init__(self) -> None:
        read = (self.negative, self.neutral, self.positive)
        if min(*read, self.stories) < 0 or max(sum(read), self.stories) > self.mentions:
            raise ValueError("topics: counts must not be negative, nor more than there are mentions")
        _ordered("topics.share", 0, self.share.low, self.share.value, self.share.high, 1)
        if self.change is not None:
            _ordered("topics.change", 0, self.change.share_low, self.change.share, self.change.share_high)


@dataclass(frozen=True, slots=True)
class Topics:
    """All topics of the period, the largest first. `mentions`, of all queries, were read for them, and `unassigned` of
    those belong to none; `found_at` (aware) is when the model (name and version) last looked for topics. Where there
    are none, `abstained` says why in one sentence."""

    topics: tuple[TopicFigures, ...] = ()
    mentions: int = 0
    unassigned: int = 0
    found_at: datetime | None = None
    model: str = ""
    abstained: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.unassigned <= self.mentions:
            raise ValueError("topics: no more mentions than there are can belong to none")
        if self.topics and (self.found_at is None or self.found_at.tzinfo is None):
            raise ValueError("topics.found_at: must carry a time zone")


@dataclass(frozen=True, slots=True)
class SampleMention:
    """One redacted post. `author_label` is a pseudonym; `posted_at` is timezone-aware; `engagement` >= 0."""

    text: str
    source: str
    language: str
    posted_at: datetime
    sentiment: Sentiment | None
    engagement: int
    author_label: str

    def __post_init__(self) -> None:
        if self.posted_at.tzinfo is None:
            raise ValueError("samples.posted_at: must carry a time zone")
        if self.sentiment not in ("positive", "neutral", "negative", None):
            raise ValueError("samples.sentiment: must be positive, neutral, negative or None")


@dataclass(frozen=True, slots=True)
class ReportContent:
    """One report, complete. `period_start` and `period_end` are local days, both inclusive.

    `locale` is a BCP 47 tag (checked by `locale.Wording`), `time_zone` an IANA name, `generated_on` aware;
    `methods` are (term, text) pairs that name each model with its version and sample size, `readings` what read the
    mentions; those are not shown but kept.
    """

    brand: Brand
    client_name: str
    period_start: date
    period_end: date
    locale: str
    time_zone: str
    generated_on: datetime
    kpis: tuple[Kpi, ...] = ()
    volume_series: tuple[QuerySeries, ...] = ()
    sentiment_series: SentimentSeries | None = None
    share_of_voice: tuple[Share, ...] = ()
    sentiment_split: tuple[SentimentSplit, ...] = ()
    aspects: tuple[AspectSplit, ...] = ()
    topics: Topics = Topics()
    influencers: tuple[Influencer, ...] = ()
    forecast: ForecastView | None = None
    samples: tuple[SampleMention, ...] = ()
    methods: tuple[tuple[str, str], ...] = ()
    readings: tuple[ModelUse, ...] = ()

    def __post_init__(self) -> None:
        if self.period_end < self.period_start:
            raise ValueError("period_end: must not be before period_start")
        if self.generated_on.tzinfo is None:
            raise ValueError("generated_on: must carry a time zone")
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("time_zone: must be an IANA time zone name") from error
