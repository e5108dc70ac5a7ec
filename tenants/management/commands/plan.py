"""Plans and who has them, for the operator."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count

from kernel.errors import EarshotError, NotFound
from kernel.lookups import one
from tenants.models import Agency, Plan
from tenants.plans.services import LIMITS, assign_plan, change_plan, create_plan

_NONE = "none"
_WIDE = ("mentions_per_month", "api_calls_per_month", "storage_bytes")


def _limit(text: str, most: int) -> int | None:
    if text == _NONE:
        return None
    if not (text.isascii() and text.isdigit()) or int(text) > most:
        raise argparse.ArgumentTypeError(f"must be {_NONE!r} or a number from 0 to {most}")
    return int(text)


def _small(text: str) -> int | None:
    return _limit(text, 2**31 - 1)


def _large(text: str) -> int | None:
    return _limit(text, 2**63 - 1)


class Command(BaseCommand):
    help = "Make, change, list and assign plans: limits on clients, queries, mentions, API calls and storage."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        for verb, said in (("create", "make a plan"), ("change", "change the limits named, and leave the others")):
            each = verbs.add_parser(verb, help=said)
            each.add_argument("name")
            for limit in LIMITS:
                each.add_argument(
                    f"--{limit.replace('_', '-')}",
                    type=_large if limit in _WIDE else _small,
                    default=argparse.SUPPRESS,
                    metavar="N",
                    help=f"a number, or {_NONE!r}",
                )
        verbs.add_parser("list", help="show all plans, and how many agencies have each")
        assign = verbs.add_parser("assign", help="give an agency a plan")
        assign.add_argument("agency", help="the agency's id, agy_…")
        assign.add_argument("name", help=f"the plan's name, or {_NONE!r} to take all limits away")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        limits = {name: options[name] for name in LIMITS if name in options}
        try:
            if verb == "create":
                self.stdout.write(self._line(create_plan(name=options["name"], **limits)))
            elif verb == "change":
                self.stdout.write(self._line(change_plan(plan=self._plan(options["name"]), **limits)))
            elif verb == "assign":
                self._assign(options["agency"], options["name"])
            else:
                for plan in Plan.objects.annotate(n=Count("agencies")):
                    self.stdout.write(f"{self._line(plan)}  agencies={plan.n}")
        except EarshotError as problem:
            raise CommandError(problem.detail) from None

    def _assign(self, agency_id: str, name: str) -> None:
        try:
            agency = one(Agency.objects.all(), agency_id)
        except NotFound:
            raise CommandError(f"There is no agency {agency_id}.") from None
        assign_plan(agency_id=agency.id, plan=None if name == _NONE else self._plan(name))
        self.stdout.write(f"{agency.id} has {'no limits' if name == _NONE else name} now.")

    @staticmethod
    def _plan(name: str) -> Plan:
        plan = Plan.objects.filter(name=name).first()
        if plan is None:
            raise CommandError(f"There is no plan {name!r}.")
        return plan

    @staticmethod
    def _line(plan: Plan) -> str:
        limits = ((name, getattr(plan, name)) for name in LIMITS)
        return "  ".join([plan.name, *(f"{name}={_NONE if value is None else value}" for name, value in limits)])
