"""A worker killed with -9 in the middle of an import: after a restart nothing is lost and nothing is there twice."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest

from analytics.sources.corpus import cast, corpus
from analytics.sources.corpus.export import write_csv
from api.running import start_worker, stop
from tests.e2e.stack import standing

POSTS = 12_000


@pytest.mark.slow
def test_an_import_survives_killed_workers(tmp_path: Path) -> None:
    posts = corpus(seed=3, posts=POSTS).posts
    file = io.StringIO()
    write_csv(posts, file)
    client_plan = cast.AGENCY.clients[0]
    with standing(tmp_path / "home") as stack:
        counted = []
        for kills in (0, 3):
            client = stack.api.post(
                "/clients", json={"name": f"after {kills} kills", "locale": "de-DE", "time_zone": "Europe/Berlin"}
            ).json()["id"]
            place = f"/clients/{client}"
            for query in client_plan.queries:
                stack.api.post(f"{place}/queries", json={"name": query.name, "kind": query.kind, "text": query.text})
            made = stack.api.post(f"{place}/imports", files={"file": ("posts.csv", file.getvalue().encode())}).json()
            worker = stack.running.worker
            for _ in range(kills):
                before = stack.api.get(f"{place}/imports/{made['id']}").json()
                end = time.monotonic() + 60
                while time.monotonic() < end:
                    now = stack.api.get(f"{place}/imports/{made['id']}").json()
                    if (now["read"], now["understood"]) != (before["read"], before["understood"]):
                        break
                worker.kill()
                worker.wait()
                worker = start_worker(threads=2, environment=stack.environment)
            try:
                stack.wait_for(client, made["job"])
            finally:
                if kills:
                    stop(worker)
            outcome = stack.api.get(f"{place}/imports/{made['id']}").json()
            assert outcome["read"] == outcome["rows"] == len(posts)
            assert stack.api.get(f"{place}/usage").json()["mentions"] == outcome["stored"]
            end_day = stack.api.get(f"{place}/insights/summary").json()["end"]
            summary = stack.api.get(f"{place}/insights/summary", params={"start": "2026-01-01", "end": end_day}).json()
            for row in summary["queries"]:
                row.pop("query")
            counted.append((outcome["stored"], outcome["understood"], summary["queries"]))
        assert counted[0] == counted[1]
