"""Reads of the redaction tallies."""

from __future__ import annotations

from django.db.models import Sum

from analytics.privacy.models import RedactionTally


def redactions() -> dict[str, int]:
    """How many findings of each entity were redacted from this client's posts, ever."""
    rows = RedactionTally.objects.values_list("entity").annotate(total=Sum("findings")).order_by("entity")
    return {entity: int(total) for entity, total in rows}
