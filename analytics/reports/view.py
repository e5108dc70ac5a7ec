"""A report's content as strings ready to be set: worded, formatted, cleaned, with the charts' alternative texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from zoneinfo import ZoneInfo

from analytics.insights.measures import Estimate, net_sentiment
from analytics.reports.charts import MAX_BARS, MAX_TOPICS, drawn_series, ranked_shares, rated_splits
from analytics.reports.content import (
    AspectSplit,
    ForecastView,
    Influencer,
    Kpi,
    QuerySeries,
    ReportContent,
    SampleMention,
    SentimentSeries,
    SentimentSplit,
    Share,
    TopicFigures,
    Topics,
)
from analytics.reports.locale import Wording
from analytics.reports.palette import WHITE, ink, mix, text_on
from analytics.reports.printable import direction, language_tag, printable
from analytics.topics.trends import LEAST_STORIES, Growth

View = dict[str, object]

MAX_ASPECTS = 10
MAX_INFLUENCERS = 15
MAX_SAMPLES = 12
_NAME, _LABEL, _SENTENCE, _POST = 60, 34, 600, 420
_NOTHING = "\u2013"  # en dash: nothing to show in this cell


def _span(text: str, limit: int, language: str = "") -> View:
    """A piece of foreign text with what the typesetter needs to know of it."""
    shown = printable(text, limit=limit) or _NOTHING
    return {"text": shown, "dir": direction(shown), "lang": language_tag(language)}


def _isolated(name: str) -> str:
    """A foreign name inside a sentence of ours, fenced off so that its direction stays its own."""
    return f"\u2068{printable(name, limit=_NAME) or _NOTHING}\u2069"


def _value(value: float, unit: str, wording: Wording) -> str:
    if unit == "share":
        return wording.share(value)
    if unit == "score":
        return wording.number(value, digits=2, signed=True)
    return wording.number(value)


def _change(kpi: Kpi, wording: Wording) -> View | None:
    """How the figure moved: in per cent for counts, percentage points for shares, plain difference for scores."""
    if kpi.value is None or kpi.previous is None:
        return None
    delta = kpi.value - kpi.previous
    if kpi.unit == "share":
        text = f"{wording.number(delta * 100, digits=1, signed=True)} {wording.text('points')}"
    elif kpi.unit == "score":
        text = wording.number(delta, digits=2, signed=True)
    elif kpi.previous:
        text = wording.share(delta / kpi.previous, signed=True)
    else:
        text = wording.number(delta, signed=True)
    return {"text": text, "trend": "up" if delta > 0 else "down" if delta < 0 else "flat"}


def _tile(kpi: Kpi, wording: Wording) -> View:
    label = kpi.label or (wording.text(f"kpi_{kpi.key}") if wording.has(f"kpi_{kpi.key}") else kpi.key)
    interval = ""
    if kpi.value is not None and kpi.low is not None and kpi.high is not None:
        low, high = (_value(bound, kpi.unit, wording) for bound in (kpi.low, kpi.high))
        interval = wording.text("interval", low=low, high=high)
    return {
        "label": printable(label, limit=_LABEL),
        "value": _NOTHING if kpi.value is None else _value(kpi.value, kpi.unit, wording),
        "change": _change(kpi, wording),
        "interval": interval,
        "n": wording.text("sample_size", n=wording.number(kpi.n)) if kpi.n else "",
    }


def _volume(series: Sequence[QuerySeries], wording: Wording, zone: str) -> View | None:
    drawn = drawn_series(series)
    days = [day for item in drawn for day in item.days]
    if not days:
        return None
    parts = [wording.text("volume_alt", start=wording.day(min(days)), end=wording.day(max(days)))]
    for item in drawn:
        if item.counts:
            peak = max(item.counts)
            day = item.days[item.counts.index(peak)]
            total, most = wording.number(sum(item.counts)), wording.number(peak)
            name = _isolated(item.name)
            parts.append(wording.text("volume_alt_row", name=name, total=total, peak=most, day=wording.day(day)))
    note = wording.text("volume_note", zone=zone)
    left_out = [_isolated(item.name) for item in series if item not in drawn][:MAX_BARS]
    if left_out:
        note += " " + wording.text("not_drawn", names=", ".join(left_out))
    return {"alt": " ".join(parts), "note": note}


def _shares(shares: Sequence[Share], wording: Wording) -> View | None:
    ranked = ranked_shares(shares)
    if not any(item.mentions for item in ranked):
        return None
    rows = [
        {
            "name": _span(item.name, _NAME),
            "own": item.is_own,
            "cells": [
                wording.number(item.mentions),
                wording.share(item.share),
                wording.text("range_text", low=wording.share(item.low), high=wording.share(item.high)),
            ],
        }
        for item in ranked
    ]
    told = "; ".join(f"{_isolated(item.name)} {wording.share(item.share)}" for item in ranked)
    return {"alt": f"{wording.text('share_alt')} {told}.", "rows": rows}


def _split(splits: Sequence[SentimentSplit], wording: Wording) -> View | None:
    rated = rated_splits(splits)
    if not rated:
        return None
    rows = [
        {
            "name": _span(item.name, _NAME),
            "own": item.is_own,
            "cells": [
                *(wording.number(count) for count in (item.positive, item.neutral, item.negative)),
                *_net(item, wording),
            ],
        }
        for item in rated
    ]
    told = "; ".join(
        f"{_isolated(item.name)}: {wording.share(item.positive / item.n)} / "
        f"{wording.share(item.neutral / item.n)} / {wording.share(item.negative / item.n)}"
        for item in rated
    )
    return {"alt": f"{wording.text('split_alt')} {told}.", "rows": rows}


def _aspect(item: AspectSplit, wording: Wording) -> View:
    counts = (item.mentions, item.positive, item.neutral, item.negative)
    told = item.positive + item.neutral + item.negative
    net = _net(item, wording) if told else (_NOTHING, _NOTHING)
    return {"name": _span(item.name, _NAME), "cells": [*(wording.number(count) for count in counts), *net]}


def _topics(found: Topics, wording: Wording, zone: str) -> View | None:
    if not found.topics or found.found_at is None:
        return None
    shown, rest = found.topics[:MAX_TOPICS], found.topics[MAX_TOPICS:]
    when = wording.day(found.found_at.astimezone(ZoneInfo(zone)).date())
    counted = wording.text("topics_counted", n=wording.number(found.mentions), none=wording.number(found.unassigned))
    note = f"{wording.text('topics_note', when=when)} {counted}"
    if rest:
        more = wording.number(sum(item.mentions for item in rest))
        note += " " + wording.text("topics_more", count=wording.number(len(rest)), mentions=more)
    told = "; ".join(f"{_isolated(item.name)} {wording.share(item.share.value or 0.0)}" for item in shown)
    few = wording.text("topics_few", n=wording.number(LEAST_STORIES))
    return {
        "alt": f"{wording.text('topics_alt')} {told}.",
        "note": note,
        "reading": f"{wording.text('topics_change')} {wording.text('split_note')} {few}",
        "rows": [_topic(item, wording) for item in shown],
    }


def _topic(item: TopicFigures, wording: Wording) -> View:
    """A row: each figure with, in small print, what bounds it; a dash for what fewer than five were to judge by."""
    copies = wording.text("copies_once", n=wording.number(item.stories))
    share = _bounded(item.share, wording.share, wording)
    net = net_sentiment(item.negative, item.neutral, item.positive)
    cells = [
        {"value": wording.number(item.mentions), "small": copies},
        {"value": share[0], "small": share[1]},
        _topic_change(item.change, wording),
        _judged(*_bounded(net, lambda value: wording.number(value, digits=2, signed=True), wording), net.n, wording),
    ]
    return {"name": _span(item.name, _NAME, item.language), "cells": cells}


def _topic_change(change: Growth | None, wording: Wording) -> View:
    if change is None:
        return {"value": _NOTHING, "small": ""}
    n = change.earlier + change.later
    if not change.earlier:  # a ratio to nothing has no middle and no end
        least = wording.text("at_least", low=_times(change.share_low, wording))
        return _judged(wording.text("topic_new"), least, n, wording)
    low, high = _times(change.share_low, wording), _times(change.share_high, wording)
    return _judged(_times(change.share, wording), wording.text("range_text", low=low, high=high), n, wording)


def _bounded(estimate: Estimate, shown: Callable[[float], str], wording: Wording) -> tuple[str, str]:
    """An estimate and its 95 % interval."""
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return _NOTHING, ""
    return shown(estimate.value), wording.text("range_text", low=shown(estimate.low), high=shown(estimate.high))


def _judged(value: str, interval: str, n: int, wording: Wording) -> View:
    """A figure with its interval and sample size, if that is large enough to say anything."""
    if n < LEAST_STORIES:
        return {"value": _NOTHING, "small": ""}
    return {"value": value, "small": f"{interval} \u00b7 {wording.text('sample_size', n=wording.number(n))}"}


def _times(value: float, wording: Wording) -> str:
    return "\u00d7" + wording.number(value, digits=2 if value < 10 else 0)


def _net(item: SentimentSplit | AspectSplit, wording: Wording) -> tuple[str, str]:
    """Net sentiment of rated mentions and its 95 % interval."""
    net = net_sentiment(item.negative, item.neutral, item.positive)
    value, low, high = (wording.number(one or 0.0, digits=2, signed=True) for one in (net.value, net.low, net.high))
    return value, wording.text("range_text", low=low, high=high)


def _sentiment(series: SentimentSeries | None, wording: Wording) -> View | None:
    if series is None:
        return None
    known = [(net, day) for day, net in zip(series.days, series.net, strict=True) if net is not None]
    if not known:
        return None
    (low, low_day), (high, high_day) = min(known), max(known, key=lambda pair: pair[0])
    total = wording.text("sample_size", n=wording.number(sum(series.counts)))
    return {
        "alt": wording.text(
            "sentiment_alt",
            low=wording.number(low, digits=2, signed=True),
            low_day=wording.day(low_day),
            high=wording.number(high, digits=2, signed=True),
            high_day=wording.day(high_day),
        ),
        "note": f"{wording.text('sentiment_note')} ({total})",
    }


def _influencer(item: Influencer, wording: Wording) -> View:
    ranks = wording.text("range_text", low=wording.number(item.rank_low), high=wording.number(item.rank_high))
    return {
        "rank": wording.number(item.rank),
        "name": _span(item.label, _NAME),
        "community": _span(item.community, _NAME),
        "cells": [
            wording.number(item.rank_low) if item.rank_low == item.rank_high else ranks,
            wording.number(item.interactions),
            wording.number(item.pagerank, digits=4),
        ],
    }


def _forecast(forecast: ForecastView | None, wording: Wording) -> View | None:
    if forecast is None or not (forecast.days or forecast.abstained):
        return None
    if not forecast.days:
        reason = printable(forecast.abstained, limit=_SENTENCE)
        return {"abstained": wording.text("abstained", reason=reason)}
    first, last = wording.day(forecast.days[0]), wording.day(forecast.days[-1])
    mean = sum(forecast.mean) / len(forecast.mean)
    low, high = (wording.number(bound) for bound in (forecast.low95[-1], forecast.high95[-1]))
    sure = [
        wording.text("sure_mean", start=first, end=last, mean=wording.number(mean, digits=0 if mean >= 10 else 1)),
        wording.text("sure_band", end=last, low=low, high=high),
    ]
    if forecast.coverage95 is not None:
        sure.append(wording.text("sure_coverage", coverage=wording.share(forecast.coverage95)))
    if forecast.mase is not None:
        sure.append(wording.text("sure_mase", mase=wording.number(forecast.mase, digits=2)))
    if forecast.coverage95 is None and forecast.mase is None:
        sure.append(wording.text("sure_untested"))
    model = printable(forecast.model, limit=_NAME)
    sure.append(wording.text("sure_model", model=model, n=wording.number(forecast.n)))
    return {
        "abstained": "",
        "alt": f"{wording.text('forecast_alt', end=last)} {' '.join(sure[:2])}",
        "sure": sure,
        "rows": _forecast_rows(forecast, wording),
    }


def _forecast_rows(forecast: ForecastView, wording: Wording) -> list[list[str]]:
    """At most 14 days of the forecast: every k-th, and always the last."""
    count = len(forecast.days)
    step = max(1, -(-count // 14))
    picked = sorted({*range(count - 1, -1, -step)})
    columns = zip(forecast.low80, forecast.high80, forecast.low95, forecast.high95, strict=True)
    bounds = [tuple(wording.number(bound) for bound in row) for row in columns]
    return [
        [
            wording.day(forecast.days[at]),
            wording.number(forecast.mean[at]),
            wording.text("range_text", low=bounds[at][0], high=bounds[at][1]),
            wording.text("range_text", low=bounds[at][2], high=bounds[at][3]),
        ]
        for at in picked
    ]


def _sample(item: SampleMention, wording: Wording, zone: str) -> View:
    return {
        "post": _span(item.text, _POST, item.language),
        "source": printable(item.source, limit=_LABEL),
        "author": _span(item.author_label, _NAME),
        "posted": wording.day(item.posted_at.astimezone(ZoneInfo(zone)).date()),
        "sentiment": wording.text(item.sentiment or "not_rated"),
        "tone": item.sentiment or "neutral",
        "engagement": f"{wording.text('interactions')}: {wording.number(item.engagement)}",
    }


def _methods(content: ReportContent, wording: Wording) -> View:
    names = ("interval", "net", "share", "forecast")
    return {
        "reading": [{"term": wording.text(f"read_{key}_term"), "text": wording.text(f"read_{key}")} for key in names],
        "data": [
            {"term": printable(term, limit=_NAME), "text": printable(text, limit=_SENTENCE)}
            for term, text in content.methods
        ],
    }


def _colours(content: ReportContent) -> Mapping[str, str]:
    primary, accent = content.brand.primary.lower(), content.brand.accent.lower()
    return {
        "primary": primary,
        "on_primary": text_on(primary),
        "ink": ink(primary),
        "tint": mix(ink(primary), WHITE, 0.93),
        "accent": accent,
    }


def build_view(content: ReportContent) -> View:
    """The JSON-serialisable data of the templates: strings only, every foreign text cleaned and bounded.

    Raises ValueError for an unknown locale.
    """
    wording = Wording.of(content.locale)
    agency = printable(content.brand.agency_name, limit=_NAME)
    client = printable(content.client_name, limit=90)
    created = content.generated_on.astimezone(ZoneInfo(content.time_zone)).date()
    return {
        "words": {key: printable(text, limit=2 * _SENTENCE) for key, text in wording.texts.items() if "{" not in text},
        "lang": wording.language,
        "region": wording.region,
        "paper": wording.paper,
        "colours": _colours(content),
        "agency": agency,
        "client": _span(client, 90),
        "title": f"{wording.text('report_title')}: {client}",
        "period": wording.period(content.period_start, content.period_end),
        "zone": content.time_zone,
        "prepared_by": wording.text("prepared_by", agency=agency),
        "created_on": wording.text("created_on", when=wording.day(created, style="long")),
        "logo_alt": wording.text("logo_alt", agency=agency),
        "has_logo": content.brand.logo_png is not None,
        "kpis": [_tile(kpi, wording) for kpi in content.kpis],
        "volume": _volume(content.volume_series, wording, content.time_zone),
        "shares": _shares(content.share_of_voice, wording),
        "split": _split(content.sentiment_split, wording),
        "sentiment": _sentiment(content.sentiment_series, wording),
        "aspects": [_aspect(item, wording) for item in content.aspects[:MAX_ASPECTS]],
        "topics": _topics(content.topics, wording, content.time_zone),
        "influencers": [_influencer(item, wording) for item in content.influencers[:MAX_INFLUENCERS]],
        "forecast": _forecast(content.forecast, wording),
        "samples": [_sample(item, wording, content.time_zone) for item in content.samples[:MAX_SAMPLES]],
        "methods": _methods(content, wording),
    }
