"""How mentions were read, as they show it, and as lists of them can be narrowed down by it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers

from analytics.language.contracts import EMOTIONS, INTENTS, SENTIMENTS
from analytics.language.labels import FIELDS
from analytics.mentions.models import Mention
from api.serializers import PageParameters, Shown

MOST_MODEL = 120

EXAMPLE: dict[str, Any] = {
    "sentiment": {
        "label": "positive",
        "negative": 0.02,
        "neutral": 0.07,
        "positive": 0.91,
        "abstain_reason": None,
        "model": "compact/1",
    },
    "emotions": {"labels": ["joy"], "scores": {name: 0.83 if name == "joy" else 0.04 for name in EMOTIONS}},
    "irony": 0.03,
    "intents": {"labels": ["praise"], "scores": {name: 0.9 if name == "praise" else None for name in INTENTS}},
    "corrected": [],
    "engine_labels": None,
}


class SentimentSerializer(Shown):
    label = serializers.ChoiceField(  # type: ignore[assignment]
        SENTIMENTS, allow_null=True, help_text="Null where the engine abstained and people say nothing."
    )
    negative = serializers.FloatField(allow_null=True, help_text="The engine's probability, 0 to 1.")
    neutral = serializers.FloatField(allow_null=True)
    positive = serializers.FloatField(allow_null=True)
    abstain_reason = serializers.CharField(allow_null=True, help_text="Why the engine gave no label.")
    model = serializers.CharField(help_text="Name and version of what read it; of all that is said here.")


def _scores(name: str, names: Sequence[str]) -> type[Shown]:
    fields = {each: serializers.FloatField(allow_null=True) for each in names}
    return type(name, (Shown,), {"__doc__": "Probabilities, 0 to 1; null for what the engine does not know.", **fields})


EmotionScoresSerializer = _scores("EmotionScoresSerializer", EMOTIONS)
IntentScoresSerializer = _scores("IntentScoresSerializer", INTENTS)
_NULL = "Null: nobody says. An empty list: there is none."


class EmotionsSerializer(Shown):
    labels = serializers.ListField(child=serializers.ChoiceField(EMOTIONS), allow_null=True, help_text=_NULL)
    scores = EmotionScoresSerializer(allow_null=True, help_text="The engine's; null where it says nothing.")


class IntentsSerializer(Shown):
    labels = serializers.ListField(child=serializers.ChoiceField(INTENTS), allow_null=True, help_text=_NULL)
    scores = IntentScoresSerializer(allow_null=True, help_text="The engine's; null where it says nothing.")


class EngineLabelsSerializer(Shown):
    """What the engine says of the fields that people have set; null elsewhere, and where it says nothing."""

    sentiment = serializers.ChoiceField(SENTIMENTS, allow_null=True)
    emotions = serializers.ListField(child=serializers.ChoiceField(EMOTIONS), allow_null=True)
    irony = serializers.FloatField(allow_null=True)
    intents = serializers.ListField(child=serializers.ChoiceField(INTENTS), allow_null=True)


class ReadingSerializer(Shown):
    """The part of a mention that tells how it was read."""

    sentiment = SentimentSerializer(allow_null=True, help_text="Null until it was read.")
    emotions = EmotionsSerializer(allow_null=True, help_text="Null until it was read.")
    irony = serializers.FloatField(
        allow_null=True,
        help_text="Probability of irony or sarcasm, 0 to 1; 1 or 0 where people say. Null where nobody says.",
    )
    intents = IntentsSerializer(allow_null=True, help_text="What the author wants. Null until it was read.")
    corrected = serializers.ListField(
        child=serializers.ChoiceField(FIELDS), help_text="Which of these labels people have set."
    )
    engine_labels = EngineLabelsSerializer(allow_null=True, help_text="Null where people have set nothing.")


class ReadingParameters(PageParameters):
    sentiment = serializers.ChoiceField(SENTIMENTS, required=False)
    emotion = serializers.ChoiceField(EMOTIONS, required=False, help_text="Only those with this emotion.")
    intent = serializers.ChoiceField(INTENTS, required=False, help_text="Only those with this intent.")
    irony_from = serializers.FloatField(
        required=False, help_text="Only those that are ironic with at least this probability, 0 to 1."
    )
    corrected = serializers.ChoiceField(
        ["any", "none", *FIELDS],
        required=False,
        help_text="Only those of which people have set this label, any of them, or none.",
    )
    model = serializers.CharField(
        required=False, max_length=MOST_MODEL, help_text="Only those that this model and version read last."
    )

    def validate_irony_from(self, value: float) -> float:
        if not 0 <= value <= 1:  # nor what is no number
            raise serializers.ValidationError("A probability lies between 0 and 1.", code="out_of_range")
        return value


def shown_reading(mention: Mention) -> dict[str, Any]:
    """How a mention was read, as the API shows it."""
    if mention.understood_at is None:
        nothing = dict.fromkeys(("sentiment", "emotions", "irony", "intents", "engine_labels"))
        return {**nothing, "corrected": []}
    engine = mention.engine_labels
    return {
        "sentiment": {
            "label": mention.sentiment or None,
            "negative": mention.negative,
            "neutral": mention.neutral,
            "positive": mention.positive,
            "abstain_reason": mention.abstain_reason or None,
            "model": mention.model_id,
        },
        "emotions": {"labels": mention.emotions, "scores": _named(EMOTIONS, mention.emotion_scores)},
        "irony": mention.irony,
        "intents": {"labels": mention.intents, "scores": _named(INTENTS, mention.intent_scores)},
        "corrected": mention.corrected,
        "engine_labels": {**dict.fromkeys(FIELDS), **engine, "sentiment": engine.get("sentiment") or None}
        if engine
        else None,
    }


def _named(names: Sequence[str], scores: Sequence[float | None] | None) -> dict[str, float | None] | None:
    return None if scores is None else dict(zip(names, scores, strict=True))
