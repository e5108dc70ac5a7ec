"""In the public schema: what engines say of themselves is nobody's data, and clients' roles have no right to it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class SeenModel(models.Model):
    """A model that a worker here loaded. `card` is null for those whose card comes with the package."""

    id = models.CharField(primary_key=True, max_length=120, help_text="As readings carry it.")
    card = models.JSONField(null=True)
    first_seen_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return self.id
