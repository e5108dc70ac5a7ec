"""Finding one thing by its public id."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model, QuerySet

from kernel.errors import NotFound

M = TypeVar("M", bound=Model)


def one(rows: QuerySet[M], public_id: str) -> M:
    """The row with this id. Raises NotFound alike for an id of nobody and for one that no row could have."""
    try:
        found = rows.filter(pk=public_id).first()
    except ValueError:
        found = None
    if found is None:
        raise NotFound()
    return found
