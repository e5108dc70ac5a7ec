"""`manage.py dead_letters`: look at the messages that were given up, and send them again."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet

from kernel.queue.letters import dead_letters, resend
from kernel.queue.models import DeadLetter


class Command(BaseCommand):
    help = "List the messages that failed for good, or put them back into the queue. What they carry is never shown."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        listing = verbs.add_parser("list", help="id, time, actor, client's schema and error of each, newest first")
        listing.add_argument("--actor", default="", help="only this actor's")
        listing.add_argument("--limit", type=int, default=50, help="at most this many (default %(default)s)")
        sending = verbs.add_parser("resend", help="put them back into the queue, as if never tried")
        sending.add_argument("ids", nargs="*", type=UUID, help="which ones")
        sending.add_argument("--actor", default="", help="all of this actor's")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["verb"] == "list":
            self._list(dead_letters(actor=options["actor"]), options["limit"])
            return
        if bool(options["ids"]) == bool(options["actor"]):
            raise CommandError("Name either ids or an actor.")
        chosen = dead_letters(actor=options["actor"], ids=options["ids"])
        wanted, sent = chosen.count(), resend(chosen)
        self.stdout.write(f"{sent} sent again.")
        missing = len(set(options["ids"])) - wanted if options["ids"] else 0
        if missing:
            raise CommandError(f"{missing} are not among the dead letters.")
        if sent < wanted:
            raise CommandError(f"{wanted - sent} cannot be sent: they are no messages, or nobody knows their actor.")

    def _list(self, letters: QuerySet[DeadLetter], limit: int) -> None:
        for letter in letters[:limit]:
            died = f"{letter.died_at:%Y-%m-%dT%H:%M:%SZ}"
            self.stdout.write(f"{letter.id}  {died}  {letter.actor}  {letter.schema}  {letter.error}")
        self.stdout.write(f"{letters.count()} in all.")
