"""How much personal data was taken out, never what it was."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class RedactionTally(models.Model):
    """How many findings of one kind were redacted from posts of one UTC day."""

    day = models.DateField()
    entity = models.CharField(max_length=40)
    findings = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["day", "entity"], name="one_tally_per_day_and_entity")]

    def __str__(self) -> str:
        return f"{self.day} {self.entity}: {self.findings}"
