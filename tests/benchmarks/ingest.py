"""How fast a file becomes mentions, beside plain COPY and Django's bulk_create into the same table.

    python -m tests.benchmarks.ingest [--rows 20000] [--rounds 3]

Runs in a database of its own, in one process, in turns (ours, COPY, bulk_create, ours, …), and prints one JSON object
last. `posts_per_s` is stored posts per second of wall clock from the file on disk to posts that are parsed, matched
against 8 queries, redacted, pseudonymised, stored, joined into threads, rolled up and added to the graph, durably
committed. `vs_copy` and `vs_bulk_create` are medians of the rounds' ratios to COPY and bulk_create, which get the very
rows that we stored, ready made, in the same batches; above 1 is faster than they are.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tenants.models import Client

ROOT = Path(__file__).resolve().parents[2]
BATCH = 2_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"EARSHOT_HOME": home, "DJANGO_SETTINGS_MODULE": "config.settings", "EARSHOT_LOG_LEVEL": "ERROR"}
        sys.path.append(str(ROOT / "platform"))
        import django

        django.setup()
        from django.conf import settings

        from kernel import embedded

        try:
            result = measure(Path(home), options.rows, options.rounds)
        finally:
            if "EMBEDDED" in settings.DATABASES["default"]:
                embedded.stop(settings.DATABASES["default"]["EMBEDDED"]["data_dir"])
    print(json.dumps(result))


def measure(home: Path, rows: int, rounds: int) -> dict[str, Any]:
    """Set a client up, run the rounds, and return what they came to."""
    from django.core.management import call_command

    from analytics.listening.services import create_query
    from analytics.sources.corpus import cast, corpus
    from analytics.sources.corpus.export import write_csv
    from kernel import db
    from tenants.services import create_client, sign_up

    call_command("migrate_schemas", interactive=False, verbosity=0)
    agency, user, _ = sign_up(agency_name="Bench", email="bench@agency.example", password="a long pass phrase")
    client = create_client(agency_id=agency.id, name="Bench", locale="en-GB", time_zone="UTC", actor=user.id)
    path = home / "posts.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        write_csv(corpus(seed=1, posts=rows).posts, file)
    with db.enter(client.schema_name):
        for query in (query for made in cast.AGENCY.clients for query in made.queries):
            create_query(name=query.name, kind=query.kind, text=query.text)
        ours, stored = [], 0
        vs_copy, vs_bulk = [], []
        for number in range(rounds + 1):
            stored, seconds = run_ours(path, client)
            table = read_back()
            copied, bulk = run_copy(table), run_bulk_create(table)
            if number == 0:
                continue  # a first round warms caches up on all sides
            ours.append(stored / seconds)
            vs_copy.append(copied / seconds)
            vs_bulk.append(bulk / seconds)
            print(
                f"round {number}: ours {seconds:.2f} s, COPY {copied:.2f} s, bulk_create {bulk:.2f} s", file=sys.stderr
            )
    return {
        "rows": stored,
        "posts_per_s": round(statistics.median(ours)),
        "vs_copy": round(statistics.median(vs_copy), 3),
        "vs_bulk_create": round(statistics.median(vs_bulk), 2),
    }


def empty() -> None:
    """An empty store, as the owner may make one."""
    from django.db import connection

    from kernel import db

    with db.as_owner(), connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE mentions_mention, mentions_author, mentions_mentionmatch, insights_hourlyrollup, "
            "influence_dailyedge, influence_influencescore, privacy_redactiontally, mentions_wording CASCADE"
        )


def run_ours(path: Path, client: Client) -> tuple[int, float]:
    """The real way in. Returns how many posts were stored, and the seconds."""
    from analytics.journey.listen import Ear
    from analytics.journey.services import take
    from analytics.listening.selectors import listener
    from analytics.sources.files.connector import FileConnector
    from tenants.datakeys import data_key

    empty()
    now, stored = datetime.now(UTC), 0
    begun = time.perf_counter()
    ear = Ear(listener(), data_key(client))
    connector = FileConnector(path, now=now, batch_size=BATCH)
    connector.prepare()
    for page in connector.pages():
        stored += take(posts=page.posts, origin="bench", ear=ear, now=now).stored
    return stored, time.perf_counter() - begun


def read_back() -> tuple[list[str], list[tuple[Any, ...]]]:
    """The rows that were stored, as COPY and bulk_create are to store them again."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM mentions_mention ORDER BY id")
        return [column.name for column in cursor.description], cursor.fetchall()


def run_copy(table: tuple[list[str], list[tuple[Any, ...]]]) -> float:
    from django.db import connection, transaction

    names, rows = table
    _empty_mentions()
    begun = time.perf_counter()
    for start in range(0, len(rows), BATCH):
        with (
            transaction.atomic(),
            connection.cursor() as cursor,
            cursor.copy(f"COPY mentions_mention ({', '.join(names)}) FROM STDIN") as copy,
        ):
            for row in rows[start : start + BATCH]:
                copy.write_row(
                    [json.dumps(value) if name == "media" else value for name, value in zip(names, row, strict=True)]
                )
    return time.perf_counter() - begun


def run_bulk_create(table: tuple[list[str], list[tuple[Any, ...]]]) -> float:
    from django.db import transaction

    from analytics.mentions.models import Mention

    names, rows = table
    fields = {field.column: field.attname for field in Mention._meta.concrete_fields}
    _empty_mentions()
    begun = time.perf_counter()
    for start in range(0, len(rows), BATCH):
        with transaction.atomic():
            Mention.objects.bulk_create(
                [
                    Mention(**{fields[name]: value for name, value in zip(names, row, strict=True)})
                    for row in rows[start : start + BATCH]
                ],
                batch_size=BATCH // 2,  # a statement has at most 65,535 parameters
            )
    return time.perf_counter() - begun


def _empty_mentions() -> None:
    from django.db import connection

    from kernel import db

    with db.as_owner(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE mentions_mention, mentions_mentionmatch CASCADE")


if __name__ == "__main__":
    main()
