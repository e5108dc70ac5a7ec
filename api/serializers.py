"""Strict input: an unknown field, or a value of another type, is refused and named, never guessed at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from api.pagination import DEFAULT_LIMIT, MAX_LIMIT


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


class StrictBooleanField(serializers.BooleanField):
    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            raise serializers.ValidationError("Must be true or false.", code="wrong_type")
        return data


class StrictSerializer(serializers.Serializer[Any]):
    """A body. Names that it does not declare are errors at their own pointer."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = [name for name in data if name not in self.fields]
            if unknown:
                raise serializers.ValidationError(
                    {name: [serializers.ErrorDetail("Unknown field.", code="unknown_field")] for name in unknown}
                )
        return super().to_internal_value(data)


class QueryParameters(serializers.Serializer[Any]):
    """The query string of a GET. Text is parsed (`limit=10`), but unknown or doubled names are errors."""

    @classmethod
    def read(cls, request: Any) -> dict[str, Any]:
        """The validated parameters. Raises ValidationError that names the parameter."""
        fields = cls().fields
        problems = {}
        for name, values in request.query_params.lists():
            if name not in fields:
                problems[name] = [serializers.ErrorDetail("Unknown parameter.", code="unknown_parameter")]
            elif len(values) > 1:
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
    cursor = serializers.CharField(required=False, default=None, max_length=2000, help_text="Where the last page ended.")
    limit = serializers.IntegerField(
        required=False, default=DEFAULT_LIMIT, min_value=1, max_value=MAX_LIMIT, help_text="Rows per page, 1 to 200."
    )
