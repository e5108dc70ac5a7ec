"""Callers of client A who name things of client B, and how two answers are compared."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import lru_cache
from itertools import zip_longest
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as configured
from django.core.cache import cache
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from analytics.listening.models import Query
from analytics.mentions.models import Mention
from analytics.sources.models import Feed, Import
from kernel import db
from kernel.ids import PublicIdField
from tenants import selectors
from tenants.models import Client, Invitation, Membership, Role, User
from tenants.people import sessions
from tenants.services import issue_key
from tests.api.conftest import Things, furnish
from tests.api.table import ROWS, Row
from tests.cast import PASSWORD, Cast
from tests.isolation import snapshot
from tests.isolation.attack import SECRET

PLACE = re.compile(r"<\w+:(\w+)>")
ID = re.compile(r"([a-z]{2,6})_[0-9a-f]{32}")
# Places of a path that name no thing of anybody's.
CLOSED_LISTS = {
    "chart": "one of a few names that are the same for everybody",
    "version": "counts from 1 for every query",
    "model": "what reads posts here, the same for everybody",
    "picture": "one of a few names that are the same for everybody",
}

# What differs from answer to answer whatever was asked.
_BY_CHANCE = {"x-request-id", "date", "ratelimit", "retry-after", "content-length", "etag"}
_LITERAL = re.compile(r"'(?:[^']|'')*'")
_NUMBER = re.compile(r"\b\d+\b")
_SAVEPOINT = re.compile(r'"s\d+_x\d+"')


@dataclass(frozen=True, slots=True)
class Intruder:
    """Somebody who works for client A and may not see B. `own` are A's things. Where `reaches_both`, only what lies
    below a client is strange to them: B itself, and the agency's own things, they may name."""

    name: str
    client: Client
    own: Things
    headers: Mapping[str, str]
    cookies: str = ""
    reaches_both: bool = False

    def api(self) -> APIClient:
        made = APIClient()
        made.credentials(**self.headers)
        made.cookies.load(self.cookies)
        return made

    def strange(self, row: Row) -> list[str]:
        """The places of a route's path where an id of B's is none of the intruder's business."""
        found = [place for place in PLACE.findall(row.path) if place not in CLOSED_LISTS]
        if self.reaches_both:
            return [place for place in found if place != "client" and row.path.startswith("clients/")]
        return found


@dataclass(frozen=True, slots=True)
class Scene:
    """`b` are the things of the client that nobody here may see, `ids` the ids of one thing of each kind, by prefix;
    of these, `outside` lie in the public schema."""

    victim: Client
    b: Things
    ids: dict[str, str]
    outside: frozenset[str]
    intruders: dict[str, Intruder]

    def strange_to(self, who: Intruder) -> dict[str, str]:
        """The ids that are none of the intruder's business, by prefix."""
        return {
            prefix: value
            for prefix, value in self.ids.items()
            if not (value in self.outside and who.reaches_both) and (prefix != "agy" or who.name == INTRUDERS[0])
        }


INTRUDERS = ("another agency's owner", "a key bound to A", "a person at A", "an owner, in A")


@pytest.fixture
def scene(cast: Cast, settings: Any, unlimited: None, noted_once: None) -> Scene:
    """B is the first client. A is the second, of the same agency, or the other agency's."""
    # A slow hash is of no use to these tests.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    b = furnish(cast)
    with db.enter(cast.client.schema_name):
        # Words that must not be read anywhere else.
        Query.objects.update(name=SECRET)
        Mention.objects.update(text=SECRET)
        Feed.objects.update(name=SECRET)
        Import.objects.update(file_name=f"{SECRET}.csv")
    near = furnish(replace(cast, client=cast.second_client))
    far = furnish(replace(cast, agency=cast.other, client=cast.other_client))
    with db.public():
        b = Things({**b.ids, **_people_of(cast)})
        _, bound = issue_key(
            agency_id=cast.agency.id, name="a", role=Role.OWNER, actor="x", clients=[cast.second_client]
        )
        User.objects.create_user("person@northlight.example", PASSWORD)
        person = User.objects.get(email="person@northlight.example")
        Membership.objects.create(user=person, agency=cast.agency, client=cast.second_client, role=Role.OWNER)
    headers, cookies = sign_in("person@northlight.example")
    known = (
        Intruder(INTRUDERS[0], cast.other_client, far, _bearer(cast.other_keys["owner"])),
        Intruder(INTRUDERS[1], cast.second_client, near, _bearer(bound.text)),
        Intruder(INTRUDERS[2], cast.second_client, near, headers, cookies),
        Intruder(INTRUDERS[3], cast.second_client, near, _bearer(cast.keys["owner"]), reaches_both=True),
    )
    for who in known:
        # A process's first request to a client reads what is then kept.
        assert who.api().get(f"/api/v1/clients/{who.client.id}/queries").status_code == 200, who.name
    inside = _first_of_each(cast.client)
    outside = {prefix: value for prefix, value in _by_prefix(b).items() if prefix not in inside}
    outside["agy"] = cast.agency.id
    return Scene(cast.client, b, {**inside, **outside}, frozenset(outside.values()), {who.name: who for who in known})


def _people_of(cast: Cast) -> dict[str, str]:
    """Somebody with a role at B alone, and an invitation to B alone, by the names of their places in a path."""
    guest = User.objects.create_user("guest@northlight.example")
    Membership.objects.create(user=guest, agency=cast.agency, client=cast.client, role=Role.VIEWER)
    invitation = Invitation.objects.create(
        agency=cast.agency,
        client=cast.client,
        email=f"{SECRET}@northlight.example",
        role=Role.VIEWER,
        nonce="1" * 32,
        invited_by=cast.owner.id,
        expires_at=timezone.now() + timedelta(days=1),
    )
    return {"member": guest.id, "invitation": invitation.id}


def _bearer(key: str) -> dict[str, str]:
    return {"HTTP_AUTHORIZATION": f"Bearer {key}"}


def sign_in(email: str) -> tuple[dict[str, str], str]:
    """Sign a person in. Returns the headers and the cookies of their requests."""
    client = APIClient()
    answer = client.post("/api/v1/session", {"email": email, "password": PASSWORD})
    assert answer.status_code == 201, answer.content
    return {"HTTP_X_CSRF_TOKEN": answer.json()["csrf_token"]}, client.cookies.output(header="", attrs=[], sep="; ")


def _by_prefix(things: Things) -> dict[str, str]:
    return {found[1]: value for value in things.ids.values() if (found := ID.fullmatch(value))}


def _first_of_each(client: Client) -> dict[str, str]:
    """By prefix, the id of a thing of each model that has such ids in a client's schema."""
    found = {}
    with db.enter(client.schema_name):
        for model in apps.get_models():
            key = model._meta.pk
            if model._meta.app_config.name in configured.TENANT_APPS and isinstance(key, PublicIdField):
                first = model._default_manager.values_list("pk", flat=True).first()
                assert first is not None, f"tests/api/conftest.py furnishes a client without a {model.__name__}"
                found[key.prefix] = first
    return found


def never(value: str) -> str:
    """An id like this one that was never anybody's: with other digits and letters, in the same places, so that it reads
    alike to whatever looks at it as a text."""
    found = ID.fullmatch(value)
    if found:
        head, tail = value[:-16], value[-16:]
        made = "".join(secrets.choice("0123456789" if sign.isdigit() else "abcdef") for sign in tail)
        return head + made if made != tail else never(value)
    assert value.endswith(".example"), f"say in {__name__} how something like {value!r} looks that never was"
    return f"never-{secrets.token_hex(6)}.example"


@dataclass(frozen=True)
class Answer:
    """What came back and what was done for it, with the id that was named, and what differs by chance, taken out."""

    status: int
    headers: Mapping[str, str]
    body: str
    statements: tuple[str, ...] = field(repr=False)
    changed: Mapping[str, Any] = field(repr=False)


def ask(
    client: APIClient, method: str, url: str, *, named: Iterable[str], watch: bool = False, **content: Any
) -> Answer:
    """Send a request, and take back what it did. With `watch`, what it changed in public tables is in the answer."""
    names = tuple(named)
    before = snapshot.rows(db.PUBLIC) if watch else {}
    with transaction.atomic():
        settle()
        with CaptureQueriesContext(connection) as sent:
            response = (
                client.generic(method, url) if method in ("TRACE",) else getattr(client, method.lower())(url, **content)
            )
            body = response.getvalue()
        changed = snapshot.difference(before, snapshot.rows(db.PUBLIC)) if watch else {}
        transaction.set_rollback(True)
    text = body.decode("utf-8", "replace").replace(response.headers.get("X-Request-Id") or "-", "<request>")
    headers = {name.lower(): value for name, value in response.headers.items() if name.lower() not in _BY_CHANCE}
    return Answer(
        status=response.status_code,
        headers={name: snapshot.plain(_without(names, value)) for name, value in headers.items()},
        body=snapshot.plain(_without(names, text)),
        statements=tuple(shape(query["sql"]) for query in sent.captured_queries),
        changed={table: _without(names, repr(change)) for table, change in changed.items()},
    )


def _without(names: Iterable[str], text: str) -> str:
    for name in names:
        text = text.replace(name, "<named>")
    return text


def settle() -> None:
    """Have the connection stand in the public schema, so that the next switch is sent."""
    with db.public(), connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def shape(statement: str) -> str:
    """A statement without its values."""
    return _shape(_SAVEPOINT.sub("<savepoint>", _LITERAL.sub("?", statement)))


@lru_cache(maxsize=4096)
def _shape(statement: str) -> str:
    return _NUMBER.sub("?", snapshot.plain(statement))


@pytest.fixture
def unlimited(settings: Any) -> Iterator[None]:
    """Which request of a minute is the first too many is another test's business."""
    settings.RATE_LIMIT_PER_MINUTE = 1_000_000
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def noted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """That somebody was here is written down at their first request: on a slow machine it were time again for it in the
    middle of a test, for one of two answers that are compared."""
    monkeypatch.setattr(selectors, "_USED_RESOLUTION", timedelta(days=1))
    monkeypatch.setattr(sessions, "_SEEN_RESOLUTION", timedelta(days=1))


def same(one: Answer, other: Answer) -> None:
    """Fails where the two could be told apart, by anything but the time they took."""
    for what in ("status", "headers", "body", "changed"):
        ours, nobodys = getattr(one, what), getattr(other, what)
        if ours != nobodys:
            pytest.fail(f"{what} for B's id: {ours}\n{what} for an id that never was: {nobodys}")
    for ours, nobodys in zip_longest(one.statements, other.statements):
        if ours != nobodys:
            pytest.fail(f"sent for B's id: {ours}\nsent for an id that never was: {nobodys}")
    assert SECRET not in one.body


ROWS_WITH_IDS = [row for row in ROWS if any(place not in CLOSED_LISTS for place in PLACE.findall(row.path))]


def resource(row: Row) -> str:
    """What a route is about: "queries", "api_keys"; tests go through the routes of one at a time."""
    steps = [step for step in row.path.split("/") if "<" not in step]
    return steps[1] if len(steps) > 1 and steps[0] == "clients" else steps[0]


RESOURCES = sorted({resource(row) for row in ROWS_WITH_IDS})
