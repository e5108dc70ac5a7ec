"""The cards there are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from analytics.language.cards import CardInvalid, ModelCard, read_card
from analytics.language.cards.shipped import shipped_cards
from analytics.language.registry.models import SeenModel
from kernel import db
from kernel.errors import NotFound

# What a client's own tuning appends to the model's id; tunings are the client's and have no card.
_TUNED = re.compile(r"\+t[0-9]{1,9}$")


@dataclass(frozen=True, slots=True)
class Known:
    """A card, whether it comes with the package, whether it is what workers loaded last, and when they first did (None:
    never here)."""

    card: ModelCard
    shipped: bool
    in_use: bool
    first_seen_at: datetime | None


def base_of(model_id: str) -> str:
    """The engine's own id, without a client's tuning."""
    return _TUNED.sub("", model_id)


def known_models() -> list[Known]:
    """All cards, what is in use first, then by id."""
    with db.public():
        seen = {row.id: row for row in SeenModel.objects.all()}
    latest = max(seen.values(), key=lambda row: row.seen_at).id if seen else ""
    cards = {**{id: card for id, row in seen.items() if (card := _kept(row)) is not None}, **shipped_cards()}
    found = [
        Known(card, id in shipped_cards(), id == latest, seen[id].first_seen_at if id in seen else None)
        for id, card in cards.items()
    ]
    return sorted(found, key=lambda known: (not known.in_use, known.card.id))


def known_model(model_id: str) -> Known:
    """The card of a model as readings name it, tuned ones under the engine's. Raises NotFound."""
    wanted = base_of(model_id)
    for known in known_models():
        if known.card.id == wanted:
            return known
    raise NotFound()


def card_for(model_id: str) -> ModelCard | None:
    """The engine's card, None where nobody knows one. Changes to the public schema where it has to look there."""
    wanted = base_of(model_id)
    shipped = shipped_cards().get(wanted)
    if shipped is not None:
        return shipped
    with db.public():
        row = SeenModel.objects.filter(id=wanted).first()
    return _kept(row) if row is not None else None


def _kept(row: SeenModel) -> ModelCard | None:
    try:
        return read_card(row.card) if row.card is not None else None
    except CardInvalid:  # kept by a version whose cards held more
        return None
