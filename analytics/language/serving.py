"""Which engine serves: the one that the settings name, or the compact one where that cannot be loaded and the settings
allow it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from analytics.language.contracts import Engine, EngineUnavailable
from analytics.language.engines import check_engine, configure, get_engine
from analytics.language.transformer.options import Options, Runtime
from kernel.logs import get_logger

log = get_logger(__name__)

FALLBACKS = ("", "compact")


@dataclass(frozen=True, slots=True)
class Serving:
    """The engine that reads, and why it is not the one that was wanted: `problem` is the code of the EngineUnavailable,
    "" where all is well, and `detail` its sentence."""

    engine: Engine
    problem: str = ""
    detail: str = ""


_lock = threading.Lock()
_fallen: dict[tuple[str, Options, str], Serving] = {}


def options_from_settings() -> Options:
    """How the settings want engines to run. Raises ImproperlyConfigured."""
    try:
        return Options(
            device=settings.LANGUAGE_DEVICE,
            threads=settings.LANGUAGE_THREADS,
            runtime=cast(Runtime, settings.LANGUAGE_RUNTIME),  # checked right there
            abstain_below=settings.LANGUAGE_ABSTAIN_BELOW,
            emotion=settings.LANGUAGE_EMOTION_MODEL,
            irony=settings.LANGUAGE_IRONY_MODEL,
            fill=settings.LANGUAGE_FILL == "compact",
        )
    except ValueError as error:
        raise ImproperlyConfigured(f"The language engine's settings do not hold: {error}.") from None


def configure_from_settings() -> None:
    """Tell the engines of this process how to run."""
    configure(options_from_settings())


def serving() -> Serving:
    """What reads posts in this process, loaded on the first call.

    Where the engine of the settings cannot be loaded, and EARSHOT_LANGUAGE_FALLBACK names another, that one serves for
    as long as the process lives: loading is not tried for each batch again, and readings do not change their model back
    and forth. Raises EngineUnavailable without a fallback.
    """
    spec, options, fallback = settings.LANGUAGE_ENGINE, options_from_settings(), settings.LANGUAGE_FALLBACK
    key = (spec, options, fallback)
    with _lock:
        if key in _fallen:
            return _fallen[key]
        try:
            return Serving(get_engine(spec, options))
        except EngineUnavailable as problem:
            if not fallback:
                raise
            log.error("language.fallback", problem=problem.code, serving=fallback, helps=str(problem))
            _fallen[key] = Serving(get_engine(fallback, options), problem.code, str(problem))
            return _fallen[key]


def serving_engine() -> Engine:
    """`serving().engine`. Raises EngineUnavailable."""
    return serving().engine


def problem_now() -> EngineUnavailable | None:
    """What is wrong with the engine of the settings, as far as this process knows or can tell without loading it."""
    spec, options, fallback = settings.LANGUAGE_ENGINE, options_from_settings(), settings.LANGUAGE_FALLBACK
    fallen = _fallen.get((spec, options, fallback))
    if fallen is not None:
        return EngineUnavailable(fallen.problem, fallen.detail)
    try:
        check_engine(spec, options)
    except EngineUnavailable as problem:
        return problem
    return None
