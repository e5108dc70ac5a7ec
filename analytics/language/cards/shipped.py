"""The cards in the package: that of the compact engine's present version, and those of every version shipped before,
because mentions and reports keep naming them. A card goes into `shipped/` when its version is replaced."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from analytics.language.cards.reading import CardInvalid, read_card
from analytics.language.cards.shape import ModelCard

FOLDER: Final = Path(__file__).parent / "shipped"
PRESENT: Final = Path(__file__).parents[1] / "compact" / "card.json"


@cache
def shipped_cards() -> Mapping[str, ModelCard]:
    """All shipped cards by id. Raises CardInvalid for one in `shipped/` that cannot be read."""
    found = {}
    for path in sorted(FOLDER.glob("*.json")):
        card = _card_in(path)
        found[card.id] = card
    try:
        present = _card_in(PRESENT)
    except (CardInvalid, OSError):
        return found  # weights that somebody trained may bring a card of their own; the test looks at ours
    return {**found, present.id: present}


def _card_in(path: Path) -> ModelCard:
    return read_card(json.loads(path.read_text(encoding="utf-8")))
