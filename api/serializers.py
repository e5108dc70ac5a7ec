"""Strict input: an unknown field, or a value of another type, is refused and named, never guessed at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, Self

from django.utils.datastructures import MultiValueDict
from rest_framework import serializers
from rest_framework.request import Request

from api.pagination import DEFAULT_LIMIT, MAX_LIMIT
from api.parsers import check_text
from kernel.ids import decode

_DIGITS = re.compile(r"[0-9]{1,9}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})")
_YEARS = range(1970, 2200)
# Names are repeated in the answer, so that they can be found; a name of two megabytes is not.
_SHOWN_NAME = 100


class StrictCharField(serializers.CharField):
    """Text only: a number is not read as text."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError("Must be a string.", code="wrong_type")
        return super().to_internal_value(data)


class StrictIntegerField(serializers.IntegerField):
    """Whole JSON numbers only: "7", 7.0 and true are refused."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            raise serializers.ValidationError("Must be a whole number.", code="wrong_type")
        return super().to_internal_value(data)


class CountParameter(serializers.IntegerField):
    """A whole number in a query string, in plain digits: "+7", "7.0", "1_0" and digits of other scripts are refused."""

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, str) or not _DIGITS.fullmatch(data):
            raise serializers.ValidationError("Must be a whole number.", code="wrong_type")
        return super().to_internal_value(data)


class StrictBooleanField(serializers.BooleanField):
    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            raise serializers.ValidationError("Must be true or false.", code="wrong_type")
        return data


class DayField(serializers.DateField):
    """A calendar day, `2026-03-31`, of the years 1970 to 2199."""

    def to_internal_value(self, data: Any) -> date:
        try:
            day = date.fromisoformat(data) if isinstance(data, str) and _DAY.fullmatch(data) else None
        except ValueError:
            day = None
        if day is None or day.year not in _YEARS:
            raise serializers.ValidationError("Must be a day, written like 2026-03-31.", code="bad_day")
        return day


class MomentField(serializers.DateTimeField):
    """An RFC 3339 time with its zone in, the same moment in UTC with `Z` out."""

    def to_internal_value(self, data: Any) -> datetime:
        try:
            moment = datetime.fromisoformat(data) if isinstance(data, str) and _MOMENT.fullmatch(data) else None
        except ValueError:
            moment = None
        if moment is None or moment.year not in _YEARS:
            raise serializers.ValidationError(
                "Must be a time with its zone, written like 2026-03-31T18:00:00Z.", code="bad_time"
            )
        return moment.astimezone(UTC)

    def to_representation(self, value: datetime) -> str:
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


class AddressField(serializers.EmailField):
    """An e-mail address that a link is sent to. The name before the @ is ASCII, which every mail server takes (Django's
    pattern lets signs through that are ASCII in lower case only), and what follows is a domain."""

    def to_internal_value(self, data: Any) -> str:
        address: str = super().to_internal_value(data)
        name, _, domain = address.rpartition("@")
        if not name.isascii() or domain.startswith("["):
            raise serializers.ValidationError("Enter a valid email address.", code="invalid")
        return address


class IdField(serializers.CharField):
    """A public id with this prefix. Whether there is such a thing is not looked at."""

    def __init__(self, prefix: str, **kwargs: Any) -> None:
        self.prefix = prefix
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> str:
        try:
            decode(self.prefix, data if isinstance(data, str) else "")
        except ValueError:
            raise serializers.ValidationError(
                f"Must be an id that starts with {self.prefix}_.", code="bad_id"
            ) from None
        return str(data)


def _unknown(names: Iterable[Any], what: str) -> dict[str, list[serializers.ErrorDetail]]:
    error = serializers.ErrorDetail(f"Unknown {what}.", code=f"unknown_{what}")
    return {str(name)[:_SHOWN_NAME]: [error] for name in names}


class StrictSerializer(serializers.Serializer[Any]):
    """A body. Names that it does not declare are errors at their own pointer."""

    @classmethod
    def read(cls, request: Request, *, partial: bool = False) -> dict[str, Any]:
        """The validated body; with `partial`, only what the caller gave. Raises ValidationError."""
        serializer = cls(data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = [name for name in data if name not in self.fields]
            if unknown:
                raise serializers.ValidationError(_unknown(unknown, "field"))
        return super().to_internal_value(data)


class FormSerializer(StrictSerializer):
    """A multipart form: texts and files, each name once."""

    @classmethod
    def read(cls, request: Request, *, partial: bool = False) -> dict[str, Any]:
        # A request without a body is an empty dict here, whatever the parser.
        form: Any = request.data or MultiValueDict()
        for name, values in form.lists():
            if len(values) > 1:
                error = serializers.ErrorDetail("Given more than once.", code="repeated_field")
                raise serializers.ValidationError({name[:_SHOWN_NAME]: [error]})
            if isinstance(values[0], str):
                check_text(values[0], f"/{name[:_SHOWN_NAME]}")
        serializer = cls(data=dict(form.items()), partial=partial)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


class QueryParameters(serializers.Serializer[Any]):
    """The query string of a GET. Text is parsed (`limit=10`), but unknown or doubled names are errors."""

    @classmethod
    def read(cls, request: Request) -> dict[str, Any]:
        """The validated parameters. Raises ValidationError that names the parameter."""
        fields = cls().fields
        problems = _unknown([name for name in request.query_params if name not in fields], "parameter")
        for name, values in request.query_params.lists():
            if name not in fields:
                continue
            if len(values) > 1:
                problems[name] = [serializers.ErrorDetail("Given more than once.", code="repeated_parameter")]
            elif "\x00" in values[0]:
                problems[name] = [serializers.ErrorDetail("NUL characters are not allowed.", code="nul_character")]
        if problems:
            raise serializers.ValidationError(problems)
        serializer = cls(data=request.query_params.dict())
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


class NoParameters(QueryParameters):
    """For routes that take none."""


class PageParameters(QueryParameters):
    cursor = serializers.CharField(
        required=False,
        default=None,
        max_length=2000,
        help_text="`next_cursor` of the page before. Leave it out for the first page.",
    )
    limit = CountParameter(
        required=False, default=DEFAULT_LIMIT, min_value=1, max_value=MAX_LIMIT, help_text="Rows per page, 1 to 200."
    )


@cache
def _ready(shape: type[serializers.Serializer[Any]]) -> serializers.Serializer[Any]:
    # Building one copies all its fields, which takes ten times as long as using it; using it changes nothing in it.
    return shape()


class Shown(serializers.Serializer[Any]):
    """What an answer holds."""

    @classmethod
    def of(cls, thing: Any) -> Any:
        """`thing` as plain JSON values."""
        return _ready(cls).to_representation(thing)

    @classmethod
    def page(cls) -> type[Self]:
        """The serializer of a page of these, for the schema: one class, however many routes answer with it."""
        found: type[Self] = _page_of(cls)
        return found


@cache
def _page_of(cls: type[Any]) -> Any:
    return type(
        f"{cls.__name__.removesuffix('Serializer')}PageSerializer",
        (Shown,),
        {
            "__doc__": None,
            "data": cls(many=True),
            "next_cursor": serializers.CharField(
                allow_null=True, help_text="Give it as `cursor` to get the next page; null on the last one."
            ),
        },
    )
