"""What was decided about a file, as the API shows it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from api.serializers import Shown

PLAN_EXAMPLE = {
    "form": "delimited",
    "encoding": {"name": "utf-8", "damaged_lines": 0, "why": "It is valid UTF-8."},
    "delimiter": ",",
    "columns": [
        {
            "field": "text",
            "column": "tweet_text",
            "value": None,
            "guessed": True,
            "confidence": 0.97,
            "why": "The column is called so, and its values are sentences.",
        },
        {"field": "source", "column": None, "value": "twitter", "guessed": False, "confidence": None, "why": None},
    ],
    "unused_columns": ["row"],
    "dates": {
        "day_first": True,
        "ambiguous": False,
        "zone": "UTC",
        "without_zone": 0,
        "why": "12 rows can only be day first.",
    },
    "ids": {
        "usable": True,
        "rows": 2000,
        "distinct": 1996,
        "conflicts": 0,
        "why": "The column identifies the posts.",
    },
    "notes": [{"code": "short_rows", "message": "3 rows have fewer cells than the header."}],
}


class EncodingSerializer(Shown):
    name = serializers.CharField()
    damaged_lines = serializers.IntegerField(help_text="Lines that do not decode.")
    why = serializers.CharField()


class ColumnSerializer(Shown):
    field = serializers.CharField(help_text="The field of a post.")
    column = serializers.CharField(allow_null=True, help_text="The column it is read from; null for a constant.")
    value = serializers.CharField(allow_null=True, help_text="The constant; null for a column.")
    guessed = serializers.BooleanField(help_text="False: the mapping said so.")
    confidence = serializers.FloatField(allow_null=True, help_text="0 to 1; null where it was not guessed.")
    why = serializers.CharField(allow_null=True)


class DatesSerializer(Shown):
    day_first = serializers.BooleanField(help_text="03/04/2026 is read as 3 April.")
    ambiguous = serializers.BooleanField(help_text="No row settled the order, and a default was taken.")
    zone = serializers.CharField(help_text="Time zone of times that name none.")
    without_zone = serializers.IntegerField(help_text="How many times name none.")
    why = serializers.CharField()


class IdsSerializer(Shown):
    usable = serializers.BooleanField(help_text="The id column tells posts apart. False: ids are derived instead.")
    rows = serializers.IntegerField(help_text="Rows with an id.")
    distinct = serializers.IntegerField(help_text="Distinct ids.")
    conflicts = serializers.IntegerField(help_text="Rows whose id an earlier, different row has.")
    why = serializers.CharField()


class PlanNoteSerializer(Shown):
    code = serializers.CharField()
    message = serializers.CharField()


class PlanSerializer(Shown):
    form = serializers.ChoiceField(["delimited", "jsonl"])
    encoding = EncodingSerializer()
    delimiter = serializers.CharField(help_text="What stands between cells; empty for JSON Lines.")
    columns = ColumnSerializer(many=True)
    unused_columns = serializers.ListField(child=serializers.CharField())
    dates = DatesSerializer()
    ids = IdsSerializer()
    notes = PlanNoteSerializer(many=True)


def shown_plan(plan: dict[str, Any] | None) -> dict[str, Any] | None:
    """The stored plan of an import as `PlanSerializer` takes it; None before there is one."""
    if plan is None:
        return None
    mapping, guesses = plan["mapping"], {guess["field"]: guess for guess in plan["mapping"]["guesses"]}
    columns = []
    for field, column in mapping["columns"].items():
        guess = guesses.get(field, {})
        columns.append(_column(field, column, None, guess.get("confidence"), guess.get("why")))
    columns += [_column(field, None, value, None, None) for field, value in mapping["constants"].items()]
    used = set(mapping["columns"].values())
    encoding, dates, identity = plan["encoding"], plan["dates"], plan["identity"]
    return {
        "form": plan["form"],
        "encoding": {"name": encoding["name"], "damaged_lines": encoding["damaged"], "why": encoding["why"]},
        "delimiter": plan["dialect"]["delimiter"] if plan["form"] == "delimited" else "",
        "columns": columns,
        "unused_columns": [column for column in plan["columns"] if column not in used],
        "dates": {name: dates[name] for name in ("day_first", "ambiguous", "zone", "without_zone", "why")},
        "ids": {
            **{name: identity[name] for name in ("usable", "rows", "distinct", "conflicts")},
            "why": identity["reason"],
        },
        "notes": plan["notes"],
    }


def _column(
    field: str, column: str | None, value: str | None, confidence: float | None, why: str | None
) -> dict[str, Any]:
    return {
        "field": field,
        "column": column,
        "value": value,
        "guessed": confidence is not None,
        "confidence": confidence,
        "why": why,
    }
