"""`manage.py create_agency`: sign an agency up from the command line."""

from __future__ import annotations

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kernel.errors import ValidationFailed
from tenants.services import sign_up


class Command(BaseCommand):
    help = "Sign up an agency with its owner, and print its first API key. The key is shown this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="the agency's name, as its reports show it")
        parser.add_argument("email", help="the owner's e-mail address")
        parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        asked = sys.stdin.readline().rstrip("\n") if options["password_stdin"] else getpass.getpass("Password: ")
        try:
            _, _, key = sign_up(agency_name=options["name"], email=options["email"], password=asked)
        except ValidationFailed as problem:
            raise CommandError(problem.detail) from None
        self.stdout.write(key.text)
