"""The journey's actors: they take ids, may be run twice, and call a service."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from analytics.insights import selectors as insights
from analytics.insights.contracts import Period
from analytics.journey.correcting import apply_slice, reverse_slice
from analytics.journey.feeds import poll
from analytics.journey.imports import read_slice, understand_slice
from analytics.journey.metering import tell_meters
from analytics.journey.models import Rescoring
from analytics.journey.rematch import rematch_slice
from analytics.journey.requests import request_forecasts, request_map
from analytics.journey.rescoring import request_if_outdated, rescore_slice
from analytics.journey.summaries import ask_for_summary, tell_agency
from analytics.journey.tunings import finish_version
from analytics.journey.visuals import look_slice
from analytics.language.contracts import EngineUnavailable
from analytics.language.tuning.selectors import is_asked_for
from analytics.language.vision.engines import image_engine, is_configured
from analytics.listening.selectors import query_of
from analytics.privacy.protect import Protector
from analytics.sources import selectors as sources
from analytics.sources.models import Import
from analytics.sources.services import discard_file
from analytics.topics.services import ask_for_topics
from kernel import db
from kernel.errors import NotFound
from kernel.jobs import services as jobs
from kernel.logs import get_logger
from kernel.queue import actor, periodic, send
from kernel.queue.coalescing import schemas_under_way, under_way
from kernel.queue.tenancy import handing_over
from tenants.datakeys import data_key
from tenants.lifecycle.serving import schemas_at_work
from tenants.models import Client
from tenants.portfolio.benchmarks import publish_due
from tenants.selectors import client_by_schema

# The map that is drawn every day looks back over this many.
MAP_DAYS = 90

log = get_logger(__name__)


def _now() -> datetime:
    return datetime.now(UTC)


def _client() -> Client:
    schema = db.current()
    with db.public():
        return client_by_schema(schema)


def _send_to_each_client(name: str, *, beside: bool = True) -> None:
    """Send an actor to each client that work may be done for, to all of them or none: what then goes wrong for one
    repeats nothing for another. Not `beside` one that is under way for a client, where it would do the same twice.
    Outside every client."""
    busy = set() if beside else schemas_under_way(name)
    schemas = [schema for schema in schemas_at_work() if schema not in busy]
    with transaction.atomic():
        for schema in schemas:
            with handing_over(schema):
                send(name)


@actor("journey.ingest_import", on_retry_exhausted="journey.give_up_import")
def ingest_import(import_id: str) -> None:
    """Read an upload for a while; go on in a next message, and have what was stored understood."""
    upload = sources.import_of(import_id)
    jobs.start(job_id=upload.job_id)
    finished = read_slice(upload=upload, client=_client(), now=_now())
    send("journey.understand", import_id)
    ask_for_summary(_now())
    if not finished:
        send("journey.ingest_import", import_id)


@actor("journey.understand", on_retry_exhausted="journey.give_up_import")
def understand(origin: str) -> None:
    """Understand for a while what an import or feed brought; go on in a next message."""
    finished = understand_slice(origin=origin, now=_now())
    ask_for_summary(_now())
    ask_for_topics(_now())
    if not finished:
        send("journey.understand", origin)


@actor("journey.give_up_import")
def give_up_import(message: dict[str, Any], retry: dict[str, Any]) -> None:
    """End the job of an import whose message failed too often. What was stored until then stays, and is understood."""
    upload = Import.objects.filter(id=str(message["args"][0])).first()
    if upload is not None:
        jobs.fail(
            job_id=upload.job_id,
            code="import_failed",
            detail="The import stopped after several attempts. Rows read until then are kept; import the file again.",
        )
        discard_file(upload=upload)
        if message["actor_name"] == "journey.ingest_import":
            send("journey.understand", upload.id)


@actor("journey.rematch_query", on_retry_exhausted="jobs.give_up")
def rematch_query(query_id: str, job_id: str) -> None:
    """Match a new or changed query against what is stored, for a while; go on in a next message."""
    if not jobs.start(job_id=job_id):
        return
    try:
        query_of(query_id)
    except NotFound:
        jobs.fail(job_id=job_id, code="not_found", detail="The query was deleted before it was matched anew.")
        return
    pseudonym = Protector(data_key(_client())).pseudonym
    finished = rematch_slice(query_id=query_id, job_id=job_id, pseudonym=pseudonym)
    ask_for_summary(_now())
    if not finished:
        send("journey.rematch_query", query_id, job_id)


@actor("journey.apply_correction", on_retry_exhausted="jobs.give_up")
def apply_correction(correction_id: str, job_id: str) -> None:
    """Set the labels that somebody sent, for a while; go on in a next message."""
    if jobs.start(job_id=job_id) and not apply_slice(correction_id=correction_id, now=_now()):
        send("journey.apply_correction", correction_id, job_id)
    ask_for_summary(_now())


@actor("journey.reverse_correction", on_retry_exhausted="jobs.give_up")
def reverse_correction(correction_id: str, job_id: str) -> None:
    """Take labels back for a while; go on in a next message."""
    if jobs.start(job_id=job_id) and not reverse_slice(correction_id=correction_id, job_id=job_id, now=_now()):
        send("journey.reverse_correction", correction_id, job_id)
    ask_for_summary(_now())


@actor("journey.rescore", on_retry_exhausted="jobs.give_up")
def rescore(rescoring_id: str, job_id: str) -> None:
    """Read again what was read by what is not in force, for a while; go on in a next message."""
    if not jobs.start(job_id=job_id):
        return
    if not Rescoring.objects.filter(id=rescoring_id, job_id=job_id).exists():
        jobs.fail(job_id=job_id, code="not_found", detail="There is nothing that was to be read again.")
        return
    finished = rescore_slice(rescoring_id=rescoring_id, now=_now)
    ask_for_summary(_now())
    if not finished:
        send("journey.rescore", rescoring_id, job_id)


@periodic("journey.rescore_clients", every=timedelta(hours=1))
@actor("journey.rescore_clients")
def rescore_clients() -> None:
    """Have each active client see whether its history is to be read again, unless the settings leave that to people."""
    if settings.LANGUAGE_RESCORE == "auto":
        _send_to_each_client("journey.rescore_client")


@actor("journey.rescore_client")
def rescore_client() -> None:
    """Have this client's history read again where it was read by what is not in force any more."""
    request_if_outdated()


@actor("journey.make_tuning", on_retry_exhausted="jobs.give_up")
def make_tuning(tuning_id: str, job_id: str) -> None:
    """Make the version of a client's tuning that somebody asked for."""
    if jobs.start(job_id=job_id) and is_asked_for(tuning_id, job_id=job_id):
        finish_version(version_id=tuning_id, job_id=job_id, now=_now())


@actor("journey.poll_feed")
def poll_feed(feed_id: str) -> None:
    """Read what is new in a feed; one that was unfollowed meanwhile is left alone."""
    try:
        feed = sources.feed_of(feed_id)
    except NotFound:
        return
    if feed.active and poll(feed=feed, client=_client(), now=_now()):
        send("journey.understand", feed.id)


@periodic("journey.poll_feeds", every=timedelta(minutes=10))
@actor("journey.poll_feeds")
def poll_feeds() -> None:
    """Have every active client's feeds asked for news."""
    _send_to_each_client("journey.poll_client")


@actor("journey.poll_client")
def poll_client() -> None:
    """Ask this client's feeds for news, but for those that still wait for their turn."""
    followed = list(sources.feeds().filter(active=True).values_list("id", flat=True))
    if not followed:
        return
    schema = db.current()
    with db.public():
        waiting = {args[0] for args in under_way("journey.poll_feed", schema=schema)}
    for feed_id in followed:
        if feed_id not in waiting:
            send("journey.poll_feed", feed_id)


@periodic("journey.look_clients", every=timedelta(minutes=10))
@actor("journey.look_clients")
def look_clients() -> None:
    """Have each active client's new images looked at, where there is a model for it."""
    if is_configured():
        _send_to_each_client("journey.look_at_images", beside=False)


@actor("journey.look_at_images")
def look_at_images() -> None:
    """Look at images of this client's mentions for a while, where it wants that; go on in a next message."""
    try:
        engine = image_engine()
    except EngineUnavailable as problem:
        log.error("images.no_engine", problem=problem.code, helps=str(problem))
        return
    if engine is not None and not look_slice(engine=engine, now=_now()):
        send("journey.look_at_images")


@periodic("journey.refresh_clients", every=timedelta(days=1))
@actor("journey.refresh_clients")
def refresh_clients() -> None:
    """Once a day, have each active client's map and forecasts made anew."""
    _send_to_each_client("journey.refresh_client")


@actor("journey.refresh_client")
def refresh_client() -> None:
    """Draw this client's map anew and forecast its queries from the day before."""
    covered = insights.covered(_client().time_zone)
    if covered is not None:
        start = max(covered.start, covered.end - timedelta(days=MAP_DAYS - 1))
        with transaction.atomic():  # tried again, it asks for neither twice
            request_map(period=Period(start, covered.end))
            request_forecasts()


@actor("journey.summarise")
def summarise() -> None:
    """Tell the agency how this client stands now, and what it uses."""
    client = _client()
    tell_agency(client=client, now=_now())
    tell_meters(client, now=_now())


@periodic("journey.summarise_clients", every=timedelta(hours=1))
@actor("journey.summarise_clients")
def summarise_clients() -> None:
    """Once an hour, have each active client summarised: days end although nothing happens."""
    _send_to_each_client("journey.summarise")


@periodic("journey.publish_benchmarks", every=timedelta(days=1))
@actor("journey.publish_benchmarks")
def publish_benchmarks() -> None:
    """Once a day, see which agencies have no benchmark of this week yet."""
    publish_due(now=_now())
