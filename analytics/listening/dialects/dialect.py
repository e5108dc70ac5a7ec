"""What makes a dialect: which signs are operators, and what becomes of each of its fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from analytics.listening.dialects.translation import Severity


@dataclass(frozen=True, slots=True)
class Value:
    """What stands after `field:`; `kind` is word, phrase, cased or range."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Said:
    """What a rule says: `text` in our language, or None with the reason; or a text that differs a little."""

    text: str | None
    code: str = ""
    reason: str = ""
    suggestion: str = ""
    severity: Severity = "warning"


Rule = Callable[[Value], Said]


@dataclass(frozen=True, slots=True)
class Dialect:
    """`name` as people call it. `fields` are by lower-case name; `titles` look in the title, `bodies` in text and title
    (they change nothing). `unsaid` are operators that our language lacks, each with the reason and what to do instead.
    `near_default` is how many words may stand between where NEAR has no number; None: it needs one. `braces` and
    `plus` say whether {Case} and ++"raw" are known; `minus` that - means NOT. `precedence` says that the dialect
    documents AND before OR; `implicit_and` that it documents words side by side as AND."""

    name: str
    fields: Mapping[str, Rule]
    titles: frozenset[str] = frozenset({"title"})
    bodies: frozenset[str] = frozenset()
    unsaid: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    near_default: int | None = None
    any_case: bool = False
    braces: bool = False
    plus: bool = False
    minus: bool = True
    precedence: bool = False
    implicit_and: bool = True
