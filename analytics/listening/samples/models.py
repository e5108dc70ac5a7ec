"""The shared sample, in the public schema: clients' roles have no right to it. No row says who wrote a post, which
client listens for it or whether any does, and none comes from a client's own sources."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models


class SampleDay(models.Model):
    """What one UTC day of the shared streams brought. Posts whose random rank is below `bar` are in the sample."""

    day = models.DateField(primary_key=True)
    seen = models.BigIntegerField(default=0)
    bar = models.FloatField(default=1.0)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-day"]

    def __str__(self) -> str:
        return f"{self.day}: {self.seen}"


class SampledPost(models.Model):
    """One post of the sample; see `contracts.SharedPost`."""

    day = models.DateField()
    rank = models.FloatField(help_text="Drawn uniformly from [0, 1); of a day the lowest ones are kept.")
    source = models.CharField(max_length=40)
    kind = models.CharField(max_length=10)
    title = models.TextField(blank=True)
    text = models.TextField()
    posted_at = models.DateTimeField()
    language = models.CharField(max_length=16, blank=True)
    country = models.CharField(max_length=2, blank=True)
    site = models.CharField(max_length=253, blank=True)
    links = ArrayField(models.TextField(), default=list)
    has = ArrayField(models.TextField(), default=list)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["day", "rank"], name="sample_lowest_ranks")]

    def __str__(self) -> str:
        return f"{self.day} {self.rank:.6f}"
