"""The audit log of what people do about themselves: it goes to the agencies that they belong to."""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import UUID

from django.db import transaction

from kernel.ids import decode, encode
from kernel.logs import get_logger
from tenants.audit import record
from tenants.models import AuditEvent, Membership

log = get_logger(__name__)


def agencies_of(user_id: str) -> list[str]:
    """The ids of the agencies in which, or at whose clients, the person has a role."""
    return sorted({row.agency_id for row in Membership.objects.filter(user_id=user_id).only("agency_id")})


def note(user_id: str, action: str, **detail: Any) -> None:
    """Record what a person did about their own account, in each of their agencies."""
    log.info(action, user=user_id, **detail)
    for agency_id in agencies_of(user_id):
        record(agency_id=agency_id, actor=user_id, action=action, detail=detail)


@transaction.atomic
def note_failed_sign_in(*, attempt_id: str, user_id: str, outcome: str) -> None:
    """Record a failed attempt, once however often it is told. `user_id` is empty where the address is nobody's.
    `outcome` is `failed`, `locked` where this attempt locked the account, or `refused` where it was locked before:
    that goes to the log only, or anybody could fill the agency's."""
    log.info("person.sign_in_failed", user=user_id or None, outcome=outcome)
    if not user_id or outcome == "refused":
        return
    for agency_id in agencies_of(user_id):
        for action in ("person.sign_in_failed", *(("person.locked_out",) if outcome == "locked" else ())):
            AuditEvent.objects.get_or_create(
                id=_event_id(attempt_id, agency_id, action),
                defaults={"agency_id": agency_id, "actor": user_id, "action": action, "detail": {"user": user_id}},
            )


def _event_id(attempt_id: str, agency_id: str, action: str) -> str:
    """An id as old as the attempt, so that it sorts with the time, and always the same for the same event."""
    kept = decode("att", attempt_id).int >> 62 << 62
    told = hashlib.sha256(f"{attempt_id}:{agency_id}:{action}".encode()).digest()
    return encode("aud", UUID(int=kept | int.from_bytes(told[:8], "big") >> 2))
