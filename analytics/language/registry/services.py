"""Remembering which models read here."""

from __future__ import annotations

from datetime import datetime

from django.db import DatabaseError, transaction
from django.utils import timezone

from analytics.language.cards import card_as_json
from analytics.language.cards.foreign import card_of
from analytics.language.cards.shipped import shipped_cards
from analytics.language.contracts import Engine, EngineUnavailable
from analytics.language.registry.models import SeenModel
from analytics.language.serving import serving_engine
from kernel import db
from kernel.logs import get_logger

log = get_logger(__name__)


def remember(*, engine: Engine, now: datetime) -> bool:
    """Keep the engine's card in public, where mentions and reports that name it find it even when the engine is gone.
    Call it outside of a client's transaction. Returns whether the model was new here."""
    with db.public(), transaction.atomic():
        shipped = engine.model_id in shipped_cards()
        _, new = SeenModel.objects.update_or_create(
            id=engine.model_id,
            defaults={
                "card": None if shipped else card_as_json(card_of(engine.model_id, engine.card())),
                "seen_at": now,
            },
            create_defaults={
                "card": None if shipped else card_as_json(card_of(engine.model_id, engine.card())),
                "seen_at": now,
                "first_seen_at": now,
            },
        )
        return new


def remember_before_work() -> None:
    """Remember the engine that serves, as a worker starts; one that cannot be loaded is told of elsewhere. A card that
    the database will not have keeps no worker from working."""
    try:
        engine = serving_engine()
    except EngineUnavailable:
        return
    try:
        remember(engine=engine, now=timezone.now())
    except DatabaseError:
        log.exception("language.not_remembered")
