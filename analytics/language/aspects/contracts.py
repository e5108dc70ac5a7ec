"""What is found to be spoken of in a post, and how: frozen, plain, free of Django."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

RULES_ID: Final = "aspects/1"
"""Version of the rules: how clauses are cut and targets and opinions found. Grows when the same post gives another
answer."""

Kind = Literal["aspect", "own", "entity"]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """What somebody may speak of: an aspect of the industry (`key` such as "food.taste"), a client's own aspect or a
    brand or competitor (`key` is the public id)."""

    kind: Kind
    key: str

    def within(self, other: Subject) -> bool:
        """Whether it is a part of the other: "food.taste" of "food"."""
        return self.kind == other.kind == "aspect" and self.key.startswith(f"{other.key}.")


@dataclass(frozen=True, slots=True)
class Post:
    """A post to look at: title, line break and text (the text alone where there is no title, `title_length` 0), the
    language it was read in ("und": not known), and where the client's brands and competitors are named in it."""

    text: str
    language: str
    title_length: int = 0
    entities: tuple[tuple[str, Span], ...] = ()


@dataclass(frozen=True, slots=True)
class Opinion:
    """Words that say how something is: [start, end) of the post, and which way they point here, negation counted."""

    start: int
    end: int
    positive: bool


@dataclass(frozen=True, slots=True)
class Spoken:
    """That a post speaks of a subject: the target [start, end) in the post, the stretches of text that say how it is
    (in order, without overlaps; together what an engine is asked), and the opinion words in them.

    `inverted`: it is what something else is compared with, so that what is good for the other is bad for it. `about`
    is the entity it is said of, "" where that cannot be told.
    """

    subject: Subject
    start: int
    end: int
    stretches: tuple[Span, ...]
    opinions: tuple[Opinion, ...] = ()
    inverted: bool = False
    about: str = ""

    def asked(self, text: str) -> str:
        """What an engine is given of the post's text."""
        return " ".join(text[start:end] for start, end in self.stretches)


@dataclass(frozen=True, slots=True)
class Judged:
    """How a post speaks of a subject. Probabilities sum to 1; `sentiment` is "" where `abstain_reason` says why it
    stays open. `model_id` names engine and rules."""

    spoken: Spoken
    negative: float
    neutral: float
    positive: float
    sentiment: Literal["negative", "neutral", "positive", ""]
    abstain_reason: str
    model_id: str
