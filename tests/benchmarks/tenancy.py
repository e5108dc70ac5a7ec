"""What a client costs when there are many: opening one, migrating all, switching between them.

    python -m tests.benchmarks.tenancy [--clients 300]

Runs in a database of its own and prints one JSON object last.

- `onboard_s`: median seconds of `tenants.services.create_client`, committed, with 10 clients and with N, in 21 turns:
  the 10 are in a second server beside the first, so that whatever else the machine does meets both. `onboard_growth` is
  the median of the turns' ratios. Given `DATABASE_URL`, there is one server: the 10 come first, the N minutes later.
- `ten_at_once_s`: seconds until ten more clients, opened at the same moment over ten connections, are all committed.
- `onboard_vs_migrate`: at N clients, how many times longer django-tenants' way takes to make a client's schema and
  role, which is its `migrate_schemas` in a new schema, in turns with ours; `onboard_vs_executor` is the same with
  nothing but Django's migration executor in its place.
- `state_read_s`: median seconds to read which migrations each of the N clients has.
- `replay_vs_migrate_schemas`: an AddField on all N clients by `migrate_clients`' engine, compiling included, over four
  connections, against django-tenants' `migrate_schemas`, seconds per client; the latter is timed on `--peer-clients`
  of the clients, since it takes long. `replay_s` and `migrate_schemas_s_per_client` are the two.
- `switch_overhead_us`: median microseconds by which entering another client and sending one statement is slower than
  the same statement by Django's plain PostgreSQL backend, in turns. `extra_round_trips` is counted, not timed.
- `backend_mb`: private memory of one server process, in MB, after it has read and written in each of the N schemas;
  `null` where the server does not run on this machine.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LATER = """
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("reports", "{before}")]
    operations = [migrations.AddField("Report", "{column}", models.TextField(default="new"))]
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=300)
    parser.add_argument("--peer-clients", type=int, default=10)
    options = parser.parse_args()
    if options.clients < 20 or not 1 <= options.peer_clients <= options.clients:
        parser.error("at least 20 clients, and no more peers than clients")
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"EARSHOT_HOME": home, "DJANGO_SETTINGS_MODULE": "config.settings", "EARSHOT_LOG_LEVEL": "ERROR"}
        sys.path.append(str(ROOT / "platform"))
        import django

        django.setup()
        from django.conf import settings

        from kernel import embedded

        try:
            result = measure(Path(home), options.clients, options.peer_clients)
        finally:
            if "EMBEDDED" in settings.DATABASES["default"]:
                embedded.stop(settings.DATABASES["default"]["EMBEDDED"]["data_dir"])
    print(json.dumps(result))


def measure(home: Path, clients: int, peers: int) -> dict[str, Any]:
    """Open N clients, and time what there is to time on the way."""
    from tenants.schema import template, versions

    open_one = prepare()
    build_s = seconds(template.current_image)
    names, took = [], []
    for number in range(clients):
        begun = time.perf_counter()
        names.append(open_one())
        took.append(time.perf_counter() - begun)
        if number % 50 == 49:
            print(f"{number + 1} clients, the last in {took[-1]:.3f} s", file=sys.stderr)
    few, many = in_turns(home, open_one) or (took[10:31], took[-21:])
    together, more = ten_at_once(open_one)
    vs_migrate, vs_executor = against_migrating()
    print("onboarding done", file=sys.stderr)
    state_read_s = statistics.median(seconds(versions.read) for _ in range(5))
    mb = backend_mb(names)
    overhead, trips = switch_overhead(names)
    print("switching done", file=sys.stderr)
    names += more
    replayed, migrated = replay_against_django_tenants(home, names, peers)
    return {
        "clients": clients,
        "onboard_s": {"10": round(statistics.median(few), 4), str(clients): round(statistics.median(many), 4)},
        "onboard_growth": round(statistics.median(two / one for one, two in zip(few, many, strict=True)), 2),
        "ten_at_once_s": round(together, 3),
        "onboard_vs_migrate": round(vs_migrate, 1),
        "onboard_vs_executor": round(vs_executor, 1),
        "image_build_s": round(build_s, 2),
        "state_read_s": round(state_read_s, 4),
        "replay_vs_migrate_schemas": round(migrated / (replayed / len(names)), 1),
        "replay_s": round(replayed, 2),
        "migrate_schemas_s_per_client": round(migrated, 3),
        "switch_overhead_us": round(overhead, 1),
        "extra_round_trips": trips,
        "backend_mb": mb,
    }


def prepare() -> Callable[[], str]:
    """Make the public schema of an empty database and an agency in it. Returns what opens a client of the agency."""
    from django.core.management import call_command

    from tenants.services import create_client, sign_up

    call_command("migrate_schemas", shared=True, interactive=False, verbosity=0)
    agency, user, _ = sign_up(agency_name="Bench", email="bench@agency.example", password="a long pass phrase")

    def open_one() -> str:
        made = create_client(agency_id=agency.id, name="Bench", locale="en-GB", time_zone="UTC", actor=user.id)
        return str(made.schema_name)

    return open_one


def in_turns(home: Path, open_one: Callable[[], str], turns: int = 21) -> tuple[list[float], list[float]] | None:
    """Seconds to open a client in a server that has ten, and in this one, in turns; None where this one is not ours.
    What is opened is dropped again."""
    from django.db import connection

    from kernel import embedded
    from tenants import schema
    from tenants.models import Client

    settings = connection.settings_dict
    if "EMBEDDED" not in settings:
        return None
    usual, second = dict(settings), home / "second"

    def open_and_forget(open_one: Callable[[], str]) -> float:
        begun = time.perf_counter()
        name = open_one()
        took = time.perf_counter() - begun
        Client.objects.filter(schema_name=name).delete()
        schema.drop(name)
        return took

    # A thread has its own connection: the other's goes to the second server.
    with ThreadPoolExecutor(1) as other:
        settings["EMBEDDED"] = {**settings["EMBEDDED"], "data_dir": second}
        try:
            open_there = other.submit(prepare).result()
            for _ in range(10):
                other.submit(open_there).result()
            settings.update(usual)
            took = [
                (other.submit(open_and_forget, open_there).result(), open_and_forget(open_one)) for _ in range(turns)
            ]
        finally:
            settings.update(usual)
            other.submit(connection_close).result()
            embedded.stop(second)
    return [few for few, _ in took], [many for _, many in took]


def connection_close() -> None:
    from django.db import connections

    connections.close_all()


def seconds(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def ten_at_once(open_one: Callable[[], str]) -> tuple[float, list[str]]:
    """Seconds for ten clients whose accounts are opened at the same moment, connecting aside, and their schemas."""
    from django.db import connection, connections

    ready = threading.Barrier(11)

    def work() -> str:
        try:
            connection.ensure_connection()
            ready.wait()
            return open_one()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        running = [pool.submit(work) for _ in range(10)]
        ready.wait()
        begun = time.perf_counter()
        made = [one.result() for one in running]
        return time.perf_counter() - begun, made


def against_migrating() -> tuple[float, float]:
    """How many times longer than ours django-tenants' command, and Django's executor, take to make a schema with its
    role, in seven turns."""
    from django.core.management import call_command
    from django.db import connection

    from kernel import db
    from tenants import schema
    from tenants.schema import shell
    from tenants.schema.template import create_by_migrating

    def create_by_command(name: str) -> None:
        with db.public(), db.as_owner(), connection.cursor() as cursor:
            cursor.execute(shell.as_one(shell.opening_sql(name)))
        call_command("migrate_schemas", schema_name=name, tenant=True, interactive=False, verbosity=0)

    ways: tuple[Callable[[str], None], ...] = (schema.create, create_by_command, create_by_migrating)
    ratios: list[tuple[float, float]] = []
    for turn in range(7):
        took = []
        for number, way in enumerate(ways):
            name = f"c_turn{turn}_{number}"
            begun = time.perf_counter()
            way(name)
            took.append(time.perf_counter() - begun)
            schema.drop(name)
        ratios.append((took[1] / took[0], took[2] / took[0]))
    return statistics.median(one for one, _ in ratios), statistics.median(two for _, two in ratios)


def backend_mb(names: list[str]) -> float | None:
    """Private memory of the one server process that has worked in every schema."""
    from django.db import connection

    from analytics.listening.models import Query
    from kernel import db

    connection.close()
    for name in names:
        with db.enter(name):
            Query.objects.create(name="One", kind="brand", text="one")
            assert Query.objects.filter(matches__isnull=True).count() == 1
    with db.public(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        ((pid,),) = cursor.fetchall()
    status = Path(f"/proc/{pid}/status")
    if not status.exists() or "postgres" not in Path(f"/proc/{pid}/comm").read_text():
        return None
    anonymous = next(line for line in status.read_text().splitlines() if line.startswith("RssAnon"))
    return round(int(anonymous.split()[1]) / 1024, 1)


def switch_overhead(names: list[str]) -> tuple[float, int]:
    """Microseconds more per switch and statement than Django's plain backend takes per statement, and how many round
    trips more."""
    from django.db import connection, connections
    from django.test.utils import CaptureQueriesContext

    from kernel import db

    connection.ensure_connection()
    plain_settings = dict(connection.settings_dict) | {"ENGINE": "django.db.backends.postgresql"}
    plain_settings.pop("EMBEDDED", None)
    connections.settings["plain"] = plain_settings
    plain = connections["plain"]

    def ask(wrapper: Any) -> None:
        with wrapper.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchall()

    def switched(name: str) -> None:
        with db.enter(name):
            ask(connection)

    ours, theirs = [], []
    for turn in range(3_000):
        name = names[turn * 7 % len(names)]
        ours.append(seconds(lambda: switched(name)))  # noqa: B023
        theirs.append(seconds(lambda: ask(plain)))
    with CaptureQueriesContext(connection) as sent:
        switched(names[0])
    plain.close()
    return (statistics.median(ours[500:]) - statistics.median(theirs[500:])) * 1e6, len(sent) - 1


def replay_against_django_tenants(home: Path, names: list[str], peers: int) -> tuple[float, float]:
    """Seconds for all clients by replaying an AddField, and seconds per client by django-tenants for the next one."""
    from django.conf import settings
    from django.core.management import call_command

    from tenants.schema import fleet

    sys.path.insert(0, str(home))
    package = home / "bench_migrations"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "0001_initial.py").write_text(
        "from importlib import import_module\n"
        "Migration = import_module('analytics.reports.migrations.0001_initial').Migration\n"
    )
    (package / "0002_one.py").write_text(LATER.format(before="0001_initial", column="one"))
    settings.MIGRATION_MODULES = {"reports": "bench_migrations"}
    begun = time.perf_counter()
    outcome = fleet.migrate()
    replayed = time.perf_counter() - begun
    assert (outcome.failed, outcome.replayed) == ({}, len(names)), outcome
    (package / "0003_two.py").write_text(LATER.format(before="0002_one", column="two"))
    begun = time.perf_counter()
    for name in names[:peers]:
        call_command("migrate_schemas", schema_name=name, tenant=True, interactive=False, verbosity=0)
    return replayed, (time.perf_counter() - begun) / peers


if __name__ == "__main__":
    main()
