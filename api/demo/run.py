"""The demo from end to end."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from api.demo import state as states
from api.demo import steps, tables
from api.demo.calls import CallFailed, Calls
from api.demo.plan import DemoPlan, bundled, strangers
from api.running import Running
from tenants.selectors import caller_of
from tenants.services import set_branding, sign_up


def prepare(*, posts: Path | None, mapping: dict[str, object]) -> tuple[DemoPlan, states.DemoState, Path]:
    """What to set up, what an earlier demo of the same file left, and where this one keeps its things."""
    home = Path(settings.HOME) / "demo"
    home.mkdir(parents=True, exist_ok=True)
    plan = strangers(posts, mapping) if posts else bundled(home / "bundled")
    folder = home / (states.fingerprint(plan.file, mapping) if posts else "bundled")
    folder.mkdir(parents=True, exist_ok=True)
    state = states.load(folder / "state.json")
    if state is None or caller_of(state.key) is None:
        state = _new_agency(plan)
        state.save(folder / "state.json")
    return plan, state, folder


def _new_agency(plan: DemoPlan) -> states.DemoState:
    email = f"demo-{secrets.token_hex(6)}@agency.example"
    agency, user, key = sign_up(agency_name=plan.agency, email=email, password=secrets.token_urlsafe(24))
    set_branding(agency_id=agency.id, actor=user.id, name=plan.agency)
    return states.DemoState(key=key.text)


def play(
    console: Console,
    started: Running,
    plan: DemoPlan,
    state: states.DemoState,
    folder: Path,
    mapping: dict[str, object],
) -> None:
    """Do the main job, with progress bars, and print what came of it."""
    calls = Calls(started.url, state.key)
    try:
        known = {client.name: steps.open_client(calls, state, client) for client in plan.clients}
        uploads, reports = _work(console, calls, plan, known, folder, mapping)
    finally:
        state.save(folder / "state.json")
    tables.show_columns(console, next(iter(uploads.values())))
    for name, client in known.items():
        problems = calls.get(f"/clients/{client['id']}/imports/{client['import']}/problems", limit=3)["data"]
        tables.show_rows(console, name, uploads[name], problems)
    for name, client in known.items():
        console.print()
        tables.show_client(console, calls, name, client)
    _farewell(console, started.url, state.key, next(iter(known.values()))["id"], reports)


def _work(
    console: Console,
    calls: Calls,
    plan: DemoPlan,
    known: dict[str, dict[str, Any]],
    folder: Path,
    mapping: dict[str, object],
) -> tuple[dict[str, Any], dict[str, Path]]:
    uploads, reports = {}, {}
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        bars = {name: _bar(progress, f"{name}: listening and understanding") for name in known}
        for client in known.values():
            steps.start_import(calls, client, plan, mapping)
        for name, client in known.items():
            uploads[name] = steps.finish_import(calls, client, bars[name])
        for name, client in known.items():
            steps.map_and_forecast(calls, client, _bar(progress, f"{name}: topics, map and forecasts"))
        for name, client in known.items():
            reports[name] = steps.make_report(calls, client, folder, _bar(progress, f"{name}: report"))
    return uploads, reports


def _bar(progress: Progress, description: str) -> steps.Told:
    bar = progress.add_task(description, total=1.0)
    return lambda part: progress.update(bar, completed=part)


def _farewell(console: Console, url: str, key: str, client: str, reports: dict[str, Path]) -> None:
    console.print("\n[bold]Reports[/bold]")
    for name, path in reports.items():
        console.print(f"  {name}: {path}", soft_wrap=True)
    place = f"{url}/api/v1/clients/{client}"
    console.print(f"\n[bold]API[/bold] {url}/api/v1/   [bold]documentation[/bold] {url}/api/v1/docs")
    console.print(f"[bold]Key[/bold] {key}", soft_wrap=True, highlight=False)
    console.print("[bold]Try[/bold]")
    for route in (
        "/insights/share_of_voice",
        "/mentions?sentiment=negative&limit=3",
        "/topics?limit=3",
        "/influence/maps/latest?limit=5",
    ):
        console.print(
            f"  curl -s -H 'Authorization: Bearer {key}' '{place}{route}'",
            soft_wrap=True,
            highlight=False,
            markup=False,
        )


__all__ = ["CallFailed", "play", "prepare"]
