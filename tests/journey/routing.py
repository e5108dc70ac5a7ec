"""A shared stream, for the tests that route one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from analytics.journey.deliver import Delivery, deliver
from analytics.journey.route import Routed, Router
from analytics.journey.streams.models import Parcel, Stream
from analytics.journey.streams.services import stream_named
from analytics.listening.catalogue.following import Follower
from analytics.listening.catalogue.services import tell
from analytics.listening.engine.plain import PlainMatcher
from analytics.listening.models import Query
from analytics.listening.services import create_query
from analytics.mentions.models import Mention
from analytics.sources.contracts import RawAuthor, RawPost
from kernel import db
from tenants.models import Client

NOW = datetime(2026, 3, 3, tzinfo=UTC)
ANA = RawAuthor("ana_rye", display_name="Ana Example", followers=12)
_AT_ONCE = timedelta(0)


def post(number: int, text: str, **more: Any) -> RawPost:
    given = {"author": ANA, "url": f"https://posts.example/{number}", "mentioned": ("ben_oats",), **more}
    return RawPost("stream", f"p{number}", text, NOW - timedelta(hours=2), **given)


def listens(client: Client, *texts: str) -> list[Query]:
    """Have a client listen for these from now on."""
    with db.enter(client.schema_name):
        made = [create_query(name=f"{text} {number}", kind="topic", text=text) for number, text in enumerate(texts)]
        told()
    return made


def told() -> None:
    """The transaction ends, as far as a test's can: the catalogue knows of it."""
    connection.run_on_commit.clear()
    tell()


def following() -> Follower:
    follower = Follower(PlainMatcher)
    follower.catch_up()
    return follower


def stream() -> Stream:
    with db.public():
        return stream_named("test")


def send(*posts: RawPost, follower: Follower | None = None) -> Routed:
    """Route a batch by what everybody listens for now."""
    router = Router(follower=follower or following(), stream=stream())
    with db.public():
        return router.route(posts, now=NOW, gathered=_AT_ONCE)


def received(client: Client) -> Delivery:
    """Deliver what waits for a client."""
    with db.enter(client.schema_name):
        return deliver(client=client, now=NOW)


def mentions(client: Client) -> dict[str, Mention]:
    """What a client has stored, by external id."""
    with db.enter(client.schema_name):
        return {mention.external_id: mention for mention in Mention.objects.all()}


def hits(client: Client) -> set[tuple[str, str, int]]:
    """(external id, query, version) of all matches of a client that wait for nothing."""
    with db.enter(client.schema_name):
        found = Mention.objects.filter(matches__settled=True)
        return set(found.values_list("external_id", "matches__query_id", "matches__query_version"))


def waiting(client: Client) -> list[Parcel]:
    with db.public():
        return list(Parcel.objects.filter(schema=client.schema_name).order_by("id"))


def within(client: Client, act: Callable[[], Any]) -> Any:
    with db.enter(client.schema_name):
        return act()
