"""What an agency's clients have in common, as it was published."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from tenants.models.agencies import Agency


class Benchmark(models.Model):
    """Figures over at least five of an agency's clients, once a week. Never changed once written: two versions of one
    week would tell, by their difference, what the client is that came or went between them."""

    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="benchmarks")
    week = models.DateField(help_text="The Monday of the week it was made in, in UTC.")
    made_at = models.DateTimeField()
    figures = models.JSONField(help_text="By measure: value (rounded) and at_least, how many clients at the least.")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["agency", "week"], name="one_benchmark_per_week")]

    def __str__(self) -> str:
        return f"{self.agency_id} {self.week}"
