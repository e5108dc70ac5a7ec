"""Transactions that would not work in strict mode, found in default mode: those that begin in one client's schema, or
in public, and go on in another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection


@contextmanager
def watching() -> Iterator[list[str]]:
    """Yields a list that fills with what crossed. Transactions that only the tests hold do not count."""
    found: list[str] = []
    # By the block itself: the number of one that is gone is another's soon.
    began: dict[Any, str] = {}

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        wrapper: Any = connection
        ours = [block for block in wrapper.atomic_blocks if not getattr(block, "_from_testcase", False)]
        if not ours:
            began.clear()
        elif not wrapper._setting_search_path:
            place = "public" if wrapper.keep_owner else wrapper.schema_name
            first = began.setdefault(ours[0], place)
            if place != first:
                found.append(f"{sql[:60]!r} in {place} after statements in {first}")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield found
