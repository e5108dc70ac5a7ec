"""What the demo prints of each client."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rich.console import Console
from rich.table import Table

from api.demo.calls import Calls
from api.demo.steps import TABLE_DAYS, last_day

_TOP = 3
_HORIZON_SHOWN = 7


def show_columns(console: Console, upload: dict[str, Any]) -> None:
    """How the file's columns were read, and what else was decided about it."""
    plan = upload["plan"]
    table = Table(title="Columns, as guessed (override with MAP=mapping.json)", title_justify="left")
    for heading in ("field", "column", "sure", "because"):
        table.add_column(heading)
    for guess in plan["columns"]:
        sure = "" if guess["confidence"] is None else f"{guess['confidence']:.0%}"
        table.add_row(guess["field"], guess["column"] or f"= {guess['value']}", sure, guess["why"])
    console.print(table)
    console.print(f"  dates: {plan['dates']['why']}\n  ids: {plan['ids']['why']}")
    for note in plan["notes"]:
        console.print(f"  note: {note['message']}")


def show_rows(console: Console, name: str, upload: dict[str, Any], problems: list[dict[str, Any]]) -> None:
    """What became of the file's rows, and the first of those that could not be read."""
    console.print(
        f"[bold]{name}[/bold]: {upload['rows']:,} rows: {upload['stored']:,} stored, {upload['known']:,} known before, "
        f"{upload['repeated']:,} repeated, {upload['unmatched']:,} matching no query, {upload['bad']:,} not readable"
    )
    for problem in problems[:_TOP]:
        console.print(f"  line {problem['line']:,}: {problem['reason']}")
    if upload["bad"] > _TOP:
        console.print(f"  … and {upload['bad'] - _TOP:,} more at /imports/{upload['id']}/problems")


def show_client(console: Console, calls: Calls, name: str, known: dict[str, Any]) -> None:
    """Mentions, share of voice, net sentiment and forecasts, aspects, topics and influencers of one client."""
    place, end = f"/clients/{known['id']}", last_day(calls, known)
    start = end - timedelta(days=TABLE_DAYS - 1)
    summary = calls.get(f"{place}/insights/summary", start=start.isoformat(), end=end.isoformat())
    table = Table(title=f"{name}, {start} to {end}; in brackets 95 % intervals", title_justify="left")
    table.add_column("query")
    for heading in ("mentions", "share of voice", "net sentiment", "n", f"per day, {_HORIZON_SHOWN} days on"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in summary["queries"]:
        table.add_row(
            row["name"] + ("" if row["kind"] != "brand" else " (own)"),
            f"{row['mentions']:,}",
            _estimate(row["share_of_voice"], percent=True),
            _estimate(row["net_sentiment"]),
            f"{row['net_sentiment']['n']:,}",
            _forecast(calls, place, row["query"]),
        )
    console.print(table)
    _show_spoken_of(console, calls, place, {"start": start.isoformat(), "end": end.isoformat()})
    drawn = calls.get(f"{place}/influence/maps/{known['map']}", limit=_TOP)
    if drawn["abstain_reason"]:
        console.print(f"  influence: abstained ({drawn['abstain_reason']}), {drawn['interactions']} interactions")
    else:
        people = ", ".join(
            f"{score['author']['label']} (#{score['rank']}, 90 % range {score['rank_low']}–{score['rank_high']})"
            for score in drawn["scores"]
        )
        console.print(f"  top influencers of {drawn['nodes']:,} people: {people}")


def _show_spoken_of(console: Console, calls: Calls, place: str, period: dict[str, str]) -> None:
    aspects = calls.get(f"{place}/insights/aspects", **period)["data"][:_TOP]
    if aspects:
        told = (f"{one['name']} {_estimate(one['net_sentiment'])} (n {one['net_sentiment']['n']})" for one in aspects)
        console.print(f"  net sentiment of the most talked about aspects: {', '.join(told)}")
    topics = calls.get(f"{place}/topics", limit=50)["data"]
    largest = sorted((one for one in topics if not one["theme"]), key=lambda one: -one["stories"])[:_TOP]
    if largest:
        told = (f"“{one['name']}” ({one['language']}, {one['stories']} stories)" for one in largest)
        console.print(f"  largest of {len(topics)} topics: {'; '.join(told)}")


def _estimate(estimate: dict[str, Any] | None, *, percent: bool = False) -> str:
    if estimate is None or estimate["value"] is None:
        return "–"
    form = "{:.1%}" if percent else "{:+.2f}"
    value, low, high = (form.format(estimate[key]) for key in ("value", "low", "high"))
    return f"{value} [{low}, {high}]"


def _forecast(calls: Calls, place: str, query: str) -> str:
    found = calls.get(f"{place}/forecasts", query=query, measure="volume", limit=1)["data"]
    if not found:
        return "–"
    if found[0]["abstain_reason"]:
        return f"none: {found[0]['abstain_reason']}"
    point = found[0]["points"][_HORIZON_SHOWN - 1]
    return f"{point['mean']:.0f} [{point['low_95']:.0f}, {point['high_95']:.0f}]"
