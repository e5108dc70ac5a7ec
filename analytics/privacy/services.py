"""Counting what was taken out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date

from django.db import connection


def tally(counts: Mapping[tuple[date, str], int]) -> None:
    """Add redactions to the tallies: (UTC day of the post, entity) -> how many."""
    rows = sorted(Counter(counts).items())
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO privacy_redactiontally (day, entity, findings) "
            "SELECT * FROM unnest(%s::date[], %s::text[], %s::bigint[]) ON CONFLICT (day, entity) "
            "DO UPDATE SET findings = privacy_redactiontally.findings + EXCLUDED.findings",
            [[day for (day, _), _ in rows], [entity for (_, entity), _ in rows], [count for _, count in rows]],
        )
