"""`manage.py two_factor`: what an operator does about second factors at the machine itself."""

from __future__ import annotations

from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kernel.errors import EarshotError
from tenants.models import User
from tenants.people import two_factor
from tenants.people.signing_in import normalised


class Command(BaseCommand):
    help = (
        "`enrol` switches two-factor authentication on for an operator, who needs it for the admin. `remove` switches "
        "it off for somebody who lost their authenticator and every recovery code: be sure who asks."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["enrol", "remove"])
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email=normalised(options["email"])).first()
        if user is None:
            raise CommandError("Nobody has this address.")
        try:
            if options["what"] == "remove":
                two_factor.remove(user=user, actor="system")
                self.stdout.write("Two-factor authentication is off.")
                return
            self._enrol(user)
        except EarshotError as problem:
            raise CommandError(problem.detail) from None

    def _enrol(self, user: User) -> None:
        _, uri = two_factor.enrol(user=user, password=getpass("Password: "), issuer="Operations")
        self.stdout.write(f"Give this to the authenticator:\n{uri}")
        user.refresh_from_db()
        codes = two_factor.confirm(user=user, code=input("The code it shows: "))
        self.stdout.write("Two-factor authentication is on. Recovery codes, each good once:\n" + "\n".join(codes))
