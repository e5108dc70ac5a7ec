"""Looking through stored mentions again."""

from __future__ import annotations

from typing import Any

from analytics.language.aspects.runs import fail_run, run_slice
from analytics.language.aspects.runs import follow_query as follow
from analytics.listening.selectors import query_of
from kernel.errors import NotFound
from kernel.jobs import services as jobs
from kernel.queue import actor, send


@actor("aspects.look_again", on_retry_exhausted="aspects.give_up")
def look_again(job_id: str) -> None:
    """Look through stored mentions for a while; go on in a next message."""
    if jobs.start(job_id=job_id) and not run_slice(job_id=job_id):
        send("aspects.look_again", job_id)


@actor("aspects.give_up")
def give_up(message: dict[str, Any], retry: dict[str, Any]) -> None:
    """End a look through history whose message failed too often."""
    fail_run(job_id=str(message["args"][0]))


@actor("aspects.follow_query")
def follow_query(query_id: str, mention_id: str = "") -> None:
    """Look through what a query matches, behind a mention where one is named, for a while; go on in a next message."""
    try:
        query_of(query_id)
    except NotFound:
        return
    reached = follow(query_id=query_id, after=mention_id)
    if reached is not None:
        send("aspects.follow_query", query_id, reached)
