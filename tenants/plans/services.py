"""The operator's verbs: plans, and who has which."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, transaction

from kernel.errors import NotFound, ValidationFailed
from tenants.audit import record
from tenants.models import Agency, Plan

LIMITS = ("clients", "queries", "mentions_per_month", "api_calls_per_month", "storage_bytes")


def create_plan(*, name: str, **limits: int | None) -> Plan:
    """Make a plan; `limits` are those of LIMITS that it sets. Raises ValidationFailed for a name that is taken."""
    try:
        with transaction.atomic():
            return Plan.objects.create(name=name, **limits)
    except IntegrityError:
        raise ValidationFailed.of("/name", "Another plan has this name.", code="taken") from None


@transaction.atomic
def change_plan(*, plan: Plan, **limits: int | None) -> Plan:
    """Change limits, for all agencies that have the plan. What is above a new limit stays; nothing is added to it."""
    for field, value in limits.items():
        setattr(plan, field, value)
    plan.save(update_fields=[*limits])
    for agency in plan.agencies.all():
        record(agency_id=agency.id, actor="system", action="plan.changed", detail={"fields": sorted(limits)})
    return plan


@transaction.atomic
def assign_plan(*, agency_id: str, plan: Plan | None, actor: str = "system") -> Agency:
    """Give an agency a plan; None takes all limits away. Raises NotFound for an agency that is none."""
    agency = Agency.objects.select_for_update(no_key=True).filter(id=agency_id).first()
    if agency is None:
        raise NotFound()
    agency.plan = plan
    agency.save(update_fields=["plan"])
    record(agency_id=agency.id, actor=actor, action="plan.assigned", detail={"plan": plan.id if plan else None})
    return agency


def default_plan() -> Plan | None:
    """The plan that new agencies get: the one that EARSHOT_DEFAULT_PLAN names. Raises ImproperlyConfigured where there
    is none of that name, so that nobody is let in without the limits that were meant."""
    name = settings.DEFAULT_PLAN
    if not name:
        return None
    plan = Plan.objects.filter(name=name).first()
    if plan is None:
        raise ImproperlyConfigured(f"EARSHOT_DEFAULT_PLAN names no plan: {name}. Make it with `manage.py plan create`.")
    return plan
