"""Putting an audit into the card of the engine that was audited."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final

from analytics.language.cards import read_card
from analytics.language.cards.shape import BiasAudit
from analytics.language.contracts import Engine
from analytics.language.fairness.audit import audit

NOTES: Final = {
    "compact": "This engine passes over the words of its list (compact/neutral_terms.txt), among them those of "
    "religion, orientation, nationality, race and gender that are audited here: their gaps are small by construction "
    "and say nothing of other words for the same people. The names audited are not on that list."
}


def write_audit(path: Path, engine: Engine, *, found: BiasAudit | None = None) -> dict[str, object]:
    """Write what an audit of the engine finds (or `found`) into the card file at `path`, and answer the card. Raises
    ValueError where the card is another model's, CardInvalid where it is none."""
    card: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    if read_card(card).id != engine.model_id:
        raise ValueError("this is the card of another model")
    noted = replace(
        found if found is not None else audit(engine), note=NOTES.get(engine.model_id.partition("/")[0], "")
    )
    card["bias"] = asdict(noted)
    card = json.loads(json.dumps(card))
    read_card(card)
    path.write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return card
