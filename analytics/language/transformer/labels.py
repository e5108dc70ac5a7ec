"""What a model's own labels mean in our words, or a plain refusal."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from analytics.language.contracts import EMOTIONS, EngineUnavailable

_WORDS: Final[Mapping[str, int]] = {
    "negative": 0, "neg": 0, "very negative": 0, "neutral": 1, "neu": 1, "mixed": 1,
    "positive": 2, "pos": 2, "very positive": 2,
}  # fmt: skip
_STARS = re.compile(r"([1-5])(?:\s*stars?|_stars?)?")
_BARE = re.compile(r"label_(\d+)")
_GAPS = re.compile(r"[\s_-]+")

# The groups of Demszky et al. (2020), appendix: GoEmotions' 27 under Ekman's six.
_GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "anger": ("angry", "annoyance", "disapproval", "frustration", "rage"),
    "anticipation": ("expectation",),
    "disgust": ("contempt",),
    "fear": ("afraid", "nervousness", "anxiety", "scared"),
    "joy": ("happiness", "happy", "amusement", "approval", "excitement", "gratitude", "love", "relief", "pride",
            "admiration", "desire", "caring", "enjoyment"),
    "sadness": ("sad", "disappointment", "embarrassment", "grief", "remorse"),
    "surprise": ("surprised", "realization", "confusion", "curiosity"),
    "trust": (),
}  # fmt: skip
_EMOTION_OF: Final = {name: emotion for emotion, names in _GROUPS.items() for name in (emotion, *names)}
_NO_EMOTION: Final = frozenset({"neutral", "none", "no emotion", "others", "other", "pessimism"})

_IRONY: Final = frozenset({"irony", "ironic", "sarcasm", "sarcastic", "1"})
_NO_IRONY: Final = frozenset(
    {"non irony", "no irony", "not ironic", "not irony", "non ironic", "not sarcasm", "not sarcastic", "non sarcastic",
     "no sarcasm", "non sarcasm", "normal", "literal", "0"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class EmotionColumns:
    """Of each output, the place in `EMOTIONS` of the emotion that it counts for; None for one that means none."""

    of: Mapping[int, int | None]

    @property
    def known(self) -> tuple[int, ...]:
        """The places in `EMOTIONS` that the model can say anything about, ascending."""
        return tuple(sorted({place for place in self.of.values() if place is not None}))


def map_labels(labels: Mapping[int, str]) -> dict[int, int]:
    """Which of our columns (0 negative, 1 neutral, 2 positive) each output of a model belongs to.

    Knows negative/neutral/positive and their short and "very" forms in any order, 1 to 5 stars (1-2, 3, 4-5), and bare
    LABEL_0… read as negative, (neutral,) positive for two or three outputs. Raises EngineUnavailable
    (`labels_unknown`) for anything else: a toxicity or topic model must not pass as sentiment.
    """
    names = _named(labels)
    wanted: dict[int, int] | None = None
    if all(name in _WORDS for name in names.values()):
        wanted = {index: _WORDS[name] for index, name in names.items()}
    elif all(_BARE.fullmatch(labels[index].strip().lower()) for index in names) and len(names) in (2, 3):
        wanted = {index: index if len(names) == 3 else 2 * index for index in names}
    elif len(names) == 5 and all(_STARS.fullmatch(name) for name in names.values()):
        stars = {index: int(name[0]) for index, name in names.items()}
        if sorted(stars.values()) == [1, 2, 3, 4, 5]:
            wanted = {index: 0 if star < 3 else 1 if star == 3 else 2 for index, star in stars.items()}
    if wanted is None or not {0, 2} <= set(wanted.values()):
        raise EngineUnavailable(
            "labels_unknown",
            "This model's labels are not sentiments we know: negative, (neutral,) positive or 1 to 5 stars.",
        )
    return wanted


def map_emotions(labels: Mapping[int, str]) -> EmotionColumns:
    """Which emotion each output counts for: Plutchik's eight and their adjectives, GoEmotions' names under the groups
    of its authors, "optimism" as anticipation where the model has none of its own (TweetEval), else as joy; neutral and
    the like count for none. Raises EngineUnavailable (`labels_unknown`) for a label of another kind, and where fewer
    than two emotions are left."""
    names = _named(labels)
    optimism = "anticipation" if not {"anticipation", "amusement"} & set(names.values()) else "joy"
    found: dict[int, int | None] = {}
    for index, name in names.items():
        emotion = optimism if name == "optimism" else _EMOTION_OF.get(name)
        if emotion is None and name not in _NO_EMOTION:
            raise EngineUnavailable(
                "labels_unknown",
                f"This model's labels are not emotions we know: {', '.join(EMOTIONS)}, or GoEmotions' names for them.",
            )
        found[index] = None if emotion is None else EMOTIONS.index(emotion)
    columns = EmotionColumns(found)
    if len(columns.known) < 2:
        raise EngineUnavailable("labels_unknown", "This model tells fewer than two emotions apart.")
    return columns


def map_irony(labels: Mapping[int, str]) -> int:
    """The output that stands for irony or sarcasm, of a model with two. LABEL_0 and LABEL_1 are read as no and yes.
    Raises EngineUnavailable (`labels_unknown`) for others."""
    names = _named(labels)
    if len(names) == 2:
        if all(_BARE.fullmatch(label.strip().lower()) for label in labels.values()):
            return max(names)
        yes = [index for index, name in names.items() if name in _IRONY]
        no = [index for index, name in names.items() if name in _NO_IRONY]
        if len(yes) == len(no) == 1:
            return yes[0]
    raise EngineUnavailable(
        "labels_unknown", "This model's labels are not irony and its absence: irony/non_irony or sarcastic/literal."
    )


def _named(labels: Mapping[int, str]) -> dict[int, str]:
    return {index: _GAPS.sub(" ", label.strip().lower()) for index, label in labels.items()}
