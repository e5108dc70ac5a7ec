"""Opaque cursors over a stable order, newest first. New rows never shift a page that is being read."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import DateTimeField, IntegerField, Model, Q, QuerySet

from kernel.errors import ValidationFailed

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
MOST_CHECKED = 4_000


@dataclass(frozen=True, slots=True)
class Page:
    """One page: at most `limit` rows, and the cursor of the next page (None on the last one)."""

    rows: Sequence[Any]
    next_cursor: str | None

    def body(self, present: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        return {"data": [present(row) for row in self.rows], "next_cursor": self.next_cursor}


def page_of(
    rows: QuerySet[Any], *, cursor: str | None, limit: int, by: tuple[str, ...] = ("id",), ascending: bool = False
) -> Page:
    """The rows after `cursor` in descending (or ascending) order of `by`, whose last field must be unique among
    rows that are equal in the others.

    Raises ValidationFailed (/cursor) for a cursor that this list did not give out.
    """
    if cursor:
        rows = rows.filter(_after(by, _decode(cursor, by, rows.model), "gt" if ascending else "lt"))
    found = list(rows.order_by(*(name if ascending else f"-{name}" for name in by))[: limit + 1])
    more = len(found) > limit
    found = found[:limit]
    return Page(found, _encode(found[-1], by) if more else None)


def checked_page_of(
    rows: QuerySet[Any],
    *,
    check: Callable[[Sequence[str]], set[str]],
    cursor: str | None,
    limit: int,
    by: tuple[str, ...] = ("id",),
) -> Page:
    """As `page_of`, for rows that may hold some too many: `check` gives those of some ids that belong into the list.

    At most MOST_CHECKED rows are checked for a page, which can so hold fewer than `limit`, or none, and still name the
    next.
    """
    candidates = rows.select_related(None).prefetch_related(None).only(*by)
    found: list[Any] = []
    checked, size = 0, 2 * (limit + 1)
    while True:
        page = page_of(candidates, cursor=cursor, limit=min(size, MOST_CHECKED - checked), by=by)
        passed = check([row.pk for row in page.rows])
        found += [row for row in page.rows if row.pk in passed]
        checked, size, cursor = checked + len(page.rows), 2 * size, page.next_cursor
        if len(found) > limit:
            found = found[:limit]
            cursor = _encode(found[-1], by)
            break
        if cursor is None or checked >= MOST_CHECKED:
            break
    whole = {row.pk: row for row in rows.filter(pk__in=[row.pk for row in found])}
    return Page([whole[row.pk] for row in found if row.pk in whole], cursor)


def _encode(row: Any, by: tuple[str, ...]) -> str:
    values = [getattr(row, name) for name in by]
    text = json.dumps([value.isoformat() if isinstance(value, datetime) else value for value in values])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(cursor: str, by: tuple[str, ...], model: type[Model]) -> list[Any]:
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(values, list) or len(values) != len(by):
            raise ValueError
        return [_value(model._meta.get_field(name), value) for name, value in zip(by, values, strict=True)]
    except (ValueError, OverflowError, binascii.Error, RecursionError):
        raise ValidationFailed.of("/cursor", "This is not a cursor of this list.", code="bad_cursor") from None


def _value(field: Any, value: Any) -> Any:
    """One value of a cursor as its column holds it. Raises ValueError for one that it never held."""
    if isinstance(field, IntegerField):
        if type(value) is not int or abs(value) >= 2**63:
            raise ValueError
        return value
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError
    value.encode("utf-8")
    if isinstance(field, DateTimeField):
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError
        return moment.astimezone(UTC)
    field.get_prep_value(value)
    return value


def _after(by: tuple[str, ...], values: list[Any], beyond: str) -> Q:
    """Row-wise `<` or `>` over several columns, written out, since each column may be of another type."""
    condition = Q()
    for index, name in enumerate(by):
        same = {earlier: values[i] for i, earlier in enumerate(by[:index])}
        condition |= Q(**same, **{f"{name}__{beyond}": values[index]})
    return condition
