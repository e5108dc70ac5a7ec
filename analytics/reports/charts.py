"""Charts as Vega-Lite specifications: printed in the report, and handed to front ends as they are.

Every function returns a self-contained, JSON-serialisable dict (data inline, number and date formats of the
locale in `config.locale`), the same for the same input.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Final

import altair as alt

from analytics.reports.content import ForecastView, QuerySeries, SentimentSeries, SentimentSplit, Share, TopicFigures
from analytics.reports.glyphs import FONT_FOLDER
from analytics.reports.locale import Wording
from analytics.reports.palette import GREY, NEGATIVE, NEUTRAL, POSITIVE, WHITE, ink, mix, series_colours
from analytics.reports.printable import one_line

Spec = dict[str, Any]

WIDTH: Final = 680
MAX_SERIES: Final = 6  # more lines than this cannot be told apart; the table shows the rest
MAX_BARS: Final = 20
MAX_TOPICS: Final = 8
LABEL_COLUMNS: Final = 26
TOPIC_COLUMNS: Final = 36  # a topic's name is three words
_DASHES: Final = ((1, 0), (6, 3), (2, 2), (8, 3, 2, 3), (10, 4), (4, 4))
_LONG_PERIOD_DAYS: Final = 200
_DAY: Final = 86_400_000  # milliseconds
_GRID, _LABEL = "#e3e6ea", "#4a525c"


def drawn_series(series: Sequence[QuerySeries]) -> tuple[QuerySeries, ...]:
    """The series a chart shows: brands first, then by total, at most `MAX_SERIES`."""
    ranked = sorted(series, key=lambda item: (item.kind != "brand", -sum(item.counts), item.name))
    return tuple(ranked[:MAX_SERIES])


def ranked_shares(shares: Sequence[Share]) -> tuple[Share, ...]:
    """The shares a chart and a table show: largest first, at most `MAX_BARS`."""
    return tuple(sorted(shares, key=lambda item: (-item.share, item.name))[:MAX_BARS])


def rated_splits(splits: Sequence[SentimentSplit]) -> tuple[SentimentSplit, ...]:
    """The splits a chart and a table show: those with rated mentions, at most `MAX_BARS`."""
    return tuple(item for item in splits if item.n)[:MAX_BARS]


def _labels(names: Sequence[str], *, columns: int = LABEL_COLUMNS) -> tuple[str, ...]:
    """Names as short chart labels, made unique: two queries may share a name but not a line.

    Vega's own `labelLimit` stays off because it cuts emoji and rare letters in half.
    """
    seen: dict[str, int] = {}
    labels = []
    for name in names:
        label = one_line(name, limit=columns)
        seen[label] = seen.get(label, 0) + 1
        labels.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return tuple(labels)


def _tick_days(days: Sequence[date]) -> list[int]:
    """At most nine evenly spaced days, the first among them, as milliseconds since 1970 (what Vega counts in)."""
    first, last = min(days), max(days)
    step = max(1, -(-((last - first).days + 1) // 9))
    if step > 3:
        step = -(-step // 7) * 7  # whole weeks keep the same weekday under every tick
    count = (last - first).days // step + 1
    return [_milliseconds(first) + at * step * _DAY for at in range(count)]


def _milliseconds(day: date) -> int:
    return (day - date(1970, 1, 1)).days * _DAY


def _day_axis(days: Sequence[date], wording: Wording, *, margin: float = 0.0) -> alt.X:
    """A UTC day axis over all of `days`, with `margin` days left free at both ends."""
    long = bool(days) and (max(days) - min(days)).days > _LONG_PERIOD_DAYS
    axis = alt.Axis(
        format=wording.d3_month() if long else wording.d3_day(),
        values=alt.Undefined if long or not days else _tick_days(days),
        tickCount=8,
        grid=False,
        title=None,
        labelFlush=False,
        labelOverlap="greedy",
        labelSeparation=8,
    )
    domain = [_milliseconds(min(days)) - margin * _DAY, _milliseconds(max(days)) + margin * _DAY] if days else None
    return alt.X("day:T", scale=alt.Scale(type="utc", domain=domain or alt.Undefined, nice=False), axis=axis)


def _finished(chart: alt.Chart | alt.LayerChart | alt.FacetChart, wording: Wording, *, height: int | alt.Step) -> Spec:
    sized = chart.properties(width=WIDTH if isinstance(height, alt.Step) else "container", height=height)
    spec: Spec = sized.to_dict()
    spec["width"] = WIDTH
    spec["autosize"] = {"type": "fit-x" if isinstance(height, alt.Step) else "fit", "contains": "padding"}
    spec["padding"] = 2
    spec["config"] = {
        "font": "Noto Sans",
        "background": "#ffffff",
        "locale": wording.vega_locale(),
        "view": {"stroke": None},
        "axis": {
            "labelFontSize": 12,
            "labelColor": _LABEL,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "titleColor": _LABEL,
            "gridColor": _GRID,
            "domainColor": "#aab2bc",
            "tickColor": "#aab2bc",
            "labelLimit": 0,
        },
        "legend": {"labelFontSize": 12, "labelColor": _LABEL, "labelLimit": 0, "symbolStrokeWidth": 3},
    }
    return spec


def _inline(rows: Sequence[Mapping[str, object]]) -> alt.InlineData:
    return alt.InlineData(values=[dict(row) for row in rows])


def volume_chart(series: Sequence[QuerySeries], *, wording: Wording, primary: str) -> Spec:
    """Lines of mentions per day, one per query (see `drawn_series`); the brand's line is thick, in its colour."""
    drawn = drawn_series(series)
    labels = list(_labels([item.name for item in drawn]))
    own = [item.kind == "brand" for item in drawn]
    rows = [
        {"day": day.isoformat(), "query": label, "mentions": count}
        for item, label in zip(drawn, labels, strict=True)
        for day, count in zip(item.days, item.counts, strict=True)
    ]
    days = [day for item in drawn for day in item.days]
    legend = alt.Legend(title=None, orient="top", columns=3, symbolType="stroke", symbolSize=200)
    colours = series_colours(primary, own)
    dashes = [_DASHES[0 if is_own else at % len(_DASHES)] for at, is_own in enumerate(own)]
    chart = (
        alt.Chart(_inline(rows))
        .mark_line(interpolate="linear")
        .encode(
            x=_day_axis(days, wording),
            y=alt.Y("mentions:Q", title=None, axis=alt.Axis(tickCount=5, format=",d", tickMinStep=1, domain=False)),
            color=alt.Color("query:N", sort=labels, scale=alt.Scale(domain=labels, range=colours), legend=legend),
            strokeDash=alt.StrokeDash(
                "query:N", sort=labels, scale=alt.Scale(domain=labels, range=dashes), legend=legend
            ),
            strokeWidth=alt.StrokeWidth(
                "query:N",
                sort=labels,
                scale=alt.Scale(domain=labels, range=[2.8 if is_own else 1.6 for is_own in own]),
                legend=legend,
            ),
        )
    )
    return _finished(chart, wording, height=270)


def sov_chart(shares: Sequence[Share], *, wording: Wording, primary: str) -> Spec:
    """Horizontal bars of share of voice, largest first, with 95 % intervals as thin rules."""
    ranked = ranked_shares(shares)
    labels = list(_labels([item.name for item in ranked]))
    rows = [
        {"query": label, "share": item.share, "low": item.low, "high": item.high, "mentions": item.mentions}
        for item, label in zip(ranked, labels, strict=True)
    ]
    colours = [ink(primary, ratio=3.0) if item.is_own else NEUTRAL for item in ranked]
    y = alt.Y("query:N", sort=labels, title=None, axis=alt.Axis(domain=False, ticks=False, labelPadding=8))
    axis = alt.Axis(format="%", tickCount=5, title=None, domain=False)
    base = alt.Chart(_inline(rows))
    bars = base.mark_bar(height={"band": 0.62}).encode(
        y=y,
        x=alt.X("share:Q", axis=axis, scale=alt.Scale(domainMin=0)),
        color=alt.Color("query:N", scale=alt.Scale(domain=labels, range=colours), legend=None),
    )
    rules = base.mark_rule(color="#22272e", strokeWidth=1.4).encode(y=y, x=alt.X("low:Q", axis=axis), x2="high:Q")
    return _finished(alt.layer(bars, rules), wording, height=alt.Step(34))


def topics_chart(topics: Sequence[TopicFigures], *, wording: Wording, primary: str) -> Spec:
    """Horizontal bars of the first `MAX_TOPICS` topics' shares of all mentions, with 95 % intervals as thin rules."""
    shown = topics[:MAX_TOPICS]
    labels = list(_labels([item.name for item in shown], columns=TOPIC_COLUMNS))
    rows = [
        {
            "topic": label,
            "share": item.share.value,
            "low": item.share.low,
            "high": item.share.high,
            "mentions": item.mentions,
        }
        for item, label in zip(shown, labels, strict=True)
    ]
    y = alt.Y("topic:N", sort=labels, title=None, axis=alt.Axis(domain=False, ticks=False, labelPadding=8))
    axis = alt.Axis(format="%", tickCount=5, title=None, domain=False)
    base = alt.Chart(_inline(rows))
    bars = base.mark_bar(height={"band": 0.62}, color=ink(primary, ratio=3.0)).encode(
        y=y, x=alt.X("share:Q", axis=axis, scale=alt.Scale(domainMin=0))
    )
    # A white edge, or the half of an interval that lies on a dark bar would not be seen.
    edges, rules = (
        base.mark_rule(color=colour, strokeWidth=width).encode(y=y, x=alt.X("low:Q", axis=axis), x2="high:Q")
        for colour, width in ((WHITE, 3.6), ("#22272e", 1.4))
    )
    return _finished(alt.layer(bars, edges, rules), wording, height=alt.Step(28))


def sentiment_split_chart(splits: Sequence[SentimentSplit], *, wording: Wording) -> Spec:
    """Stacked 100 % bars of positive, neutral and negative mentions per query; queries without any are left out."""
    rated = rated_splits(splits)
    labels = list(_labels([item.name for item in rated]))
    names = [wording.text("negative"), wording.text("neutral"), wording.text("positive")]
    rows = [
        {"query": label, "sentiment": name, "order": at, "mentions": count, "share": count / item.n}
        for item, label in zip(rated, labels, strict=True)
        for at, (name, count) in enumerate(zip(names, (item.negative, item.neutral, item.positive), strict=True))
    ]
    chart = (
        alt.Chart(_inline(rows))
        .mark_bar(height={"band": 0.62}, stroke="#ffffff", strokeWidth=1)
        .encode(
            y=alt.Y("query:N", sort=labels, title=None, axis=alt.Axis(domain=False, ticks=False, labelPadding=8)),
            x=alt.X(
                "share:Q",
                stack="zero",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format="%", tickCount=5, title=None, domain=False),
            ),
            color=alt.Color(
                "sentiment:N",
                sort=names,
                scale=alt.Scale(domain=names, range=[NEGATIVE, NEUTRAL, POSITIVE]),
                legend=alt.Legend(title=None, orient="top", symbolType="square", symbolStrokeWidth=0, symbolSize=200),
            ),
            order=alt.Order("order:Q"),
        )
    )
    return _finished(chart, wording, height=alt.Step(34))


def sentiment_chart(series: SentimentSeries, *, wording: Wording) -> Spec:
    """Bars of daily net sentiment (-1..1), blue above and orange below zero, paler where n is small."""
    most = max(series.counts, default=0) or 1
    rows = [
        {"day": day.isoformat(), "net": net, "n": count, "weight": min(1.0, (count / most) ** 0.5)}
        for day, net, count in zip(series.days, series.net, series.counts, strict=True)
        if net is not None
    ]
    width = max(1.5, min(18.0, 560 / max(len(series.days), 1) * 0.72))
    bars = (
        alt.Chart(_inline(rows))
        .mark_bar(size=width)
        .encode(
            x=_day_axis(series.days, wording, margin=0.6),
            y=alt.Y(
                "net:Q",
                title=None,
                scale=alt.Scale(domain=[-1, 1]),
                axis=alt.Axis(format=".1f", values=[-1, -0.5, 0, 0.5, 1], domain=False),
            ),
            color=alt.condition("datum.net < 0", alt.value(NEGATIVE), alt.value(POSITIVE)),
            opacity=alt.Opacity("weight:Q", scale=alt.Scale(domain=[0, 1], range=[0.3, 1]), legend=None),
        )
    )
    zero = alt.Chart(_inline([{"zero": 0}])).mark_rule(color=GREY, strokeWidth=1).encode(y="zero:Q")
    return _finished(alt.layer(bars, zero), wording, height=210)


def forecast_chart(forecast: ForecastView, *, wording: Wording, primary: str) -> Spec:
    """Observed mentions, then the expected ones inside 80 % and 95 % prediction bands."""
    brand = ink(primary, ratio=3.0)
    observed, expected = wording.text("observed"), wording.text("expected")
    names = [wording.text("band_95"), wording.text("band_80")]
    lines = [
        *(
            {"day": day.isoformat(), "kind": observed, "mentions": value}
            for day, value in zip(forecast.history_days, forecast.history, strict=True)
        ),
        *(
            {"day": day.isoformat(), "kind": expected, "mentions": value}
            for day, value in zip(forecast.days, forecast.mean, strict=True)
        ),
    ]
    bands = [
        {"day": day.isoformat(), "band": name, "low": low, "high": high}
        for name, lows, highs in (
            (names[0], forecast.low95, forecast.high95),
            (names[1], forecast.low80, forecast.high80),
        )
        for day, low, high in zip(forecast.days, lows, highs, strict=True)
    ]
    x = _day_axis((*forecast.history_days, *forecast.days), wording)
    y_axis = alt.Axis(tickCount=5, format=",d", tickMinStep=1, domain=False)
    areas = (
        alt.Chart(_inline(bands))
        .mark_area(opacity=1)
        .encode(
            x=x,
            y=alt.Y("low:Q", title=None, axis=y_axis),
            y2="high:Q",
            color=alt.Color(
                "band:N",
                sort=names,
                scale=alt.Scale(domain=names, range=[mix(brand, WHITE, 0.82), mix(brand, WHITE, 0.62)]),
                legend=alt.Legend(title=None, orient="top", symbolType="square", symbolStrokeWidth=0, symbolSize=200),
            ),
        )
    )
    kinds = [observed, expected]
    legend = alt.Legend(title=None, orient="top", symbolType="stroke", symbolSize=200)
    strokes = (
        alt.Chart(_inline(lines))
        .mark_line(strokeWidth=2)
        .encode(
            x=x,
            y=alt.Y("mentions:Q", title=None, axis=y_axis),
            stroke=alt.Stroke(
                "kind:N", sort=kinds, scale=alt.Scale(domain=kinds, range=["#3a424c", brand]), legend=legend
            ),
            strokeDash=alt.StrokeDash(
                "kind:N", sort=kinds, scale=alt.Scale(domain=kinds, range=[[1, 0], [5, 3]]), legend=legend
            ),
        )
    )
    return _finished(alt.layer(areas, strokes), wording, height=280)


_IDENTIFIER = re.compile(r"\b(id=\"|url\(#|href=\"#)([A-Za-z_]+)(\d+)")
_one_at_a_time = threading.Lock()


@lru_cache(maxsize=1)
def _converter() -> Any:
    import vl_convert

    vl_convert.register_font_directory(str(FONT_FOLDER))
    return vl_convert


def render_svg(spec: Mapping[str, Any]) -> str:
    """SVG text of a Vega-Lite spec, the same for the same spec, drawn without touching the network.

    Raises ValueError when the spec cannot be drawn.
    """
    with _one_at_a_time:
        svg = str(_converter().vegalite_to_svg(dict(spec), allowed_base_urls=[]))
    numbers: dict[str, str] = {}

    def renumbered(match: re.Match[str]) -> str:
        # Vega numbers clips and gradients over the life of the process; count anew in each image.
        fresh = numbers.setdefault(match.group(2) + match.group(3), str(len(numbers)))
        return match.group(1) + match.group(2) + fresh

    return _IDENTIFIER.sub(renumbered, svg)
