"""What the engine in force tells of posts at all, found out by asking it."""

from __future__ import annotations

import threading
from typing import Final

from analytics.language.contracts import Engine, EngineUnavailable
from analytics.language.serving import serving_engine

TOLD: Final = ("sentiment", "emotions", "irony", "intents")
"""Fields of a Reading."""

# Plain statements of strong feelings, long enough for anybody: an engine that says nothing of these says nothing.
_ASKED: Final = (
    ("I am so happy today, thank you all, this is the best day of my life!", "en"),
    ("I am furious about this terrible service, never again, what a disgrace!", "en"),
    ("Ich bin heute so glücklich, vielen Dank, das ist der schönste Tag meines Lebens!", "de"),
    ("¡Estoy muy feliz hoy, muchas gracias a todos, es el mejor día de mi vida!", "es"),
    ("Je suis tellement heureux aujourd'hui, merci à tous, c'est le plus beau jour de ma vie !", "fr"),
    ("أنا سعيد جدا اليوم، شكرا لكم جميعا، هذا أجمل يوم في حياتي", "ar"),
)

_lock = threading.Lock()
_known: dict[str, frozenset[str]] = {}


def told_by(engine: Engine) -> frozenset[str]:
    """Those of TOLD of which an engine says something; asked once per model and process."""
    with _lock:
        known = _known.get(engine.model_id)
    if known is None:
        texts, hints = zip(*_ASKED, strict=True)
        readings = engine.read(texts, hints)
        known = frozenset(name for name in TOLD if any(getattr(each, name) not in (None, "") for each in readings))
        with _lock:
            _known[engine.model_id] = known
    return known


def told_now() -> frozenset[str]:
    """The same of the engine in force; all of TOLD where it cannot be loaded here, since then nobody knows."""
    try:
        return told_by(serving_engine())
    except EngineUnavailable:
        return frozenset(TOLD)
