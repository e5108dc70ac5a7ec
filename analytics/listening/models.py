"""Saved listening queries."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from kernel.ids import PublicIdField


class Query(models.Model):
    """A saved Boolean query. `version` grows with each change of its text; a match says which version made it."""

    class Kind(models.TextChoices):
        BRAND = "brand", "Own brand"
        COMPETITOR = "competitor", "Competitor"
        TOPIC = "topic", "Topic"

    class Filter(models.TextChoices):
        OFF = "off", "Hides nothing"
        LOW = "low", "Hides what is almost surely noise"
        MEDIUM = "medium", "Hides what is probably noise"
        STRICT = "strict", "Hides what is more likely noise than not"

    id = PublicIdField("qry")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    text = models.TextField()
    snippets = models.JSONField(
        default=dict, help_text="Name and text of each snippet it uses, also through others, as this version has them."
    )
    version = models.IntegerField(default=1)
    matched_version = models.IntegerField(
        default=0, help_text="The version that all stored mentions were matched against; 0 where that is not so of any."
    )
    active = models.BooleanField(default=True)
    noise_filter = models.CharField(
        max_length=6,
        choices=Filter.choices,
        default=Filter.OFF,
        db_default="off",
        help_text="How much of what looks like noise it hides.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["name"], name="query_names_are_unique")]

    def __str__(self) -> str:
        return self.name


class QueryVersion(models.Model):
    """What a query was from one change of its text, or of a snippet it uses, to the next. Never altered."""

    class Cause(models.TextChoices):
        MADE = "made", "The query was saved"
        TEXT = "text", "Its text was changed"
        SNIPPET = "snippet", "A snippet it uses was changed"
        RESTORED = "restored", "An older version was restored"

    query = models.ForeignKey(Query, on_delete=models.CASCADE, related_name="versions", db_index=False)
    version = models.IntegerField()
    text = models.TextField()
    snippets = models.JSONField(default=dict)
    cause = models.CharField(max_length=8, choices=Cause.choices, default=Cause.TEXT)
    restores = models.IntegerField(null=True, help_text="The version whose text was restored.")
    made_at = models.DateTimeField(auto_now_add=True)
    made_by = models.CharField(max_length=40, blank=True, help_text="Public id of the person or key, where known.")

    class Meta:
        ordering: ClassVar = ["-version"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["query", "version"], name="each_version_once")]

    def __str__(self) -> str:
        return f"{self.query_id} {self.version}"


class Snippet(models.Model):
    """A piece of query text that has a name, so that several queries can share it."""

    id = PublicIdField("snp")
    name = models.CharField(max_length=60)
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["name"], name="snippet_names_are_unique")]

    def __str__(self) -> str:
        return self.name
