"""Forecasts as they were made, so that they can be held against what came."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from analytics.listening.models import Query
from kernel.ids import PublicIdField


class Forecast(models.Model):
    """A daily forecast of one measure of one query. `points` are [{day, mean, low_80, high_80, low_95, high_95}];
    an abstaining forecast has none and says why. `backtest` is what its method reached on this very history."""

    class Measure(models.TextChoices):
        VOLUME = "volume", "Mentions per day"
        NET_SENTIMENT = "net_sentiment", "Net sentiment"

    id = PublicIdField("fct")
    query = models.ForeignKey(Query, on_delete=models.CASCADE, related_name="+")
    measure = models.CharField(max_length=16, choices=Measure.choices)
    model_id = models.CharField(max_length=200)
    horizon = models.IntegerField()
    history_start = models.DateField(null=True)
    history_end = models.DateField(null=True)
    n = models.IntegerField(help_text="Days of history that the forecast rests on.")
    abstain_reason = models.CharField(max_length=40, blank=True)
    points = models.JSONField(default=list)
    backtest = models.JSONField(null=True)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [models.Index(fields=["query", "measure", "-id"], name="forecast_latest")]

    def __str__(self) -> str:
        return str(self.id)
