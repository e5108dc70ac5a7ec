"""Opaque cursors over a stable order, newest first. New rows never shift a page that is being read."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model, Q, QuerySet

from kernel.errors import ValidationFailed

DEFAULT_LIMIT = 50
MAX_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Page:
    """One page: at most `limit` rows, and the cursor of the next page (None on the last one)."""

    rows: Sequence[Any]
    next_cursor: str | None

    def body(self, present: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        return {"data": [present(row) for row in self.rows], "next_cursor": self.next_cursor}


def page_of(rows: QuerySet[Any], *, cursor: str | None, limit: int, by: tuple[str, ...] = ("id",)) -> Page:
    """The rows after `cursor` in descending order of `by`, whose last field must be unique.

    Raises ValidationFailed (/cursor) for a cursor that this list did not give out.
    """
    if cursor:
        rows = rows.filter(_after(by, _decode(cursor, by, rows.model)))
    found = list(rows.order_by(*(f"-{name}" for name in by))[: limit + 1])
    more = len(found) > limit
    found = found[:limit]
    return Page(found, _encode(found[-1], by) if more else None)


def _encode(row: Any, by: tuple[str, ...]) -> str:
    values = [getattr(row, name) for name in by]
    text = json.dumps([value.isoformat() if isinstance(value, datetime) else value for value in values])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(cursor: str, by: tuple[str, ...], model: type[Model]) -> list[Any]:
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(values, list) or len(values) != len(by):
            raise ValueError
        parsed = []
        for name, value in zip(by, values, strict=True):
            field = model._meta.get_field(name)
            if not isinstance(value, str):
                raise ValueError
            clean = datetime.fromisoformat(value) if name.endswith("_at") else value
            field.get_prep_value(clean)
            parsed.append(clean)
    except (ValueError, binascii.Error, UnicodeDecodeError, RecursionError):
        raise ValidationFailed.of("/cursor", "This is not a cursor of this list.", code="bad_cursor") from None
    return parsed


def _after(by: tuple[str, ...], values: list[Any]) -> Q:
    """Row-wise `<` over several columns, written out, since each column may be of another type."""
    condition = Q()
    for index, name in enumerate(by):
        same = {earlier: values[i] for i, earlier in enumerate(by[:index])}
        condition |= Q(**same, **{f"{name}__lt": values[index]})
    return condition
