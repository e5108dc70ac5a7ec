"""The OpenAPI document: what it was, that it is valid, and that the API answers as it says."""

from __future__ import annotations

import json
import re
import warnings
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client
from jsonschema.protocols import Validator
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from api.schema import Generator
from tests.api.conftest import Api, Things
from tests.api.table import ROWS, Row

GOLDEN = Path(__file__).with_name("openapi.json")
DESCRIBED = [row for row in ROWS if "html" not in row.media]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made: dict[str, Any] = json.loads(json.dumps(Generator().get_schema(request=None, public=True)))
    return made


@pytest.fixture(scope="module")
def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def _name(row: Row) -> str:
    path = row.path.replace("<str:", "{").replace("<path:", "{").replace(">", "}")
    return f"{row.method} /api/v1/{path}"


def _validator(document: dict[str, Any], schema: dict[str, Any]) -> Validator:
    return OAS31Validator(
        {**schema, "components": document["components"]}, format_checker=OAS31Validator.FORMAT_CHECKER
    )


def test_the_document_is_the_one_in_the_repository(document: dict[str, Any]) -> None:
    # Changed on purpose? `make schema` writes it anew; the difference belongs into the review and the changelog.
    assert document == json.loads(GOLDEN.read_text())


def test_the_document_is_valid_openapi(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []
    assert '"nullable"' not in json.dumps(document)


def test_every_route_is_described(operations: dict[str, dict[str, Any]]) -> None:
    assert set(operations) == {_name(row) for row in DESCRIBED}


def test_every_operation_is_described_in_full(operations: dict[str, dict[str, Any]], document: dict[str, Any]) -> None:
    names = [operation["operationId"] for operation in operations.values()]
    tags = {tag["name"] for tag in document["tags"]}

    assert len(names) == len(set(names))
    for name, operation in operations.items():
        assert re.fullmatch(r"[a-z]+(_[a-z]+)+", operation["operationId"]), name
        assert operation["summary"][0].isupper(), name
        assert operation["description"].endswith("."), name
        assert set(operation["tags"]) <= tags, name
        for parameter in operation.get("parameters", ()):
            assert parameter.get("description") or "enum" in parameter["schema"], (name, parameter["name"])
        for status, answer in operation["responses"].items():
            if int(status) >= 400:
                (media,) = answer["content"]
                assert media == "application/problem+json", name
                assert answer["content"][media]["examples"], name


def test_every_example_is_what_its_schema_says(operations: dict[str, dict[str, Any]], document: dict[str, Any]) -> None:
    examined = 0
    for operation in operations.values():
        places = [operation.get("requestBody", {}), *operation["responses"].values()]
        for place in places:
            for content in place.get("content", {}).values():
                for example in content.get("examples", {}).values():
                    _validator(document, content["schema"]).validate(example["value"])
                    examined += 1
    assert examined > 200


def test_every_json_answer_and_body_has_an_example(operations: dict[str, dict[str, Any]]) -> None:
    missing = [
        (name, where)
        for name, operation in operations.items()
        for where, place in {"body": operation.get("requestBody", {}), **operation["responses"]}.items()
        for media, content in place.get("content", {}).items()
        if media == "application/json" and "examples" not in content and operation["operationId"] != "schema_get"
    ]

    assert missing == []


@pytest.mark.parametrize("row", DESCRIBED, ids=str)
def test_an_answer_is_as_described(
    row: Row, api: Api, things: Things, operations: dict[str, dict[str, Any]], document: dict[str, Any]
) -> None:
    operation = operations[_name(row)]

    for key in (row.asker, None):
        answer = getattr(api(key), row.method.lower())(row.url(things), **row.content())
        described = operation["responses"][str(answer.status_code)]
        assert set(described.get("headers", {})) - {"Retry-After"} <= set(answer.headers)
        if answer.status_code == 204:
            assert "content" not in described
            continue
        media = answer["Content-Type"].partition(";")[0]
        assert media in described["content"]
        if media.endswith("json"):
            body = answer.json()
            schema = described["content"][media]["schema"]
            _validator(document, schema).validate(body)
            _nothing_undescribed(document, schema, body)
        answer.getvalue()


def _nothing_undescribed(document: dict[str, Any], schema: dict[str, Any], value: Any) -> None:
    """Every name in an answer is in its schema too."""
    for option in [schema, *schema.get("allOf", ()), *schema.get("oneOf", ()), *schema.get("anyOf", ())]:
        if "$ref" in option:
            option = document["components"]["schemas"][option["$ref"].rsplit("/", 1)[1]]
        if isinstance(value, list) and "items" in option:
            for item in value:
                _nothing_undescribed(document, option["items"], item)
        if isinstance(value, dict) and "properties" in option:
            assert set(value) <= set(option["properties"])
            for name, inner in value.items():
                _nothing_undescribed(document, option["properties"][name], inner)


def test_the_document_is_served_as_json_and_yaml(document: dict[str, Any], db: None) -> None:
    asker = Client()
    for query, accept, media in (
        ("", "*/*", "application/json"),
        ("?format=yaml", "*/*", "application/yaml"),
        ("?format=json", "application/yaml", "application/json"),
        ("", "application/vnd.oai.openapi", "application/vnd.oai.openapi"),
        ("", "application/vnd.oai.openapi+json", "application/vnd.oai.openapi+json"),
        ("", "application/yaml", "application/yaml"),
    ):
        answer = asker.get(f"/api/v1/schema{query}", headers={"accept": accept})
        assert (answer.status_code, answer["Content-Type"]) == (200, media)
        assert yaml.load(answer.content, Loader=yaml.CSafeLoader) == document
    assert asker.get("/api/v1/schema?format=xml").status_code == 400


@pytest.mark.parametrize("page", ["docs", "redoc"])
def test_a_page_loads_everything_from_this_host(page: str, db: None) -> None:
    visitor = Client()
    answer = visitor.get(f"/api/v1/{page}", headers={"accept": "text/html,application/xhtml+xml"})
    text = answer.content.decode()

    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert "//" not in re.sub(r"<!--.*?-->", "", text).replace("<!DOCTYPE html>", "")
    loaded = re.findall(r'(?:src|href)="(/[^"]+)"', text)
    assert loaded
    for address in loaded:
        file = visitor.get(address)
        assert file.status_code == 200
        assert len(file.getvalue()) > 10_000
