"""The demo's steps, each done through the API and each skipped where an earlier demo did it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from api.demo.calls import Calls
from api.demo.plan import DemoPlan, PlannedClient
from api.demo.state import DemoState

Told = Callable[[float], None]
REPORT_DAYS = 30
TABLE_DAYS = 90


def open_client(calls: Calls, state: DemoState, planned: PlannedClient) -> dict[str, Any]:
    """Open the client's account with its brand, queries and industry. Returns what is remembered of it."""
    known = state.clients.get(planned.name)
    if known:
        return known
    client = calls.post("/clients", {"name": planned.name, "locale": planned.locale, "time_zone": planned.time_zone})[
        "id"
    ]
    place = f"/clients/{client}"
    calls.patch(f"{place}/branding", {"primary": planned.primary, "accent": planned.accent})
    calls.upload(f"{place}/branding/logo", method="PUT", files={"logo": ("logo.png", planned.logo(), "image/png")})
    for query in planned.queries:
        calls.post(f"{place}/queries", {"name": query.name, "kind": query.kind, "text": query.text})
    if planned.industry:
        calls.patch(f"{place}/aspects", {"industry": planned.industry})
    state.clients[planned.name] = known = {"id": client}
    return known


def start_import(calls: Calls, known: dict[str, Any], plan: DemoPlan, mapping: dict[str, object]) -> None:
    """Upload the file; the worker takes it from there."""
    if "import" in known:
        return
    data = {"source": plan.source}
    if mapping:
        data["mapping"] = json.dumps(mapping)
    with plan.file.open("rb") as file:
        made = calls.upload(
            f"/clients/{known['id']}/imports", method="POST", files={"file": (plan.file.name, file)}, data=data
        )
    known["import"], known["import_job"] = made["id"], made["job"]


def finish_import(calls: Calls, known: dict[str, Any], told: Told) -> dict[str, Any]:
    """Wait until every row is read and understood. Returns the import."""
    calls.follow(known["id"], known["import_job"], told)
    found: dict[str, Any] = calls.get(f"/clients/{known['id']}/imports/{known['import']}")
    return found


def last_day(calls: Calls, known: dict[str, Any]) -> date:
    """The day of the client's last mention, in its own time zone."""
    return date.fromisoformat(calls.get(f"/clients/{known['id']}/insights/summary")["end"])


def map_and_forecast(calls: Calls, known: dict[str, Any], told: Told) -> None:
    """Have topics found, the influence map of the table's period drawn, and every query forecast."""
    if "map" in known:
        told(1.0)
        return
    place, end = f"/clients/{known['id']}", last_day(calls, known)
    start = end - timedelta(days=TABLE_DAYS - 1)
    drawn = calls.post(f"{place}/influence/maps", {"start": start.isoformat(), "end": end.isoformat()})
    forecast = calls.post(f"{place}/forecasts", {"horizon": 14})
    drawn = calls.follow(known["id"], drawn["id"], lambda part: told(part / 3))
    calls.follow(known["id"], forecast["id"], lambda part: told((1 + part) / 3))
    for run in calls.get(f"{place}/topic_runs", limit=1)["data"]:  # the day's own, which may know half of the posts
        calls.follow(known["id"], run["job"], lambda _: None)
    topics = calls.post(f"{place}/topic_runs", {})
    calls.follow(known["id"], topics["id"], lambda part: told((2 + part) / 3))
    known["map"] = drawn["result"]["id"]


def make_report(calls: Calls, known: dict[str, Any], folder: Path, told: Told) -> Path:
    """Have the report of the last 30 days made, and download it."""
    target = folder / f"report-{known['id'][-8:]}.pdf"
    if "report" in known and target.exists():
        told(1.0)
        return target
    place, end = f"/clients/{known['id']}", last_day(calls, known)
    start = end - timedelta(days=REPORT_DAYS - 1)
    made = calls.post(f"{place}/reports", {"start": start.isoformat(), "end": end.isoformat()})
    calls.follow(known["id"], made["job"], told)
    folder.mkdir(parents=True, exist_ok=True)
    calls.download(f"{place}/reports/{made['id']}/file", target)
    known["report"] = made["id"]
    return target
