"""For every route, and every place in it where an id may stand: B's id gets what an id gets that never was."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import pytest

from api.schema import Generator
from tests.api.conftest import Things
from tests.api.table import ROWS, Row
from tests.isolation import snapshot
from tests.isolation.attack import SECRET
from tests.isolation.foreign import (
    CLOSED_LISTS,
    ID,
    INTRUDERS,
    PLACE,
    RESOURCES,
    ROWS_WITH_IDS,
    Answer,
    Intruder,
    Scene,
    ask,
    never,
    resource,
    same,
)

# Each request or message is undone, to be compared with the next: there is a transaction around all of it.
HOLDS_TRANSACTIONS = True
_OTHER_METHODS = ("HEAD", "OPTIONS", "TRACE")
_WRITES = ("POST", "PUT", "PATCH", "DELETE")


def _both(who: Intruder, row: Row, b: Things, place: str, value: str) -> tuple[Answer, Answer]:
    """What the intruder gets for B's id at a place of the path, and for one that never was; A's own at the others."""
    answers = []
    for name in (value, never(value)):
        # Below a client that is not theirs, B's own things are asked for.
        things = Things({**(b if place == "client" else who.own).ids, place: name})
        answers.append(
            ask(who.api(), row.method, row.url(things), named=[name], watch=row.method in _WRITES, **row.content())
        )
    return answers[0], answers[1]


@pytest.mark.parametrize("about", RESOURCES)
def test_in_the_path(about: str, scene: Scene) -> None:
    before = snapshot.digest(scene.victim.schema_name)
    rows = [row for row in ROWS_WITH_IDS if resource(row) == about]
    others = [Row(path, method, "", 0) for path in sorted({row.path for row in rows}) for method in _OTHER_METHODS]
    for row in rows + others:
        for who in scene.intruders.values():
            for place in who.strange(row):
                found, unknown = _both(who, row, scene.b, place, scene.b[place])
                same(found, unknown)
                if row in rows:
                    closed = row.bound == 403 and who.name in INTRUDERS[1:3]
                    assert found.status == (403 if closed else 404), (str(row), who.name, place)
    assert snapshot.digest(scene.victim.schema_name) == before


@pytest.mark.parametrize("about", RESOURCES)
def test_an_id_of_another_kind(about: str, scene: Scene) -> None:
    who = scene.intruders[INTRUDERS[0]]
    for row in {row.path: row for row in ROWS_WITH_IDS if resource(row) == about}.values():
        for place in who.strange(row):
            own = ID.fullmatch(scene.b[place])
            for prefix, value in scene.ids.items():
                if own is None or prefix != own[1]:
                    found, unknown = _both(who, row, scene.b, place, value)
                    same(found, unknown)
                    assert found.status == 404, str(row)


@pytest.mark.parametrize("about", sorted({resource(row) for row in ROWS if row.least != "open"}))
def test_in_parameters_and_bodies(about: str, scene: Scene) -> None:
    before = snapshot.digest(scene.victim.schema_name)
    for row in (row for row in ROWS if resource(row) == about and row.least != "open"):
        operation = _operation(row)
        for who in scene.intruders.values():
            for name in _text_parameters(operation):

                def get(value: str, row: Row = row, who: Intruder = who, name: str = name) -> Answer:
                    url = f"{row.url(who.own)}?{name}={value}"
                    return ask(who.api(), row.method, url, named=[value], **row.content())

                for value in _kinds(get("-"), who, scene):
                    same(get(value), get(never(value)))
            for at in _text_places(row, operation):

                def send(value: str, row: Row = row, who: Intruder = who, at: tuple[str | int, ...] = at) -> Answer:
                    content = {"data": _with(row.body, at, value), "format": "json"}
                    return ask(who.api(), row.method, row.url(who.own), named=[value], watch=True, **content)

                for value in _kinds(send("-"), who, scene):
                    same(send(value), send(never(value)))
    assert snapshot.digest(scene.victim.schema_name) == before


def _kinds(probe: Answer, who: Intruder, scene: Scene) -> list[str]:
    """Which of B's ids are tried at a place: those of the kind it asks for; where it takes any text, all of them, by
    one of those who may not even see B's agency."""
    strange = list(scene.strange_to(who).values())
    wanted = [value for value in strange if f"starts with {value.partition('_')[0]}_." in probe.body]
    if wanted or probe.status == 400:
        return wanted
    return strange if who.name == INTRUDERS[0] else strange[:1]


@lru_cache(maxsize=1)
def _document() -> dict[str, Any]:
    made: dict[str, Any] = Generator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return made


def _operation(row: Row) -> dict[str, Any]:
    path = row.path.replace("<str:", "{").replace("<path:", "{").replace(">", "}")
    found: dict[str, Any] = _document()["paths"][f"/api/v1/{path}"][row.method.lower()]
    return found


def _text_parameters(operation: dict[str, Any]) -> list[str]:
    return [
        parameter["name"]
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "query" and _takes_text(parameter["schema"])
    ]


def _text_places(row: Row, operation: dict[str, Any]) -> list[tuple[str | int, ...]]:
    """Where in a body a text may stand: names of fields, 0 for the place in a list."""
    if row.body is None or row.form:
        return []
    documented = operation.get("requestBody", {}).get("content", {"": {"schema": {}}})
    found = {place for content in documented.values() for place in _places(content["schema"])}
    return sorted(found | {(name,) for name, value in row.body.items() if isinstance(value, str)}, key=str)


def _places(schema: dict[str, Any], at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if "$ref" in schema:
        schema = _document()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    for option in (*schema.get("allOf", ()), *schema.get("oneOf", ()), *schema.get("anyOf", ())):
        yield from _places(option, at)
    if _takes_text(schema):
        yield at
    if "items" in schema:
        yield from _places(schema["items"], (*at, 0))
    for name, inner in schema.get("properties", {}).items():
        yield from _places(inner, (*at, name))


def _takes_text(schema: dict[str, Any]) -> bool:
    kinds = schema.get("type")
    return (
        "string" in (kinds if isinstance(kinds, list) else [kinds])
        and "enum" not in schema
        and schema.get("format") not in ("binary", "date", "date-time")
    )


def _with(body: Any, at: tuple[str | int, ...], value: str) -> Any:
    """The body with a value at a place."""
    if not at:
        return value
    if at[0] == 0:
        return [_with(None, at[1:], value)]
    known = body if isinstance(body, dict) else {}
    return {**known, at[0]: _with(known.get(at[0]), at[1:], value)}


def test_the_places_are_found(scene: Scene) -> None:
    """The generated tests look at something: places whose ids are somebody's, and fields that take them."""
    places = {place for row in ROWS for place in PLACE.findall(row.path)} - set(CLOSED_LISTS)
    taken = {(str(row), at) for row in ROWS if row.least != "open" for at in _text_places(row, _operation(row))}
    asked = {(str(row), name) for row in ROWS if row.least != "open" for name in _text_parameters(_operation(row))}

    assert all(never(scene.b[place]) != scene.b[place] for place in places)
    assert ("POST api_keys", ("clients", 0)) in taken
    assert ("POST clients/<str:client>/forecasts", ("queries", 0)) in taken
    assert ("GET clients/<str:client>/mentions", "author") in asked


def test_nothing_of_b_is_in_what_the_others_may_read(scene: Scene) -> None:
    hidden = {scene.victim.id, *scene.ids.values(), SECRET, scene.victim.schema_name}
    for who in scene.intruders.values():
        for row in (row for row in ROWS if row.method == "GET" and row.least != "open"):
            if who.reaches_both and not row.path.startswith("clients/"):
                continue  # the agency's own lists, which name both clients
            body = who.api().get(row.url(who.own)).getvalue().decode("utf-8", "replace")
            strange = (
                hidden - set(who.own.ids.values()) - (set(scene.ids.values()) - set(scene.strange_to(who).values()))
            )
            shown = {value for value in strange if value in body}
            assert not shown, (str(row), who.name)
