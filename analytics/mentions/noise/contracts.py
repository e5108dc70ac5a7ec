"""What is known around a post, what comes of judging it, and how high a score each filter level takes."""

from __future__ import annotations

from dataclasses import dataclass

MODEL = "noise/1"
"""Name and version of the weights. Another version gives other scores."""

LEVELS = ("off", "low", "medium", "strict")
"""How much a query's filter hides."""

NOISY = 0.5
"""From this score on a post looks more like noise than not."""

_THRESHOLDS = {"off": None, "low": 0.9, "medium": 0.7, "strict": NOISY}


def threshold(level: str) -> float | None:
    """The score, 0..1, from which on a level hides; None where it hides nothing. Raises KeyError for no level."""
    return _THRESHOLDS[level]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known around a post; the default of each says that it is not known, and is then not used.

    `copies_by_others` counts other authors' posts of the same story, reposts aside. `recent_posts` counts the author's
    posts in the 24 hours up to this one, this one included. `recent_texts` counts how many different stories those
    were. `gaps` are the seconds between the author's latest posts, each >= 0, at most 50 of them. The age of an account
    and whom it follows are not known to any source that we read, so they are no feature.
    """

    copies_by_others: int | None = None
    recent_posts: int | None = None
    recent_texts: int | None = None
    gaps: tuple[float, ...] = ()
    followers: int | None = None
    verified: bool = False
    brand: bool = False
    kind: str = "post"


UNKNOWN = Surroundings()


@dataclass(frozen=True, slots=True)
class Reason:
    """One feature that counted: `code` is stable, `of` is the score it counts for (spam or bot), `points` are what it
    added to the log-odds (below 0: took off), `value` is what was measured."""

    code: str
    of: str
    points: float
    value: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """Scores in 0..1, each the logistic of a sum of points, and the reasons for them, weightiest first.

    They order posts and are compared with thresholds; they are no probabilities, since the weights were set by hand
    and never fitted to labelled posts. None: abstained, because there is too little to go by.
    """

    spam: float | None
    bot: float | None
    reasons: tuple[Reason, ...] = ()
    model: str = MODEL

    @property
    def noise(self) -> float:
        """What the filter compares: the higher of the two scores; 0 where both abstain."""
        return max(self.spam or 0.0, self.bot or 0.0)
