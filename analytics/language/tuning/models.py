"""A client's own words, and the versions of what its readings get beyond the engine."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from kernel.ids import PublicIdField


class LexiconWord(models.Model):
    """A word, phrase or emoji and how it is meant. `key` is what texts are compared with. The words are a draft:
    readings go by those that the version in force was made with."""

    id = PublicIdField("lex")
    language = models.CharField(max_length=3, blank=True, help_text="ISO 639; empty: in every language.")
    text = models.CharField(max_length=100)
    key = models.CharField(max_length=400)
    valence = models.SmallIntegerField()
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["language", "key"], name="one_word_per_language"),
            models.CheckConstraint(condition=Q(valence__gte=-5, valence__lte=5), name="valence_in_range"),
        ]

    def __str__(self) -> str:
        return f"{self.language} {self.valence}"


class TuningVersion(models.Model):
    """One version, which never changes once its job has made it. `engine` is what its calibration and `min_probability`
    are for; `calibration` is null where it has none, `lexicon` holds [language, key, valence]; `figures` is what the
    hold-out said, and `outcome` why there is a calibration or none, or that its job was cancelled; empty until then."""

    class Calibrating(models.TextChoices):
        FIT = "fit", "Fit one to the labels"
        KEEP = "keep", "Keep the one in force"
        NONE = "none", "None"

    class Wording(models.TextChoices):
        DRAFT = "draft", "The words as they are now"
        KEEP = "keep", "Keep those in force"
        NONE = "none", "None"

    id = PublicIdField("tun")
    number = models.IntegerField(unique=True)
    job_id = models.CharField(max_length=40, blank=True)
    asked_calibration = models.CharField(max_length=4, choices=Calibrating.choices)
    asked_lexicon = models.CharField(max_length=5, choices=Wording.choices)
    engine = models.CharField(max_length=120, blank=True)
    min_probability = models.JSONField(default=dict, help_text="By language; empty: for all that are not named.")
    calibration = models.JSONField(null=True)
    lexicon = models.JSONField(default=list)
    outcome = models.CharField(max_length=20, blank=True)
    figures = models.JSONField(default=dict)
    by = models.CharField(max_length=40)
    asked_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"t{self.number}"


class Switch(models.Model):
    """What was put in force when, and by whom; null: nothing. The latest row counts."""

    tuning = models.ForeignKey(TuningVersion, on_delete=models.PROTECT, null=True, related_name="+")
    by = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.tuning_id} {self.at:%Y-%m-%d}"
