"""Who interacts with whom, by day, and the maps drawn from it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from analytics.mentions.models import Author
from kernel.ids import PublicIdField


class DailyEdge(models.Model):
    """How often `source` replied to, reposted, quoted or mentioned `target` on one UTC day."""

    day = models.DateField()
    source = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="+", db_index=False)
    target = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=10)
    interactions = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["day", "source", "target", "kind"], name="one_edge_per_day"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.kind}"


class InfluenceMap(models.Model):
    """One drawing of the interaction graph over a period. `scores` are its top authors, best first; where the graph
    is too small the map abstains and says why."""

    id = PublicIdField("map")
    start = models.DateField()
    end = models.DateField()
    model_id = models.CharField(max_length=120)
    seed = models.IntegerField()
    nodes = models.IntegerField()
    edges = models.IntegerField()
    interactions = models.BigIntegerField()
    communities = models.IntegerField()
    modularity = models.FloatField(null=True)
    abstain_reason = models.CharField(max_length=40, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return str(self.id)


class InfluenceScore(models.Model):
    """One author's place on a map, with its bootstrap intervals."""

    map = models.ForeignKey(InfluenceMap, on_delete=models.CASCADE, related_name="scores")
    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="+")
    rank = models.IntegerField()
    rank_low = models.IntegerField()
    rank_high = models.IntegerField()
    pagerank = models.FloatField()
    pagerank_low = models.FloatField()
    pagerank_high = models.FloatField()
    community = models.IntegerField()
    interactions = models.BigIntegerField()

    class Meta:
        ordering: ClassVar = ["rank"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["map", "author"], name="one_score_per_author")]

    def __str__(self) -> str:
        return f"#{self.rank}"
