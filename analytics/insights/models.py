"""Rollups: what dashboards read instead of mentions."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from analytics.listening.models import Query


class HourlyRollup(models.Model):
    """Sums over the mentions of one query and source posted within one UTC hour. The three sentiments count only
    mentions that the engine did not abstain on, so they are their own sample size. What the query's noise filter hides
    counts in `hidden` and nowhere else: `mentions + hidden` is what matched."""

    hour = models.DateTimeField()
    query = models.ForeignKey(Query, on_delete=models.CASCADE, related_name="+", db_index=False)
    source = models.CharField(max_length=40)
    mentions = models.BigIntegerField(default=0)
    reach = models.BigIntegerField(default=0)
    engagement = models.BigIntegerField(default=0)
    negative = models.BigIntegerField(default=0)
    neutral = models.BigIntegerField(default=0)
    positive = models.BigIntegerField(default=0)
    hidden = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["query", "hour", "source"], name="one_rollup_per_hour"),
        ]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H} {self.query_id}"
