"""Switching images on and off, and keeping what was seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from analytics.language.vision.contracts import Sight
from analytics.language.vision.models import Visual, VisualContent
from kernel.ids import encode

LONGEST_LABEL = 80
IN_VAIN = 100
"""The tries of an image that another model saw and a later one could not have any more."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One image of a mention and what came of it. `mention` is the database's own id; texts are redacted."""

    mention: UUID
    place: int
    address: bytes
    sight: Sight


@transaction.atomic
def set_enabled(*, enabled: bool, now: datetime) -> VisualContent:
    """Switch the looking at images on or off; what was seen before stays. Switched on again it goes through what came
    meanwhile."""
    VisualContent.objects.get_or_create(id=1)
    row = VisualContent.objects.select_for_update().get(id=1)
    if row.enabled != enabled:
        row.enabled, row.changed_at = enabled, now
        row.save(update_fields=["enabled", "changed_at"])
    return row


@transaction.atomic
def keep_seen(*, seen: Sequence[Seen], model_id: str, now: datetime) -> bool:
    """Write down what was seen, over what another model or an earlier try said, and how far the model has come. What
    another model saw stays where the image cannot be had any more. Mentions that are gone are left out. The same twice
    changes nothing but the number of tries. Returns False, and keeps nothing, where the client does not want it any
    more."""
    content = VisualContent.objects.select_for_update().filter(id=1, enabled=True).first()
    if content is None:
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM mentions_mention WHERE id = ANY(%s::uuid[]) FOR KEY SHARE",
            [[row.mention for row in seen]],
        )
        there = {pk for (pk,) in cursor.fetchall()}
    tries: dict[tuple[str, int], int] = {}
    seen_by_others: dict[tuple[str, int], int] = {}
    for known in Visual.objects.filter(mention__in=[encode("men", pk) for pk in there]):
        if known.model_id == model_id:
            tries[str(known.mention_id), known.place] = known.tries
        elif not known.problem:
            seen_by_others[str(known.mention_id), known.place] = known.id
    lost = [row for row in seen if row.sight.problem and (encode("men", row.mention), row.place) in seen_by_others]
    Visual.objects.filter(id__in=[seen_by_others[encode("men", row.mention), row.place] for row in lost]).update(
        tries=IN_VAIN
    )
    rows = [
        Visual(
            mention_id=encode("men", row.mention),
            place=row.place,
            address=row.address,
            labels=[[label, score] for label, score in row.sight.labels],
            label_names=[folded(label) for label, _ in row.sight.labels],
            text=row.sight.text,
            caption=row.sight.caption,
            problem=row.sight.problem,
            tries=min(tries.get((encode("men", row.mention), row.place), 0) + 1, IN_VAIN - 1),
            model_id=model_id,
            seen_at=now,
        )
        for row in seen
        if row.mention in there and row not in lost
    ]
    Visual.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["mention", "place"],
        update_fields=[
            "address", "labels", "label_names", "text", "caption", "problem", "tries", "model_id", "seen_at"
        ],
    )  # fmt: skip
    last = max(row.mention for row in seen)
    if content.looked_with != model_id or content.looked_to is None or content.looked_to < last:
        content.looked_to, content.looked_with = last, model_id
        content.save(update_fields=["looked_to", "looked_with"])
    return True


def folded(label: str) -> str:
    """A label as it is compared."""
    return label.casefold().strip()[:LONGEST_LABEL]
