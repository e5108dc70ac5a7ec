"""Which engine answers to which name. Adding one is one row in `ENGINES`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Final

from analytics.language.contracts import Engine, EngineUnavailable


def _compact(argument: str) -> Engine:
    if argument:
        raise EngineUnavailable("bad_engine_spec", 'The engine "compact" takes no argument.')
    from analytics.language.compact import CompactEngine

    return CompactEngine()


def _transformers(argument: str) -> Engine:
    if not argument:
        raise EngineUnavailable(
            "bad_engine_spec", 'Name a model: "transformers:<folder>" or "transformers:<hub name>".'
        )
    from analytics.language.transformer import TransformersEngine

    return TransformersEngine(argument)


ENGINES: Final[Mapping[str, Callable[[str], Engine]]] = {
    "compact": _compact,
    "transformers": _transformers,
}

_lock = threading.Lock()
_loaded: dict[str, Engine] = {}


def get_engine(spec: str = "compact") -> Engine:
    """The engine for `spec`, "<name>" or "<name>:<argument>", loaded once per process and shared by its threads.

    Raises EngineUnavailable for an unknown name (`unknown_engine`), a wrong argument (`bad_engine_spec`) or an
    engine that cannot be loaded here; a failure is not remembered, the next call tries again.
    """
    name, _, argument = spec.strip().partition(":")
    build = ENGINES.get(name)
    if build is None:
        raise EngineUnavailable("unknown_engine", f"There is no such engine; there are: {', '.join(sorted(ENGINES))}.")
    with _lock:
        if spec not in _loaded:
            _loaded[spec] = build(argument)
        return _loaded[spec]
