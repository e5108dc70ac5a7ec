"""How the engine's functions are compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

from analytics.listening.engine import cache

F = TypeVar("F", bound=Callable[..., Any])

_config: Any = numba.config


def compiled(function: F) -> F:
    """Compile a function to machine code that holds no lock while it runs; kept in the cache for other processes."""
    return _compiled(function)


def lean(function: F) -> F:
    """`compiled`, for a function that makes no array (that is then an error) and returns none: it counts no references
    to those it is given. Each count is an atomic operation, and a call can come to dozens of them."""
    return _compiled(function, _nrt=False)


def _compiled(function: F, **options: Any) -> F:
    folder = cache.place()
    if folder is None:
        return cast(F, numba.njit(nogil=True, **options)(function))
    before, _config.CACHE_DIR = _config.CACHE_DIR, str(folder)  # read when a function is decorated
    try:
        return cast(F, numba.njit(cache=True, nogil=True, **options)(function))
    finally:
        _config.CACHE_DIR = before
