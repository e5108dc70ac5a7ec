"""The API's description, for programs and for people. Everything it needs comes from this host."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, ClassVar

import yaml
from django.template.loader import render_to_string
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.renderers import HtmlRenderer, Raw
from api.schema import Generator, operation
from api.serializers import NoParameters, QueryParameters
from api.views import OpenView


class JsonSchemaRenderer(Raw):
    media_type = "application/json"
    format = "json"


class OpenApiJsonRenderer(Raw):
    media_type = "application/vnd.oai.openapi+json"
    format = "openapi+json"


class OpenApiYamlRenderer(Raw):
    media_type = "application/vnd.oai.openapi"
    format = "openapi+yaml"


class YamlRenderer(Raw):
    media_type = "application/yaml"
    format = "yaml"


# The dumper in C is ten times as fast, and in every wheel of PyYAML.
_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Plain(_Dumper):  # type: ignore[misc]
    """Aliases are valid YAML, but many readers of OpenAPI documents stumble over them."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


class SchemaParameters(QueryParameters):
    format = serializers.ChoiceField(
        ["json", "yaml"], required=False, default=None, allow_null=True, help_text="Left out: what Accept says."
    )


@cache
def _document(form: str) -> bytes:
    document: Any = Generator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    if form == "yaml":
        plain = json.loads(json.dumps(document))
        return yaml.dump(plain, Dumper=_Plain, sort_keys=False, allow_unicode=True).encode()
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


class SchemaDocument(OpenView):
    renderer_classes: ClassVar[list[Any]] = [  # type: ignore[misc]
        JsonSchemaRenderer,
        OpenApiJsonRenderer,
        YamlRenderer,
        OpenApiYamlRenderer,
    ]

    @operation(
        id="schema_get",
        tag="service",
        summary="Get this description",
        description="The OpenAPI 3.1 document of this API, as JSON or YAML. Needs no key.",
        query=SchemaParameters,
        answer=OpenApiTypes.OBJECT,
        media=("application/json", "application/yaml"),
    )
    def get(self, request: Request) -> Response:
        form = SchemaParameters.read(request)["format"]
        accepted = request.accepted_media_type or ""
        if form is None:
            form = "json" if "json" in accepted else "yaml"
            media = accepted.partition(";")[0]
        else:
            media = f"application/{form}"
        return Response(_document(form), content_type=media)


class Page(OpenView):
    """A page with a viewer for the description in it. The browser is told to load nothing from anywhere else."""

    renderer_classes: ClassVar[list[Any]] = [HtmlRenderer]  # type: ignore[misc]
    template: ClassVar[str] = ""

    def get(self, request: Request) -> Response:
        NoParameters.read(request)
        response = Response(render_to_string(self.template).encode())
        response["Content-Security-Policy"] = (
            "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
            "img-src 'self' data:; worker-src blob:; font-src 'self' data:; frame-ancestors 'none'"
        )
        return response


class Docs(Page):
    template = "api/swagger.html"


class Redoc(Page):
    template = "api/redoc.html"


open_urlpatterns = [
    path("schema", SchemaDocument.as_view(), name="schema"),
    path("docs", Docs.as_view(), name="docs"),
    path("redoc", Redoc.as_view(), name="redoc"),
]
