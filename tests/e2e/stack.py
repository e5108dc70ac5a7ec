"""The whole of Earshot running for a test: its own PostgreSQL, the API server and a worker, as real processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from api.running import ROOT, Running, free_port, running
from kernel import embedded

# How long a job may take: a busy machine is no failure.
_JOB_S = 600.0


@dataclass
class Stack:
    """`api` speaks to the server with an owner's key; `environment` starts more processes of the same stack."""

    running: Running
    api: httpx.Client
    environment: dict[str, str]
    log: Path

    def wait_for(self, client: str, job: str) -> dict[str, Any]:
        """Ask for a job until it has ended well. Raises AssertionError for one that fails or takes too long."""
        end = time.monotonic() + _JOB_S
        while time.monotonic() < end:
            state: dict[str, Any] = self.api.get(f"/clients/{client}/jobs/{job}").raise_for_status().json()
            assert state["state"] != "failed", state["error"]
            if state["state"] == "succeeded":
                return state
            time.sleep(0.1)
        raise AssertionError(f"job {job} did not end; it says {state['state']} at {state['progress']:.0%}")


@contextmanager
def standing(home: Path) -> Iterator[Stack]:
    """Start everything below `home`, and stop it again."""
    environment = {"EARSHOT_HOME": str(home), "EARSHOT_LOG_LEVEL": "WARNING", "EARSHOT_RATE_LIMIT": "100000"}
    try:
        manage(environment, "migrate", "--verbosity", "0")
        key = manage(
            environment, "create_agency", "Northlight", "owner@northlight.example", "--password-stdin",
            stdin="a long enough pass phrase\n",
        ).strip()  # fmt: skip
        log = home / "server.log"
        with log.open("ab") as file, running(port=free_port(), log=file, environment=environment) as started:
            headers = {"Authorization": f"Bearer {key}"}
            with httpx.Client(base_url=f"{started.url}/api/v1", headers=headers, timeout=300, trust_env=False) as api:
                yield Stack(started, api, environment, log)
    finally:
        embedded.remove(home / "postgres")


def manage(environment: dict[str, str], *arguments: str, stdin: str = "") -> str:
    """Run `manage.py` in the stack and return what it prints."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
