"""What a match hangs on: for each way in which its mention may be read, whether it is one and where.

As plain data, which is how it is stored: by sentiment ("" where none is told, "*" for any), and under that either the
places, or a choice by one emotion, `{"emotion": "joy", "so": …, "else": …}`, until places are reached or nothing. So it
grows with the emotions that a query names, and with no others. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeAlias

Places: TypeAlias = tuple[int, ...]
"""Flattened [start, end) pairs."""

Awaits: TypeAlias = Mapping[str, Any]
Told: TypeAlias = Mapping[tuple[str, frozenset[str]], Places]
"""Places by sentiment and emotions, for those under which it is a match."""

ANY = "*"


def awaiting(told: Told, *, sentiments: Sequence[str], emotions: Sequence[str]) -> dict[str, Any]:
    """The same in the form above. `told` is of these sentiments (ANY alone: it makes no difference), each with every
    set of these emotions. {} where it never is a match."""
    branches = {each: _branch(told, each, tuple(emotions), frozenset()) for each in sentiments}
    return {sentiment: branch for sentiment, branch in branches.items() if branch is not None}


def _branch(told: Told, sentiment: str, open_: tuple[str, ...], asserted: frozenset[str]) -> Any:
    if not open_:
        places = told.get((sentiment, asserted))
        return None if places is None else list(places)
    first, rest = open_[0], open_[1:]
    so, otherwise = _branch(told, sentiment, rest, asserted | {first}), _branch(told, sentiment, rest, asserted)
    return so if so == otherwise else {"emotion": first, "so": so, "else": otherwise}


def places_under(awaits: Awaits, *, sentiment: str, emotions: Collection[str]) -> list[int] | None:
    """Where it is a match once the mention was read so; None where it is none."""
    found = awaits.get(sentiment, awaits.get(ANY))
    while isinstance(found, Mapping):
        found = found["so"] if found["emotion"] in emotions else found["else"]
    return None if found is None else list(found)
