"""A card for what came without one of ours: it says what is known, and that nobody measured the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from analytics.language.cards.reading import CardInvalid, read_card
from analytics.language.cards.shape import FORMAT, HeadCard, ModelCard
from analytics.language.contracts import EMOTIONS, SENTIMENTS

UNMEASURED: Final = (
    "Nobody has measured this model here: see its own card for data, licence and scores, and run `manage.py evaluate` "
    "and `manage.py audit_bias` with it before its figures are relied on."
)
_LABELS: Final = {"sentiment": SENTIMENTS, "emotion": EMOTIONS, "irony": ("irony",)}
_TASKS: Final = {
    "sentiment": "sentiment of a post: negative, neutral, positive",
    "emotion": "which emotions a post shows",
    "irony": "whether a post is ironic",
}


def card_of(model_id: str, told: Mapping[str, object]) -> ModelCard:
    """What an engine tells of itself as a card: its own where it is one of this format, otherwise one without
    scores that holds what was told under `engine`."""
    try:
        card = read_card(told)
    except CardInvalid:
        return _unmeasured(model_id, told)
    return card if card.id == model_id else _unmeasured(model_id, told)


def _unmeasured(model_id: str, told: Mapping[str, object]) -> ModelCard:
    name, _, rest = model_id.partition("@")
    version = rest.partition("+")[0]  # what follows are the further models that have a part
    models: Any = told.get("models")
    brought = [head for head in _LABELS if isinstance(models, Mapping) and head in models] or ["sentiment"]
    heads = dict.fromkeys(brought, UNMEASURED)
    if filling := told.get("filled_by"):
        heads |= {head: f"Read by {filling}: see its card." for head in _LABELS if head not in heads}
    return ModelCard(
        format=FORMAT,
        id=model_id,
        name=name,
        version="",
        summary=f"A model that was brought here{f', revision {version}' if version else ''}.",
        licence="unknown here; see the model's own card",
        intended_use=("what the model's own card names",),
        not_for=(
            "what the model's own card excludes",
            "languages that it was not trained on: it does not abstain there",
        ),
        architecture=str(told.get("architecture", "a transformer for sequence classification")),
        weights_sha256="",
        weights_bytes=0,
        data=(),
        unsupported="Not known. The model answers in every language.",
        heads={
            head: HeadCard(task=_TASKS[head], labels=tuple(_LABELS[head]), languages=(), rule=known, note=known)
            for head, known in heads.items()
        },
        known_failures=(UNMEASURED,),
        engine=dict(told),
    )
