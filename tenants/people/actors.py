"""What is done for people in the background. Arguments are ids; whoever they are of is looked up when it is done."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from kernel.logs import get_logger
from kernel.queue import actor, periodic
from tenants.people import errands, trail

log = get_logger(__name__)


@actor("people.send_invitation")
def send_invitation(invitation_id: str) -> None:
    errands.deliver_invitation(invitation_id=invitation_id)


@actor("people.send_password_reset")
def send_password_reset(user_id: str, client_id: str) -> None:
    errands.deliver_password_reset(user_id=user_id, client_id=client_id)


@actor("people.send_notice")
def send_notice(user_id: str, kind: str) -> None:
    errands.deliver_notice(user_id=user_id, kind=kind)


@actor("people.note_failed_sign_in")
def note_failed_sign_in(attempt_id: str, user_id: str, outcome: str) -> None:
    trail.note_failed_sign_in(attempt_id=attempt_id, user_id=user_id, outcome=outcome)


@periodic("people.tidy", every=timedelta(days=1))
@actor("people.tidy")
def tidy() -> None:
    log.info("people.tidied", **errands.tidy(now=timezone.now()))
