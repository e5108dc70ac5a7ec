"""Whole requests under ASGI and WSGI, many at once; some callers hang up. Each is answered from its own client."""

from __future__ import annotations

import asyncio
import importlib
import os
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from django.apps import apps
from django.db import connection, connections

from analytics.listening.models import Query
from config.wsgi import application as wsgi
from kernel import db
from tenants.models import ApiKey, RateWindow, Usage
from tests.cast import Cast
from tests.isolation.conftest import isolation
from tests.kernel.queue_fixtures import COMMITTING

pytestmark = COMMITTING

REQUESTS = 120


@pytest.fixture(params=["default", "strict"])
def own(cast: Cast, request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """Three clients' lists of queries, by their paths: the name of the one query in each. Keys of two agencies."""
    # The mark hides all other rooms, so that their tables are not emptied.
    apps.unset_available_apps()
    clients = (cast.client, cast.second_client, cast.other_client)
    with isolation(request.param):
        for client in clients:
            with db.enter(client.schema_name):
                Query.objects.create(name=f"of {client.name}", kind="brand", text="juniper")
        yield {f"/api/v1/clients/{client.id}/queries": f"of {client.name}" for client in clients}
        for client in clients:
            with db.enter(client.schema_name), connection.cursor() as cursor:
                cursor.execute("DELETE FROM listening_query")
        for counted in (Usage, RateWindow):
            counted.objects.all().delete()
        ApiKey.objects.update(last_used_at=None)
    apps.set_available_apps(["kernel.queue"])


def key(cast: Cast, path: str) -> dict[str, str]:
    keys = cast.other_keys if cast.other_client.id in path else cast.keys
    return {"Authorization": f"Bearer {keys['viewer']}"}


def named(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [query["name"] for query in answer.json()["data"]]


async def hear(asgi: Any, path: str, headers: dict[str, str], *, until: float | None) -> list[str] | None:
    """One request as an ASGI server hands it over. `until` seconds later the caller hangs up, None: never. The names
    answered, None where there was no answer any more."""
    sent: list[Any] = []
    messages = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Any:
        if messages:
            return messages.pop()
        await (asyncio.sleep(until) if until is not None else asyncio.Event().wait())
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http"}
    scope |= {"path": path, "raw_path": path.encode(), "query_string": b"", "server": ("testserver", 80)}
    fields = {**headers, "Host": "testserver"}
    listed = [(name.lower().encode(), value.encode()) for name, value in fields.items()]
    await asgi({**scope, "headers": listed}, receive, send)
    if not sent or sent[-1].get("more_body"):
        return None
    body = b"".join(message.get("body", b"") for message in sent)
    return named(httpx.Response(sent[0]["status"], content=body))


@pytest.fixture
def asgi(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The application, with what its module asks of the settings, which were read before it here."""
    monkeypatch.setenv("EARSHOT_CONN_MAX_AGE", "300")
    monkeypatch.delenv("EARSHOT_CONN_MAX_AGE")
    application = importlib.reload(importlib.import_module("config.asgi")).application
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", int(os.environ["EARSHOT_CONN_MAX_AGE"]))
    return application


def test_under_asgi_with_callers_that_hang_up(cast: Cast, own: dict[str, str], asgi: Any) -> None:
    chance = random.Random(7)
    wanted = [chance.choice(sorted(own)) for _ in range(REQUESTS)]
    hanging_up = {number: 0.002 * (number % 20) for number in chance.sample(range(REQUESTS), REQUESTS // 4)}

    async def serve() -> list[list[str] | None]:
        found: list[list[str] | None] = []
        for start in range(0, REQUESTS, 12):
            some = range(start, start + 12)
            asked = (hear(asgi, wanted[n], key(cast, wanted[n]), until=hanging_up.get(n)) for n in some)
            found += await asyncio.gather(*asked)
        return found

    found = asyncio.run(serve())

    answered = {number for number, names in enumerate(found) if names is not None}
    assert answered >= set(range(REQUESTS)) - set(hanging_up)
    assert {number: found[number] for number in answered} == {number: [own[wanted[number]]] for number in answered}
    assert len(answered) < REQUESTS, "nobody hung up in time"


def test_under_wsgi_in_threads(cast: Cast, own: dict[str, str]) -> None:
    chance = random.Random(8)
    wanted = [chance.choice(sorted(own)) for _ in range(REQUESTS)]

    def ask(path: str) -> list[str]:
        with httpx.Client(transport=httpx.WSGITransport(app=wsgi), base_url="http://testserver") as browser:
            names = named(browser.get(path, headers=key(cast, path)))
        connections.close_all()  # the thread may end with it
        return names

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(ask, wanted))

    assert found == [[own[path]] for path in wanted]
