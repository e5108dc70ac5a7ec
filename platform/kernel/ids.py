"""Opaque public identifiers: a UUIDv7 in the database, `men_0197…` everywhere else."""

from __future__ import annotations

import os
import re
import time
import uuid
from typing import Any

from django.db import models

_HEX = re.compile(r"[0-9a-f]{32}")


def uuid7() -> uuid.UUID:
    """A time-ordered UUID (RFC 9562, version 7), so that new rows append to their index and sort as they were made.

    The 12 bits behind the milliseconds go on with the time, to a quarter of a microsecond (section 6.2, method 3), and
    62 bits are random: several rows written in one millisecond keep their order too.
    """
    millis, rest = divmod(time.time_ns(), 1_000_000)
    fraction = (rest << 12) // 1_000_000
    tail = int.from_bytes(os.urandom(8), "big") >> 2
    return uuid.UUID(int=(millis & 0xFFFFFFFFFFFF) << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | tail)


def encode(prefix: str, value: uuid.UUID) -> str:
    """`prefix_` and 32 hexadecimal digits, which sort as the UUIDs do."""
    return f"{prefix}_{value.hex}"


def decode(prefix: str, text: str) -> uuid.UUID:
    """The UUID behind a public id. Raises ValueError for anything that this prefix never made."""
    head, _, body = text.partition("_")
    if head != prefix or not _HEX.fullmatch(body):
        raise ValueError(f"not a {prefix}_ id")
    return uuid.UUID(hex=body)


class PublicIdField(models.UUIDField):  # type: ignore[type-arg]
    """A primary key that is a UUID in PostgreSQL and a prefixed string in Python and in the API."""

    def __init__(self, prefix: str = "", **kwargs: Any) -> None:
        self.prefix = prefix
        kwargs.setdefault("primary_key", True)
        kwargs.setdefault("editable", False)
        if "default" not in kwargs:
            kwargs["default"] = self.make
        super().__init__(**kwargs)

    def make(self) -> str:
        return encode(self.prefix, uuid7())

    def deconstruct(self) -> tuple[str, str, Any, dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        kwargs["prefix"] = self.prefix
        kwargs.pop("default", None)
        return name, path, args, kwargs

    def from_db_value(self, value: uuid.UUID | None, expression: object, connection: object) -> str | None:
        return None if value is None else encode(self.prefix, value)

    def to_python(self, value: Any) -> Any:
        if value is None or (isinstance(value, str) and value.startswith(self.prefix + "_")):
            return value
        if isinstance(value, uuid.UUID):
            return encode(self.prefix, value)
        return encode(self.prefix, super().to_python(value))

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if isinstance(value, str):
            value = decode(self.prefix, value)
        return super().get_db_prep_value(value, connection, prepared)

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, str):
            return decode(self.prefix, value)
        return value
