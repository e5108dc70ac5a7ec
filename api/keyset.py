"""Opaque cursors over a list sorted by a figure: some rows have none, which come last, and figures may be equal."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from django.db.models import F, Q, QuerySet

from api.pagination import Page
from kernel.errors import ValidationFailed
from kernel.ids import decode


def page_by(
    rows: QuerySet[Any], *, sort: str, column: str, kind: type, prefix: str, cursor: str | None, limit: int
) -> Page:
    """The rows after `cursor` by `column`, descending where `sort` starts with "-", then by id, which has `prefix`.

    `kind` is the column's type: str, int or float. A figure that changes while pages are read moves its row, so that it
    may be met twice or not at all. Raises ValidationFailed (/cursor) for a cursor that this list did not give out.
    """
    down = sort.startswith("-")
    if cursor:
        rows = rows.filter(_after(column, down, *_decode(cursor, sort, kind, prefix)))
    order = F(column).desc(nulls_last=True) if down else F(column).asc(nulls_last=True)
    found = list(rows.order_by(order, "id")[: limit + 1])
    more = len(found) > limit
    found = found[:limit]
    return Page(found, _encode(sort, getattr(found[-1], column), found[-1].id) if more else None)


def _encode(sort: str, value: Any, public_id: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([sort, value, public_id]).encode()).decode().rstrip("=")


def _decode(cursor: str, sort: str, kind: type, prefix: str) -> tuple[Any, str]:
    try:
        given, value, public_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        decode(prefix, public_id if isinstance(public_id, str) else "")
        if given != sort or not _is(value, kind):
            raise ValueError
    except (ValueError, TypeError, OverflowError, binascii.Error, RecursionError):
        raise ValidationFailed.of("/cursor", "This is not a cursor of this list.", code="bad_cursor") from None
    return value, public_id


def _is(value: Any, kind: type) -> bool:
    """Whether a column of this kind can hold it."""
    if value is None:
        return True
    if kind is str:
        return isinstance(value, str) and "\x00" not in value and value.encode("utf-8", "ignore").decode() == value
    if kind is int:
        return type(value) is int and abs(value) < 2**63
    return type(value) in (int, float) and value == value and abs(value) <= 1e300


def _after(column: str, down: bool, value: Any, public_id: str) -> Q:
    empty = Q(**{f"{column}__isnull": True})
    if value is None:
        return empty & Q(id__gt=public_id)
    beyond = Q(**{f"{column}__{'lt' if down else 'gt'}": value})
    return beyond | Q(**{column: value}, id__gt=public_id) | empty
