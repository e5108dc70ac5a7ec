"""`manage.py hardening_sql`: what the administrator of one's own PostgreSQL runs once."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from kernel import hardening


class Command(BaseCommand):
    help = "Print the SQL that a superuser runs once in Earshot's database, so that injected SQL cannot leave a client."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--owner", default="earshot", help="the role that owns the database")
        parser.add_argument("--login", default="earshot_app", help="the role that DATABASE_URL logs in as")

    def handle(self, *args: Any, **options: Any) -> None:
        for statement in hardening.statements(owner=options["owner"], login=options["login"]):
            self.stdout.write(f"{statement};")
