"""What a plan refuses. Limits hold over all clients of an agency together; an empty one is none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db import transaction
from django.db.models import Sum

from kernel import db
from kernel.errors import EarshotError
from tenants.models import Agency, Client, MentionCount, Plan

_WORDS = {
    "clients": "clients",
    "queries": "saved queries",
    "mentions_per_month": "mentions a month",
    "storage_bytes": "bytes of storage",
    "api_calls_per_month": "API calls a month",
}


class PlanLimit(EarshotError):
    """What was asked for does not fit into the agency's plan. `limit` is the name of the plan's field."""

    status = 402
    code = "plan_limit"
    title = "The plan's limit is reached"

    def __init__(self, *, plan: str, limit: str, used: int, allowed: int, retry_after: int | None = None) -> None:
        super().__init__(
            f'{used:,} of {allowed:,} {_WORDS[limit]} that the plan "{plan}" allows are used.',
            members={"plan": plan, "limit": limit, "used": used, "allowed": allowed},
        )
        self.retry_after = retry_after


class CallsUsed(PlanLimit):
    """The month's API calls are used up; they start anew with the next."""

    status = 429


@dataclass(frozen=True, slots=True)
class Ceiling:
    """How many mentions a client may have stored in a month when all are counted: what the plan allows (`allowed`)
    less what the agency's other clients told of (`elsewhere`)."""

    plan: str
    allowed: int
    elsewhere: int

    @property
    def own(self) -> int:
        return max(0, self.allowed - self.elsewhere)

    def reached(self, own: int) -> PlanLimit:
        """The refusal, for a client that has stored `own` this month."""
        return PlanLimit(plan=self.plan, limit="mentions_per_month", used=self.elsewhere + own, allowed=self.allowed)


def month_of(moment: datetime) -> date:
    """The first day of a moment's month, in UTC."""
    return moment.astimezone(UTC).date().replace(day=1)


def plan_of(agency_id: str) -> Plan | None:
    """The agency's plan; None where there are no limits. Public schema."""
    return Plan.objects.filter(agencies__id=agency_id).first()


def locked_agency(agency_id: str) -> Agency:
    """The agency's row with its plan, held until the transaction ends: who counts to a limit comes after whoever
    counted before. Rows that merely point to the agency can be written meanwhile."""
    return Agency.objects.select_for_update(of=("self",), no_key=True).select_related("plan").get(id=agency_id)


def check_room_for_client(*, agency_id: str) -> None:
    """Raises PlanLimit unless the plan allows one more client. Call it in the transaction that makes the client, which
    keeps others from passing the same check until it ends.

    Every client counts until it is being removed, one that is suspended or whose deletion was asked for too: both can
    come back.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("A check outside the transaction that makes the client would let two pass.")
    plan = plan_of(agency_id)
    if plan is None or plan.clients is None:
        return
    plan = locked_agency(agency_id).plan
    if plan is None or plan.clients is None:
        return
    used = clients_that_count(agency_id)
    if used >= plan.clients:
        raise PlanLimit(plan=plan.name, limit="clients", used=used, allowed=plan.clients)


def clients_that_count(agency_id: str) -> int:
    """How many clients an agency has, as its plan counts them."""
    counted: int = Client.objects.filter(agency_id=agency_id).exclude(status=Client.Status.PURGING).count()
    return counted


def ceiling_of(client: Client, *, now: datetime) -> Ceiling | None:
    """How many mentions this client may have stored this month; None: as many as come. May be asked from anywhere."""
    with db.public():
        plan = plan_of(client.agency_id)
        if plan is None or plan.mentions_per_month is None:
            return None
        others = MentionCount.objects.filter(agency_id=client.agency_id, month=month_of(now))
        elsewhere = others.exclude(client_id_text=client.id).aggregate(n=Sum("mentions"))["n"] or 0
    return Ceiling(plan.name, plan.mentions_per_month, elsewhere)


def check_mentions(client: Client, *, own: int, now: datetime) -> None:
    """Raises PlanLimit where the month's mentions are used up; `own` is what this client stored this month."""
    ceiling = ceiling_of(client, now=now)
    if ceiling is not None and own >= ceiling.own:
        raise ceiling.reached(own)
