"""JSON bodies as strictly as they can be read: UTF-8, no NUL, no lone surrogates, no NaN, no doubled names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, DataAndFiles, MultiPartParser

from kernel.errors import BadRequest, TooLarge, ValidationFailed

_MAX_DEPTH = 32


class StrictJSONParser(BaseParser):
    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        body = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise TooLarge(f"A JSON body may have at most {settings.DATA_UPLOAD_MAX_MEMORY_SIZE} bytes.")
        try:
            value = json.loads(body.decode("utf-8"), object_pairs_hook=unique, parse_constant=_refuse_constant)
        except UnicodeDecodeError:
            raise BadRequest("The body is not UTF-8.") from None
        except RecursionError:
            raise BadRequest("The body is nested too deeply.") from None
        except json.JSONDecodeError as error:
            raise BadRequest(f"The body is not JSON: line {error.lineno}, column {error.colno}.") from None
        except ValueError:
            raise BadRequest("The body holds a number with too many digits.") from None
        check_text(value)
        return value


class FormParser(MultiPartParser):
    """Multipart forms up to the upload limit, which is looked at before anything is read."""

    # Boundaries and field headers come on top of the file.
    _AROUND = 64 * 1024

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> DataAndFiles[Any, Any]:
        request = (parser_context or {})["request"]
        if int(request.META.get("CONTENT_LENGTH") or 0) > settings.UPLOAD_MAX_BYTES + self._AROUND:
            raise TooLarge(f"A file may have at most {settings.UPLOAD_MAX_BYTES} bytes.")
        try:
            return super().parse(stream, media_type, parser_context)
        except ParseError:
            # Its message quotes the header that is wrong.
            raise BadRequest("The body is not a multipart form that can be read.") from None


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON as a dict. Raises BadRequest for a doubled name."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadRequest("An object in the body has the same name twice.")
    return found


def _refuse_constant(name: str) -> Any:
    raise BadRequest("NaN and Infinity are not JSON.")


def check_text(value: Any, pointer: str = "", depth: int = 0) -> None:
    """Raises ValidationFailed for the first string that PostgreSQL or UTF-8 cannot hold."""
    if depth > _MAX_DEPTH:
        raise BadRequest("The body is nested too deeply.")
    if isinstance(value, str):
        if "\x00" in value:
            raise ValidationFailed.of(pointer, "NUL characters are not allowed.", code="nul_character")
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise ValidationFailed.of(pointer, "Lone surrogates are not allowed.", code="lone_surrogate") from None
    elif isinstance(value, dict):
        for name, inner in value.items():
            check_text(name, pointer, depth + 1)
            check_text(inner, f"{pointer}/{name}", depth + 1)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            check_text(inner, f"{pointer}/{index}", depth + 1)
