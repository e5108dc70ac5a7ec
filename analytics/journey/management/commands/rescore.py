"""`manage.py rescore`: have mentions read again that were read by what is not in force any more."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from analytics.journey.rescoring import request_rescoring, state
from kernel import db
from tenants.lifecycle.serving import schemas_at_work
from tenants.models import Client


class Command(BaseCommand):
    help = (
        "Queue a job for each client that reads again what was read by a model that is not in force: after another "
        "engine, a new version of it, or a change to what a client has of its own. Workers do it; the API tells how "
        "far they are. Clients with nothing to read again are passed over. Prints one JSON object at the end."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--client", nargs="+", metavar="cli_…", default=[], help="only these clients")
        which.add_argument("--all", action="store_true", help="all clients that are at work")
        parser.add_argument("--check", action="store_true", help="only say what is outdated")

    def handle(self, *args: Any, **options: Any) -> None:
        found = []
        for client in _clients(options["client"]):
            with db.enter(client.schema_name):
                present = state()
                if present.problem:
                    raise CommandError(f"The language engine cannot be loaded here: {present.problem}.")
                told = {"client": client.id, **asdict(present), "outdated": present.outdated, "job": None}
                if present.outdated and not options["check"]:
                    told["job"] = str(request_rescoring(model=present.model_id).job_id)
                found.append(told)
        outdated = sum(each["outdated"] for each in found)
        self.stderr.write(f"{outdated} mentions of {len(found)} clients were read by what is not in force.")
        self.stdout.write(json.dumps({"outdated": outdated, "clients": found}))


def _clients(named: list[str]) -> list[Client]:
    """Those that are named, or all, that are at work. Raises CommandError for one that is not."""
    at_work = set(schemas_at_work())
    try:
        wanted = Client.objects.filter(id__in=named) if named else Client.objects.filter(schema_name__in=at_work)
        found = [client for client in wanted.order_by("id") if client.schema_name in at_work]
    except ValueError:
        raise CommandError("An id of a client looks like cli_0197….") from None
    missing = set(named) - {client.id for client in found}
    if missing:
        raise CommandError(f"No client at work: {', '.join(sorted(missing))}.")
    return found
