"""Which emotions the engine in force tells at all, found out by asking it."""

from __future__ import annotations

import threading
from typing import Final

from analytics.language.contracts import EMOTIONS, Engine, EngineUnavailable
from analytics.language.serving import serving_engine

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


def emotions_of(engine: Engine) -> frozenset[str]:
    """The emotions that an engine knows, in any language; asked once per model and process."""
    with _lock:
        known = _known.get(engine.model_id)
    if known is None:
        texts, hints = zip(*_ASKED, strict=True)
        found: set[str] = set()
        for reading in engine.read(texts, hints):
            if reading.emotions is not None:
                scores = reading.emotion_scores or (0.0,) * len(EMOTIONS)
                found.update(name for name, score in zip(EMOTIONS, scores, strict=True) if score is not None)
        known = frozenset(found)
        with _lock:
            _known[engine.model_id] = known
    return known


def emotions_now() -> frozenset[str]:
    """The same of the engine in force; all of them where it cannot be loaded here, since then nobody knows."""
    try:
        return emotions_of(serving_engine())
    except EngineUnavailable:
        return frozenset(EMOTIONS)
