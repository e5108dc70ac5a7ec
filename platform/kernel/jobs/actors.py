"""What ends a job whose work failed too often."""

from __future__ import annotations

from typing import Any

from kernel.jobs import services as jobs
from kernel.queue import actor


@actor("jobs.give_up")
def give_up(message: dict[str, Any], retry: dict[str, Any]) -> None:
    """Fail the job whose id is among the message's arguments: name it as `on_retry_exhausted`."""
    for argument in message["args"]:
        if isinstance(argument, str) and argument.startswith("job_"):
            jobs.fail(
                job_id=argument, code="failed", detail="The work stopped after several attempts. Ask for it again."
            )
