"""What B's callers were given to keep - cursors, tags, idempotency keys, links, host names - is of no use in A."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Model

from api import pagination
from kernel import db
from tenants.models import Client, Domain
from tests.api.table import OF_A_CLIENT, Row
from tests.cast import PASSWORD
from tests.isolation import snapshot
from tests.isolation.attack import SECRET
from tests.isolation.foreign import (
    INTRUDERS,
    Answer,
    Intruder,
    Scene,
    ask,
    never,
    same,
)

# Each request or message is undone, to be compared with the next: there is a transaction around all of it.
HOLDS_TRANSACTIONS = True
READS = [row for row in OF_A_CLIENT if row.method == "GET"]
POSTS = [row for row in OF_A_CLIENT if row.method == "POST" and row.good < 300]
WRITES = [row for row in OF_A_CLIENT if row.method in ("PATCH", "PUT", "DELETE")]
Orders = list[tuple[tuple[str, ...], type[Model]]]
SOME_HASH = f'"{"0" * 32}"'


def _victims(scene: Scene) -> Intruder:
    """Somebody of B's agency who may do everything in B."""
    return scene.intruders[INTRUDERS[3]]


def _beside(value: str) -> str:
    """The id next to this one."""
    return value[:-1] + ("0" if value[-1] != "0" else "1")


def _status(client: Client) -> str:
    with db.public():
        return str(Client.objects.values_list("status", flat=True).get(id=client.id))


def _tag(who: Intruder, url: str) -> str:
    answer = who.api().get(url)
    answer.getvalue()
    return str(answer.headers.get("ETag", ""))


def _get(who: Intruder, url: str, named: str = "-", **headers: Any) -> Answer:
    return ask(who.api(), "GET", url, named=[named], **headers)


@pytest.fixture
def orders(monkeypatch: pytest.MonkeyPatch) -> Orders:
    """By what a list goes, and of what it is, for every cursor that is read."""
    seen: Orders = []
    usual = pagination._decode

    def decode(cursor: str, by: tuple[str, ...], model: type[Model]) -> list[Any]:
        seen.append((by, model))
        return usual(cursor, by, model)

    monkeypatch.setattr(pagination, "_decode", decode)
    return seen


def _try_cursor(row: Row, scene: Scene, orders: Orders) -> None:
    """A cursor tells a place in an order and nothing else: B's is read in A as the one beside it, never given out."""
    for who in (scene.intruders[INTRUDERS[0]], scene.intruders[INTRUDERS[3]]):
        orders.clear()
        url = row.url(who.own)
        _get(who, f"{url}?cursor=e30")
        if not orders:
            continue  # not a list
        ((by, model),) = orders
        with db.enter(scene.victim.schema_name):
            last = model._default_manager.order_by(*by).first()
            assert last is not None
        cursor = pagination._encode(last, by)
        if by[-1] == "id" and isinstance(last.pk, str):
            # Other orders go by what things say, and A may have something that says the same; numbers count in each
            # client apart, and A has the same ones.
            last.pk = _beside(last.pk)
            nobodys = pagination._encode(last, by)
            assert cursor != nobodys
            found, unknown = (_get(who, f"{url}?cursor={each}", each) for each in (cursor, nobodys))
            same(found, unknown)
            assert found.status == 200
        for value in scene.ids.values():
            assert value not in who.api().get(f"{url}?cursor={cursor}").content.decode()


def _try_tag(row: Row, scene: Scene) -> None:
    tag = _tag(_victims(scene), row.url(scene.b))
    assert tag
    for who in (scene.intruders[INTRUDERS[0]], scene.intruders[INTRUDERS[1]]):
        url = row.url(who.own)
        if _tag(who, url) == tag:
            continue  # byte for byte the same, in both: a tag tells content, not whose
        found, unknown = (_get(who, url, each, HTTP_IF_NONE_MATCH=each) for each in (tag, SOME_HASH))
        same(found, unknown)
        assert found.status == 200
        # And of what is B's, a tag that fits brings nothing to light.
        strange = row.url(scene.b)
        found, unknown = (_get(who, strange, each, HTTP_IF_NONE_MATCH=each) for each in (tag, SOME_HASH))
        same(found, unknown)
        assert found.status == 404


def _try_tag_before_a_write(row: Row, scene: Scene) -> None:
    tag = _tag(_victims(scene), row.url(scene.b)) or SOME_HASH
    who = scene.intruders[INTRUDERS[0]]
    for url in (row.url(who.own), row.url(scene.b)):
        if _tag(who, url) == tag:
            continue
        found, unknown = (
            ask(who.api(), row.method, url, named=[each], watch=True, HTTP_IF_MATCH=each, **row.content())
            for each in (tag, SOME_HASH)
        )
        same(found, unknown)
        assert found.status in (404, 405, 412, 409)


def _try_idempotency_key(row: Row, scene: Scene) -> None:
    """A key that B's caller used is as good as new for A's, for the same route of A's and for B's own."""
    used, fresh = "0198-the-victims", "0198-nobodys"
    given = _victims(scene).api().post(row.url(scene.b), HTTP_IDEMPOTENCY_KEY=used, **row.content())
    assert given.status_code == row.good
    for who in (scene.intruders[INTRUDERS[0]], scene.intruders[INTRUDERS[1]]):
        for url, status in ((row.url(who.own), row.good), (row.url(scene.b), 404)):
            ask(who.api(), "POST", url, named=[], **row.content())
            found, unknown = (
                ask(who.api(), "POST", url, named=[each], watch=True, HTTP_IDEMPOTENCY_KEY=each, **row.content())
                for each in (used, fresh)
            )
            same(found, unknown)
            assert found.status == status
            assert "idempotency-replayed" not in found.headers


def _links(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _links(inner)
    elif isinstance(value, str) and value.startswith("/api/"):
        yield value


def test_cursors(scene: Scene, orders: Orders) -> None:
    lists = 0
    for row in READS:
        _try_cursor(row, scene, orders)
        lists += bool(orders)
    assert lists > 5


def test_tags(scene: Scene) -> None:
    for row in READS:
        _try_tag(row, scene)
    for row in WRITES:
        _try_tag_before_a_write(row, scene)


def test_idempotency_keys(scene: Scene) -> None:
    for row in POSTS:
        with transaction.atomic():
            _try_idempotency_key(row, scene)
            transaction.set_rollback(True)


def test_on_the_clients_host(scene: Scene) -> None:
    """On B's own host, A's callers find neither B nor A; on A's host, no B."""
    with db.public():
        for name, client in (("b.example", scene.victim), ("a.example", scene.intruders[INTRUDERS[0]].client)):
            Domain.objects.create(domain=name, tenant=client, is_primary=False)
    for row in READS:
        _try_on_hosts(row, scene)


def test_links_that_b_was_given(scene: Scene) -> None:
    """Results of jobs, files to download, places of new things: as they are, and with A in B's place."""
    links: set[str] = set()
    for row in OF_A_CLIENT:
        if row.good < 300 and row.method in ("GET", "POST") and row.media == "application/json":
            with transaction.atomic():
                answer = getattr(_victims(scene).api(), row.method.lower())(row.url(scene.b), **row.content())
                # What it made stays, so that its links lead somewhere; unless it closed the client.
                transaction.set_rollback(_status(scene.victim) != Client.Status.ACTIVE)
            links |= set(_links(json.loads(answer.content)))
            links |= set(_links([answer.headers.get("Location", "")]))
    below = sorted(link for link in links if link.startswith(f"/api/v1/clients/{scene.victim.id}/"))
    kinds = {re.sub(r"_[0-9a-f]{32}", "", link) for link in below}
    assert any("jobs/" in kind for kind in kinds)
    assert any(kind.endswith("/file") for kind in kinds)
    for who in scene.intruders.values():
        for link in below:
            # The last id of the link is the thing's; the first is B's own.
            *_, name = re.findall(r"[a-z]+_[0-9a-f]{32}", link)
            if name == scene.victim.id:
                continue
            moved = link.replace(scene.victim.id, who.client.id)
            tried = [moved] if who.reaches_both else [moved, link]
            for url in tried:
                found, unknown = (_get(who, url.replace(name, each), each) for each in (name, never(name)))
                same(found, unknown)
                assert found.status == 404


def _try_on_hosts(row: Row, scene: Scene) -> None:
    who = scene.intruders[INTRUDERS[0]]
    unknown = never(who.client.id)
    for host in ("b.example", "a.example"):
        nobodys = _get(who, row.url(who.own).replace(who.client.id, unknown), unknown, SERVER_NAME=host)
        assert nobodys.status == 404
        same(_get(who, row.url(scene.b), scene.victim.id, SERVER_NAME=host), nobodys)
        if host == "b.example":
            same(_get(who, row.url(who.own), who.client.id, SERVER_NAME=host), nobodys)
    # The same for somebody who reaches both: a host is one client's.
    both = _victims(scene)
    assert _get(both, row.url(both.own), both.client.id, SERVER_NAME="b.example").status == 404


def test_an_agency_that_is_not_theirs_cannot_be_chosen_when_signing_in(scene: Scene) -> None:
    who = scene.intruders[INTRUDERS[0]]

    def sign_in(agency: str) -> Answer:
        body = {"email": "owner@farshore.example", "password": PASSWORD, "agency": agency}
        return ask(type(who.api())(), "POST", "/api/v1/session", named=[agency], data=body, format="json")

    sign_in(never(scene.ids["agy"]))
    found, unknown = sign_in(scene.ids["agy"]), sign_in(never(scene.ids["agy"]))
    same(found, unknown)
    assert found.status >= 400


def test_b_is_as_it_was_after_all_that(scene: Scene) -> None:
    """The secret that the other tests look for is really there, and only in B."""
    assert SECRET in repr(snapshot.rows(scene.victim.schema_name))
    for who in scene.intruders.values():
        assert SECRET not in repr(snapshot.rows(who.client.schema_name))
