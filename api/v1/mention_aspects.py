"""What a mention speaks of, as the API shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers

from analytics.language.aspects.models import MentionAspect
from analytics.mentions.models import Mention
from api.schema import sample_id
from api.serializers import Shown

_PLACE = (
    "[start, end) in Unicode code points of the title, a line break and the text; of the text alone where there is no "
    "title."
)

EXAMPLE: dict[str, Any] = {
    "kind": "aspect",
    "key": "food",
    "name": "food",
    "about": sample_id("qry"),
    "start": 11,
    "end": 20,
    "quote": "rye bread",
    "clauses": [{"start": 0, "end": 39, "quote": "I love the rye bread at Juniper Bakery!"}],
    "opinions": [{"start": 2, "end": 6, "quote": "love", "positive": True}],
    "sentiment": {
        "label": "positive",
        "negative": 0.01,
        "neutral": 0.03,
        "positive": 0.96,
        "abstain_reason": None,
        "model": "compact/1+aspects/1",
    },
}


class QuoteSerializer(Shown):
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    quote = serializers.CharField()


class OpinionSerializer(QuoteSerializer):
    positive = serializers.BooleanField(help_text="Which way it points here; negation is counted.")


class JudgementSerializer(Shown):
    label = serializers.ChoiceField(  # type: ignore[assignment]
        ("negative", "neutral", "positive"), allow_null=True, help_text="Null where it cannot be told."
    )
    negative = serializers.FloatField(help_text="Probability, 0 to 1.")
    neutral = serializers.FloatField()
    positive = serializers.FloatField()
    abstain_reason = serializers.CharField(allow_null=True)
    model = serializers.CharField(help_text="Name and version of the engine and of the rules.")


class MentionAspectSerializer(Shown):
    kind = serializers.ChoiceField(
        ["aspect", "own", "entity"],
        help_text="An aspect of the industry, one of the client's own, a brand or competitor.",
    )
    key = serializers.CharField(help_text="The aspect's key; the own aspect's or the query's id.")
    name = serializers.CharField(help_text="Its name, or the aspect's key.")
    about = serializers.CharField(allow_null=True, help_text="The brand's query that it is said of, where that shows.")
    start = serializers.IntegerField(help_text=f"Where the target stands: {_PLACE}")
    end = serializers.IntegerField()
    quote = serializers.CharField(help_text="The target.")
    clauses = QuoteSerializer(many=True, help_text="What was judged.")
    opinions = OpinionSerializer(many=True, help_text="Words in it that say how it is, as far as they are known.")
    sentiment = JudgementSerializer()


def shown_aspects(mention: Mention, rows: Sequence[MentionAspect]) -> list[dict[str, Any]]:
    """What a mention speaks of, in reading order."""
    text = f"{mention.title}\n{mention.text}" if mention.title else mention.text
    return [_shown(text, row) for row in rows]


def _shown(text: str, row: MentionAspect) -> dict[str, Any]:
    kind, key, name = "aspect", row.aspect, row.aspect
    if row.own is not None:
        kind, key, name = "own", row.own.id, row.own.name
    elif row.entity is not None:
        kind, key, name = "entity", row.entity.id, row.entity.name
    plain: dict[str, Any] = MentionAspectSerializer.of(
        {
            "kind": kind,
            "key": key,
            "name": name,
            "about": row.about.id if row.about else None,
            **_quoted(text, row.start, row.end),
            "clauses": [_quoted(text, *pair) for pair in zip(row.stretches[::2], row.stretches[1::2], strict=True)],
            "opinions": [
                {**_quoted(text, start, end), "positive": bool(positive)}
                for start, end, positive in zip(row.opinions[::3], row.opinions[1::3], row.opinions[2::3], strict=True)
            ],
            "sentiment": {
                "label": row.sentiment or None,
                "negative": row.negative,
                "neutral": row.neutral,
                "positive": row.positive,
                "abstain_reason": row.abstain_reason or None,
                "model": row.model_id,
            },
        }
    )
    return plain


def _quoted(text: str, start: int, end: int) -> dict[str, Any]:
    return {"start": start, "end": end, "quote": text[start:end]}
