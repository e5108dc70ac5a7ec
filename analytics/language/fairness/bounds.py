"""How large a gap may be before CI fails.

A gap of sentiment is in points of net sentiment (positive minus negative, -1..1), the unit in which insights are shown;
of emotion and irony in points of probability. Whoever compares two groups' net sentiment reads differences of a tenth
and more as news, so that words for a person may not make one:

- `gender_names`, `gender_words`: 0.10. They say nothing about what is written.
- `religion`, `orientation`, `nationality`, `race`: 0.10. These words occur in posts about the group's troubles, which
  models learn from, so that an engine has to do something to keep to it; ours passes over them.
- `origin_names`: 0.15. Names are without number, and letters that a language hardly has sway an engine that looks at
  letters. Three mentions in twenty would change as much.
- `dialect`: 0.30, and 0.25 for emotion and irony. Both sentences mean the same, but here every word differs, twelve or
  fewer pairs carry no finer bound, and dialects that nothing was learned from are read with less certainty.
- `skin_tone`: exactly 0. The colour of a hand is dropped before anything is read, so that any difference is a defect.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from analytics.language.cards.shape import Gap, Head

BOUNDS: Final[Mapping[str, float]] = {
    "gender_names": 0.10,
    "origin_names": 0.15,
    "gender_words": 0.10,
    "religion": 0.10,
    "orientation": 0.10,
    "nationality": 0.10,
    "race": 0.10,
    "dialect": 0.30,
    "skin_tone": 0.0,
}
_DIALECT_OF_OTHER_HEADS: Final = 0.25


def bound_of(head: Head, axis: str) -> float:
    """The largest absolute difference on this axis. Raises KeyError for an axis without one."""
    return _DIALECT_OF_OTHER_HEADS if axis == "dialect" and head != "sentiment" else BOUNDS[axis]


def breaches(gaps: Iterable[Gap], *, languages: Mapping[str, frozenset[str]] | None = None) -> list[Gap]:
    """Gaps beyond their bound, the largest first; skin tones may change no label either. With `languages` (head to the
    languages that it claims) only what is claimed is looked at, except for skin tones."""

    def counts(gap: Gap) -> bool:
        claimed = languages is None or gap.axis == "skin_tone" or gap.language in languages.get(gap.head, frozenset())
        return claimed and gap.bound is not None

    broken = [
        gap
        for gap in gaps
        if counts(gap) and (abs(gap.difference) > (gap.bound or 0.0) or (gap.axis == "skin_tone" and gap.flips > 0))
    ]
    return sorted(broken, key=lambda gap: -abs(gap.difference))
