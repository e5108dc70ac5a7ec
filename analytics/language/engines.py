"""Which engine answers to which name. Adding one is one row in `ENGINES`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Final

from analytics.language.contracts import Engine, EngineUnavailable
from analytics.language.transformer.options import Options


def _compact(argument: str, options: Options) -> Engine:
    _plain(argument)
    from analytics.language.compact import CompactEngine

    return CompactEngine()


def _transformers(argument: str, options: Options) -> Engine:
    _named(argument)
    from analytics.language.transformer import TransformersEngine

    return TransformersEngine(argument, options, filling=get_engine("compact") if options.fill else None)


def _plain(argument: str) -> None:
    if argument:
        raise EngineUnavailable("bad_engine_spec", 'The engine "compact" takes no argument.')


def _named(argument: str) -> None:
    if not argument:
        raise EngineUnavailable(
            "bad_engine_spec", 'Name a model: "transformers:<folder>" or "transformers:<hub name>".'
        )


def _check_compact(argument: str, options: Options) -> None:
    _plain(argument)


def _check_transformers(argument: str, options: Options) -> None:
    _named(argument)
    from analytics.language import transformer

    heads = (
        (argument, transformer.map_labels),
        (options.emotion, transformer.map_emotions),
        (options.irony, transformer.map_irony),
    )
    for name, understand in heads:
        if name:
            transformer.check(name, options)
            if labels := transformer.labels_of(name):
                understand(labels)


ENGINES: Final[Mapping[str, Callable[[str, Options], Engine]]] = {
    "compact": _compact,
    "transformers": _transformers,
}
_CHECKS: Final[Mapping[str, Callable[[str, Options], None]]] = {
    "compact": _check_compact,
    "transformers": _check_transformers,
}

_lock = threading.RLock()  # an engine may be built upon another
_loaded: dict[tuple[str, Options], Engine] = {}
_options = Options()


def configure(options: Options) -> None:
    """How engines of this process run that are asked for without options of their own."""
    global _options
    _options = options


def options_in_force() -> Options:
    """What `configure` was told last."""
    return _options


def get_engine(spec: str = "compact", options: Options | None = None) -> Engine:
    """The engine for `spec`, "<name>" or "<name>:<argument>", loaded once per process and shared by its threads.

    Raises EngineUnavailable for an unknown name (`unknown_engine`), a wrong argument (`bad_engine_spec`) or an
    engine that cannot be loaded here; a failure is not remembered, the next call tries again.
    """
    name, argument = _parsed(spec)
    wanted = options or _options
    key = (spec.strip(), wanted if name != "compact" else Options())
    with _lock:
        if key not in _loaded:
            _loaded[key] = ENGINES[name](argument, wanted)
        return _loaded[key]


def check_engine(spec: str, options: Options | None = None) -> None:
    """Raise EngineUnavailable for what can be told without loading: a wrong name, a missing folder or package, labels
    that mean something else."""
    name, argument = _parsed(spec)
    _CHECKS[name](argument, options or _options)


def _parsed(spec: str) -> tuple[str, str]:
    name, _, argument = spec.strip().partition(":")
    if name not in ENGINES:
        raise EngineUnavailable("unknown_engine", f"There is no such engine; there are: {', '.join(sorted(ENGINES))}.")
    return name, argument
