"""Making and switching tunings, with what follows: all that was read before is read again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from analytics.journey.models import Rescoring
from analytics.journey.rescoring import request_rescoring
from analytics.language.contracts import EngineUnavailable
from analytics.language.tuning.models import TuningVersion
from analytics.language.tuning.services import ask_for_version, make_version, put_in_force, switch_to
from kernel.jobs import services as jobs
from kernel.queue import send


@transaction.atomic
def request_version(*, by: str, calibration: str, lexicon: str, now: datetime) -> TuningVersion:
    """Have a version made (`tuning.services.ask_for_version`) by a job. Raises Conflict."""
    asked = ask_for_version(by=by, calibration=calibration, lexicon=lexicon, now=now)
    send("journey.make_tuning", asked.id, asked.job_id)
    return asked


def finish_version(*, version_id: str, job_id: str, now: datetime) -> None:
    """Make what was asked for and end its job; where something else is in force then, have everything read again. All
    or nothing, and nothing where the job was cancelled meanwhile; may be repeated. Call it outside of a transaction.
    Raises EngineUnavailable."""
    made = make_version(version_id=version_id)
    with transaction.atomic():
        if made is not None and put_in_force(made=made, now=now):
            _read_again(made.asked.by)
        jobs.succeed(job_id=job_id, result=version_id)


@transaction.atomic
def switch(*, version: TuningVersion | None, by: str, now: datetime) -> bool:
    """Put a version in force, or none, and have everything read again. Returns whether that changes anything. Raises
    Conflict for a version that is not made."""
    changed = switch_to(version=version, by=by, now=now)
    if changed:
        _read_again(by)
    return changed


def _read_again(by: str) -> Rescoring | None:
    try:
        return request_rescoring(by=by)
    except EngineUnavailable:
        # What comes from now on goes by it, too; the rest is due, which is shown (`rescoring.state`).
        return None
