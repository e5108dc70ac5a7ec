"""A client moved from one installation into another: other PostgreSQL, other home, other master keys."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kernel import embedded
from tests.e2e.stack import ROOT, manage
from tests.kernel.embedded_cast import folder
from tests.tenants.archive_cast import HEADER, ROWS

__all__ = ["folder"]

pytestmark = pytest.mark.slow

# What is said of a client, with its pseudonyms opened: run in each installation.
LOOK = """
import json, sys
from rest_framework.test import APIClient
from analytics.mentions.models import Author
from analytics.privacy.protect import Protector
from kernel import db
from tenants import services
from tenants.datakeys import data_key
from tenants.models import Client
client = Client.objects.get()
key = services.issue_key(agency_id=client.agency_id, name="k", role="owner", actor="system")[1].text
api = APIClient()
api.credentials(HTTP_AUTHORIZATION="Bearer " + key)
place = "/api/v1/clients/" + client.id
said = {}
for path in ("", "/queries", "/mentions", "/insights/summary", "/imports", "/reports", "/redactions", "/jobs"):
    answer = api.get(place + path)
    assert answer.status_code == 200, (path, answer.content)
    said[path] = answer.json()
(report,) = said["/reports"]["data"]
said["pdf"] = len(api.get(report["file"]).getvalue())
protector = Protector(data_key(client))
with db.enter(client.schema_name):
    said["people"] = sorted(
        protector.open_author(bytes(a.envelope), bytes(a.pseudonym)).handle
        for a in Author.objects.exclude(envelope=None)
    )
said["wrapped"] = bytes(client.wrapped_key).hex()
print(json.dumps(said))
"""
FILL = f"""
from datetime import date
from analytics.journey.requests import add_query
from analytics.reports.services import request_report
from analytics.sources.services import accept_upload
from kernel import db
from kernel.queue.testing import drain
from tenants import services
from tenants.models import Agency
client = services.create_client(
    agency_id=Agency.objects.get().id, name="Juniper", locale="en-GB", time_zone="UTC", actor="system"
)
with db.enter(client.schema_name):
    add_query(name="Juniper", kind="brand", text='"juniper bakery"')
    accept_upload(chunks=[{(HEADER + ROWS).encode()!r}], file_name="p.csv", source="web", mapping={{}}, options={{}})
    request_report(start=date(2026, 3, 1), end=date(2026, 3, 31), locale="en-GB")
drain()
print(client.id)
"""


@pytest.fixture
def homes(folder: Path) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """Two installations with one agency each, as environments."""
    made = []
    for name in ("here", "there"):
        environment = {"EARSHOT_HOME": str(folder / name), "EARSHOT_LOG_LEVEL": "WARNING"}
        (folder / name).mkdir(mode=0o711)
        manage(environment, "migrate_schemas", "--verbosity", "0")
        manage(
            environment, "create_agency", name, f"owner@{name}.example", "--password-stdin",
            stdin="a long enough pass phrase\n",
        )  # fmt: skip
        made.append(environment)
    yield made[0], made[1]
    for name in ("here", "there"):
        embedded.remove(folder / name / "postgres")


def shell(environment: dict[str, str], code: str) -> str:
    return manage(environment, "shell", "--no-imports", "-v", "0", "-c", code).strip().splitlines()[-1]


def refused(environment: dict[str, str], *arguments: str) -> str:

    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_client_moves_to_another_installation(homes: tuple[dict[str, str], dict[str, str]], tmp_path: Path) -> None:
    here, there = homes
    client = shell(here, FILL)
    before = json.loads(shell(here, LOOK))
    archive, secret, wrong = str(tmp_path / "client.earshot"), tmp_path / "passphrase", tmp_path / "wrong"
    secret.write_text("moving house on a rainy day\n")
    wrong.write_text("moving house on a sunny day\n")
    agency = shell(there, "from tenants.models import Agency; print(Agency.objects.get().id)")

    manage(here, "client", "export", client, "--to", archive, "--passphrase-file", str(secret))
    assert "passphrase is needed" in refused(there, "client", "import", archive, "--as-agency", agency)
    said = refused(there, "client", "import", archive, "--as-agency", agency, "--passphrase-file", str(wrong))
    assert "does not open" in said
    said = refused(there, "client", "import", archive, "--passphrase-file", str(secret))
    assert "--as-agency" in said
    manage(there, "client", "import", archive, "--as-agency", agency, "--passphrase-file", str(secret))

    after = json.loads(shell(there, LOOK))
    assert after.pop("wrapped") != before.pop("wrapped")
    assert after == before
    assert before["people"] == ["ana_example", "ben_example", "dan_example"]
    assert before["pdf"] > 1000
    assert len(before["/mentions"]["data"]) == 3
    manage(there, "migrate_clients", "--check")
    # Now it is there; a second time is refused. It is also still here, until somebody deletes it.
    said = refused(there, "client", "import", archive, "--as-agency", agency, "--passphrase-file", str(secret))
    assert "here already" in said
    after_here = json.loads(shell(here, LOOK))
    del after_here["wrapped"]
    assert after_here == before
