"""The public schema: agencies, their clients (each a schema of its own), people, keys, plans, and the audit log."""

from __future__ import annotations

from tenants.models.agencies import Agency, AuditEvent, Branding
from tenants.models.benchmarks import Benchmark
from tenants.models.clients import Client, ClientSummary, Domain, SchemaImage
from tenants.models.keys import ApiKey
from tenants.models.meters import ClientMeter, MentionCount, RateWindow
from tenants.models.people import AttemptWindow, Invitation, Membership, User, UserManager
from tenants.models.plans import Plan, Usage
from tenants.models.roles import Role

__all__ = [
    "Agency",
    "ApiKey",
    "AttemptWindow",
    "AuditEvent",
    "Benchmark",
    "Branding",
    "Client",
    "ClientMeter",
    "ClientSummary",
    "Domain",
    "Invitation",
    "Membership",
    "MentionCount",
    "Plan",
    "RateWindow",
    "Role",
    "SchemaImage",
    "Usage",
    "User",
    "UserManager",
]
