"""What rollups count of mentions: one list of measures, and how PostgreSQL sums each over rows of mentions `m`.

Labels count for mentions that were read, with the number of those of which the engine says anything (`…_read`, and for
each label whether it is there) beside them: what it abstained on is in neither, and stays visible as the difference to
`mentions`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SENTIMENTS: Final = ("negative", "neutral", "positive")
EMOTIONS: Final = ("anger", "anticipation", "disgust", "fear", "joy", "sadness", "surprise", "trust")
INTENTS: Final = ("complaint", "question", "praise", "purchase_interest", "churn_risk", "spam")
IRONIC: Final = 0.5
"""From this probability on a mention counts as ironic."""


def _known(kind: str, place: int, name: str) -> str:
    """Mentions of which somebody says whether they have one label: an engine may know some labels only, or each in
    other languages. Without scores it knows all."""
    return (
        f"count(*) FILTER (WHERE m.{kind}s IS NOT NULL AND (m.{kind}_scores IS NULL "
        f"OR m.{kind}_scores[{place}] IS NOT NULL OR '{name}' = ANY(m.{kind}s) OR '{kind}s' = ANY(m.corrected)))"
    )


_SUMS: Final[Mapping[str, str]] = {
    "mentions": "count(*)",
    "reach": "sum(m.reach)",
    "engagement": "sum(m.likes + m.reposts + m.replies)",
    **{name: f"count(*) FILTER (WHERE m.sentiment = '{name}')" for name in SENTIMENTS},
    **{f"emotion_{name}_read": _known("emotion", place, name) for place, name in enumerate(EMOTIONS, 1)},
    **{f"intent_{name}_read": _known("intent", place, name) for place, name in enumerate(INTENTS, 1)},
    "emotions_read": "count(*) FILTER (WHERE m.emotions IS NOT NULL)",
    **{f"emotion_{name}": f"count(*) FILTER (WHERE '{name}' = ANY(m.emotions))" for name in EMOTIONS},
    "irony_read": "count(*) FILTER (WHERE m.irony IS NOT NULL)",
    "ironic": f"count(*) FILTER (WHERE m.irony >= {IRONIC})",
    "intents_read": "count(*) FILTER (WHERE m.intents IS NOT NULL)",
    **{f"intent_{name}": f"count(*) FILTER (WHERE '{name}' = ANY(m.intents))" for name in INTENTS},
}

MEASURES: Final = tuple(_SUMS)
"""The columns that hold them, in the order of `sums`."""


def sums(which: str = "") -> str:
    """The sums as a list of SQL expressions, over those rows that fit `which`; 0 where there is none."""
    if not which:
        return ", ".join(f"coalesce({each}, 0)" for each in _SUMS.values())
    found = []
    for each in _SUMS.values():
        aggregate, _, condition = each.removesuffix(")").partition(" FILTER (WHERE ")
        if condition:
            found.append(f"{aggregate} FILTER (WHERE {which} AND {condition})")
        else:
            found.append(f"coalesce({each} FILTER (WHERE {which}), 0)")
    return ", ".join(found)
