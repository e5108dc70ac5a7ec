"""The image engine that the settings name, loaded once per process."""

from __future__ import annotations

import threading
from functools import lru_cache

from django.conf import settings

from analytics.language.contracts import EngineUnavailable
from analytics.language.vision.contracts import ImageEngine
from analytics.language.vision.transformer import TransformersImageEngine, check_folders

_lock = threading.Lock()


def image_engine() -> ImageEngine | None:
    """What looks at images; None where the settings name no model. Raises EngineUnavailable."""
    folders = _folders()
    if not any(folders):
        return None
    with _lock:
        return _loaded(*folders, settings.LANGUAGE_DEVICE, settings.LANGUAGE_THREADS)


def image_problem() -> EngineUnavailable | None:
    """What is wrong with the image models of the settings, as far as it can be told without loading them."""
    labels, text, caption = _folders()
    if not (labels or text or caption):
        return None
    try:
        check_folders(labels=labels, text=text, caption=caption)
    except EngineUnavailable as problem:
        return problem
    return None


def is_configured() -> bool:
    """Whether the settings name an image model."""
    return any(_folders())


def _folders() -> tuple[str, str, str]:
    return settings.IMAGE_LABELS_MODEL, settings.IMAGE_TEXT_MODEL, settings.IMAGE_CAPTION_MODEL


@lru_cache(maxsize=2)
def _loaded(labels: str, text: str, caption: str, device: str, threads: int) -> ImageEngine:
    return TransformersImageEngine(labels=labels, text=text, caption=caption, device=device, threads=threads)
