"""A copy of the content whose names are safe to draw in a chart."""

from __future__ import annotations

from dataclasses import replace

from analytics.reports.content import ReportContent
from analytics.reports.printable import BREAK, printable
from analytics.reports.view import MAX_QUERIES

_CHART_NAME = 28


def chart_name(name: str) -> str:
    """`name` as one short line of drawable characters (SVG text does not wrap)."""
    return printable(name, limit=_CHART_NAME).replace(BREAK, "")


def as_printed(content: ReportContent) -> ReportContent:
    """`content` with the names of its queries shortened and cleaned for charts, and no more rows than a page holds."""
    ranked = sorted(content.share_of_voice, key=lambda item: (-item.share, item.name))
    return replace(
        content,
        volume_series=tuple(replace(item, name=chart_name(item.name)) for item in content.volume_series),
        share_of_voice=tuple(replace(item, name=chart_name(item.name)) for item in ranked[:MAX_QUERIES]),
        sentiment_split=tuple(
            replace(item, name=chart_name(item.name))
            for item in [item for item in content.sentiment_split if item.n][:MAX_QUERIES]
        ),
    )
