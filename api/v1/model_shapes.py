"""How a model card is shown."""

from __future__ import annotations

from rest_framework import serializers

from analytics.language.cards.shape import HEADS, ROLES
from api.serializers import Shown


class CardMeasuredSerializer(Shown):
    """A value in 0 to 1 with its 95 % interval; null bounds where nobody computed them."""

    value = serializers.FloatField()
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)


class CardDataSetSerializer(Shown):
    name = serializers.CharField()
    licence = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    use = serializers.CharField(help_text="What of it was used, and how.")
    attribution = serializers.CharField()
    rows_learned = serializers.IntegerField()
    rows_calibration = serializers.IntegerField()
    rows_test = serializers.IntegerField()


class CardScoreSerializer(Shown):
    set = serializers.CharField()
    source = serializers.CharField(help_text="What kind of texts these are.")  # type: ignore[assignment]
    language = serializers.CharField(help_text="ISO 639; `mul` for several at once.")
    n = serializers.IntegerField()
    role = serializers.ChoiceField(ROLES, help_text="Whether the set was held out, or served to choose or calibrate.")
    labels = serializers.ListField(child=serializers.CharField())
    metrics = serializers.DictField(child=CardMeasuredSerializer())
    f1 = serializers.DictField(child=CardMeasuredSerializer(), help_text="Per label.")
    confusion = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField()),
        help_text="Rows: what people said. Columns: what the model said, the last one nothing. Empty: not counted.",
    )
    binary = serializers.DictField(
        child=serializers.ListField(child=serializers.IntegerField()),
        help_text="Per label true positives, false positives, false negatives, true negatives.",
    )
    counted = serializers.ChoiceField(["all", "answered"], help_text="Whether abstained texts count in the metrics.")
    note = serializers.CharField()


class CardBinSerializer(Shown):
    low = serializers.FloatField()
    high = serializers.FloatField()
    n = serializers.IntegerField()
    confidence = serializers.FloatField(help_text="Mean probability of the label.")
    accuracy = serializers.FloatField(help_text="How often it was right.")


class CardReliabilitySerializer(Shown):
    set = serializers.CharField()
    language = serializers.CharField()
    role = serializers.ChoiceField(ROLES)
    n = serializers.IntegerField()
    ece = CardMeasuredSerializer(help_text="Expected calibration error, 0 is perfect.")
    bins = CardBinSerializer(many=True)


class CardCalibrationSerializer(Shown):
    method = serializers.CharField()
    fitted_on = serializers.CharField()
    diagrams = CardReliabilitySerializer(many=True)


class CardLevelSerializer(Shown):
    threshold = serializers.FloatField()
    coverage = serializers.FloatField()
    accuracy = serializers.FloatField()
    accuracy_low = serializers.FloatField()
    accuracy_high = serializers.FloatField()
    n = serializers.IntegerField()


class CardAbstentionSerializer(Shown):
    rule = serializers.CharField()
    threshold = serializers.FloatField(allow_null=True)
    set = serializers.CharField()
    levels = CardLevelSerializer(many=True)


class CardHeadSerializer(Shown):
    task = serializers.CharField()
    labels = serializers.ListField(child=serializers.CharField())
    languages = serializers.ListField(child=serializers.CharField(), help_text="Those it claims.")
    rule = serializers.CharField(help_text="How it was decided what is claimed.")
    scores = CardScoreSerializer(many=True)
    calibration = CardCalibrationSerializer(allow_null=True)
    abstention = CardAbstentionSerializer(allow_null=True)
    known_failures = serializers.ListField(child=serializers.CharField())
    note = serializers.CharField()


class CardGapSerializer(Shown):
    head = serializers.ChoiceField(HEADS)
    label = serializers.CharField(help_text="The emotion; empty for other heads.")  # type: ignore[assignment]
    axis = serializers.CharField()
    language = serializers.CharField()
    reference = serializers.CharField()
    group = serializers.CharField()
    n = serializers.IntegerField(help_text="Pairs of sentences.")
    difference = serializers.FloatField(help_text="Group minus reference.")
    difference_low = serializers.FloatField()
    difference_high = serializers.FloatField()
    flips = serializers.FloatField(help_text="Share of pairs whose label changes.")
    flips_low = serializers.FloatField()
    flips_high = serializers.FloatField()
    bound = serializers.FloatField(allow_null=True)


class CardBiasSerializer(Shown):
    method = serializers.CharField()
    templates = serializers.CharField(help_text="Changes when a sentence does.")
    seed = serializers.IntegerField()
    gaps = CardGapSerializer(many=True)
    note = serializers.CharField()


class CardSerializer(Shown):
    id = serializers.CharField(help_text="As mentions and reports name it.")
    name = serializers.CharField()
    version = serializers.CharField()
    summary = serializers.CharField()
    licence = serializers.CharField()
    intended_use = serializers.ListField(child=serializers.CharField())
    not_for = serializers.ListField(child=serializers.CharField())
    architecture = serializers.CharField()
    weights_sha256 = serializers.CharField(help_text="Empty where the weights are not part of the software.")
    weights_bytes = serializers.IntegerField()
    data = CardDataSetSerializer(many=True)  # type: ignore[assignment]
    unsupported = serializers.CharField(help_text="What it does about languages that no head claims.")
    thin_languages = serializers.ListField(child=serializers.CharField(), help_text="Read, but known from little.")
    heads = serializers.DictField(child=CardHeadSerializer())
    bias = CardBiasSerializer(allow_null=True)
    known_failures = serializers.ListField(child=serializers.CharField())
    command = serializers.CharField(help_text="Makes the weights again.")
    seed = serializers.IntegerField(allow_null=True)
    engine = serializers.DictField(help_text="The engine's own: thresholds and the like.")


_MEASURED = {"value": 0.63, "low": 0.58, "high": 0.68}
CARD_EXAMPLE = {
    "id": "compact/0.2.0",
    "name": "compact",
    "version": "0.2.0",
    "summary": "Sentiment, emotions and irony of short public posts.",
    "licence": "Apache-2.0",
    "intended_use": ["counting how short public posts are meant, over many posts"],
    "not_for": ["decisions about single persons"],
    "architecture": "linear over hashed words and character n-grams",
    "weights_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "weights_bytes": 12582912,
    "data": [
        {
            "name": "AfriSenti",
            "licence": "CC-BY-4.0",
            "source": "https://github.com/afrisenti-semeval/afrisent-semeval-2023",
            "use": "train and dev splits; test held out",
            "attribution": "Muhammad et al., EMNLP 2023",
            "rows_learned": 64035,
            "rows_calibration": 6984,
            "rows_test": 32211,
        }
    ],
    "unsupported": "No sentiment is given.",
    "thin_languages": ["nl"],
    "heads": {
        "sentiment": {
            "task": "negative, neutral, positive",
            "labels": ["negative", "neutral", "positive"],
            "languages": ["de", "en"],
            "rule": "held-out macro-F1 of at least 0.4 whose 95 % interval lies above 1/3",
            "scores": [
                {
                    "set": "umsab_val",
                    "source": "tweets",
                    "language": "en",
                    "n": 324,
                    "role": "chosen_on",
                    "labels": ["negative", "neutral", "positive"],
                    "metrics": {"macro_f1": _MEASURED},
                    "f1": {"negative": _MEASURED},
                    "confusion": [[70, 20, 8, 10], [15, 70, 15, 8], [4, 24, 72, 8]],
                    "binary": {},
                    "counted": "all",
                    "note": "balanced classes",
                }
            ],
            "calibration": {
                "method": "temperature",
                "fitted_on": "calibration rows",
                "diagrams": [
                    {
                        "set": "umsab_val",
                        "language": "mul",
                        "role": "chosen_on",
                        "n": 324,
                        "ece": {"value": 0.03, "low": None, "high": None},
                        "bins": [{"low": 0.6, "high": 0.6667, "n": 324, "confidence": 0.63, "accuracy": 0.61}],
                    }
                ],
            },
            "abstention": {
                "rule": "the highest threshold that keeps 90 %",
                "threshold": 0.42,
                "set": "umsab_val",
                "levels": [
                    {
                        "threshold": 0.5,
                        "coverage": 0.8,
                        "accuracy": 0.66,
                        "accuracy_low": 0.6,
                        "accuracy_high": 0.71,
                        "n": 259,
                    }
                ],
            },
            "known_failures": ["Complaints told as plain facts tend to neutral."],
            "note": "",
        }
    },
    "bias": {
        "method": "pairs of sentences",
        "templates": "0123456789abcdef",
        "seed": 7,
        "gaps": [
            {
                "head": "sentiment",
                "label": "",
                "axis": "gender_names",
                "language": "en",
                "reference": "male",
                "group": "female",
                "n": 120,
                "difference": 0.02,
                "difference_low": -0.01,
                "difference_high": 0.05,
                "flips": 0.03,
                "flips_low": 0.0,
                "flips_high": 0.07,
                "bound": 0.1,
            }
        ],
        "note": "",
    },
    "known_failures": ["Sarcasm is often read literally."],
    "command": "python -m analytics.language.compact.train --data DATA --out OUT",
    "seed": 7,
    "engine": {},
}
