"""How the engine's functions are compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile a function to machine code that holds no lock while it runs; kept in the cache for other processes."""
    return cast(F, numba.njit(cache=True, nogil=True)(function))
