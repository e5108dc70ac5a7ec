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

    id = PublicIdField("qry")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    text = models.TextField()
    version = models.IntegerField(default=1)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["name"], name="query_names_are_unique")]

    def __str__(self) -> str:
        return self.name
