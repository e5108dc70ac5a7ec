"""`manage.py replay FILE`: send posts from a file the way that a shared stream's go, and say what that takes."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from analytics.journey.replay import BATCH, Progress, Replay, backend_cpu_s, report, tell_all
from analytics.journey.route import Router
from analytics.journey.stages import Stages
from analytics.journey.streams.services import stream_named
from analytics.listening.catalogue.following import Follower
from analytics.listening.facts import Readable
from analytics.sources.contracts import RawPost
from analytics.sources.files.connector import FileConnector
from analytics.sources.problems import SourceProblem
from tenants.lifecycle.serving import schemas_at_work
from tenants.models import Client

STREAM = "replay"


def rate(text: str) -> float:
    """Posts a second, or 0."""
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found < 1e9:
        raise ArgumentTypeError("must be a number of posts a second, 0 for as fast as it goes")
    return found


class Command(BaseCommand):
    help = (
        "Send the posts of a file (CSV, TSV or JSON Lines, as for imports; - for standard input) through matching, "
        "privacy, store and rollups of all clients that are at work. Says on stderr how far it is, and prints one JSON "
        "object at the end. What it stores stays; the same file again is found to be known."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="path of the file, or -")
        parser.add_argument("--rate", type=rate, default=0.0, help="posts a second (default: as fast as it goes)")
        parser.add_argument("--clients", nargs="+", metavar="cli_…", help="only these clients")
        parser.add_argument("--batch", type=int, default=BATCH, help="posts matched at once (default %(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        clients = _clients(options["clients"])
        stages = Stages()
        tell_all(clients)
        follower = Follower()
        follower.start()
        try:
            follower.index.matcher.pairs([Readable("")])  # whatever has to be compiled is, before anything is timed
            router = Router(
                follower=follower,
                stream=stream_named(STREAM),
                only={client.schema_name for client in clients},
                stages=stages,
            )
            replay = Replay(
                router=router,
                clients=clients,
                stages=stages,
                now=lambda: datetime.now(UTC),
                rate=options["rate"],
                batch=max(1, options["batch"]),
            )
            before = backend_cpu_s()
            with _on_disk(options["file"]) as path:
                progress = replay.run(_posts(path), told=self._teller())
            after = backend_cpu_s()
        except SourceProblem as problem:
            raise CommandError(problem.reason) from None
        finally:
            follower.stop()
        spent = None if before is None or after is None else after - before
        outcome = report(progress, stages, database_cpu_s=spent)
        known = {"clients": len(clients), "queries": len(follower.index), "change": follower.index.change}
        self.stdout.write(json.dumps({**known, **outcome}))

    def _teller(self) -> Any:
        last = 0.0

        def told(progress: Progress) -> None:
            nonlocal last
            present = time.monotonic()
            if present - last >= 1.0:
                last = present
                self.stderr.write(
                    f"{progress.posts:,} posts, {progress.matched:,} matched, {progress.stored:,} mentions stored, "
                    f"{progress.seconds:.0f} s"
                )

        return told


def _clients(named: list[str] | None) -> list[Client]:
    """The clients that get something. Raises CommandError for one that is not here or not at work."""
    at_work = set(schemas_at_work())
    try:
        found = Client.objects.filter(id__in=named) if named else Client.objects.filter(schema_name__in=at_work)
        clients = list(found.order_by("id"))
    except ValueError:
        raise CommandError("An id of a client looks like cli_0197….") from None
    missing = set(named or ()) - {client.id for client in clients if client.schema_name in at_work}
    if missing:
        raise CommandError(f"No client at work: {', '.join(sorted(missing))}.")
    return clients


@contextmanager
def _on_disk(name: str) -> Iterator[Path]:
    """The file; what comes from standard input is put on disk first, since reading needs two passes."""
    if name != "-":
        if not Path(name).is_file():
            raise CommandError("There is no such file.")
        yield Path(name)
        return
    with tempfile.NamedTemporaryFile(prefix="earshot-replay-") as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
        file.flush()
        yield Path(file.name)


def _posts(path: Path) -> Iterator[RawPost]:
    connector = FileConnector(path, now=datetime.now(UTC), source_default=STREAM, batch_size=BATCH)
    connector.prepare()
    for page in connector.pages():
        yield from page.posts
