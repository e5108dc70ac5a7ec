"""A client's calendar, its own events, and populations to weigh figures to."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from kernel.ids import PublicIdField


class Calendar(models.Model):
    """Whose holidays and which feasts a client wants to see; one row at most. `countries` are ISO 3166-1 codes, or with
    a subdivision ISO 3166-2 ones; `observances` are names of `recurring.OBSERVANCES`."""

    id = models.SmallIntegerField(primary_key=True, default=1, editable=False)
    countries = ArrayField(models.CharField(max_length=8), default=list)
    observances = ArrayField(models.CharField(max_length=40), default=list)
    updated_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=1), name="one_calendar")]

    def __str__(self) -> str:
        return ", ".join((*self.countries, *self.observances))


class Event(models.Model):
    """Something of the client's own that figures may move on: a sale, a launch, a crisis. Both days are included."""

    class Kind(models.TextChoices):
        CAMPAIGN = "campaign", "Campaign"
        LAUNCH = "launch", "Launch"
        SALE = "sale", "Sale"
        EVENT = "event", "Event"
        CRISIS = "crisis", "Crisis"
        OUTAGE = "outage", "Outage"
        OTHER = "other", "Other"

    id = PublicIdField("evt")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    start = models.DateField()
    end = models.DateField()
    note = models.TextField(blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [models.CheckConstraint(condition=Q(end__gte=F("start")), name="event_in_order")]
        indexes: ClassVar = [models.Index(fields=["start", "end"], name="event_days")]

    def __str__(self) -> str:
        return str(self.id)


class Population(models.Model):
    """Shares that figures are to be weighed to. `margins` maps "source", "country" and "language" to shares by name,
    each together 1; `origin` says where the shares are from."""

    id = PublicIdField("pop")
    name = models.CharField(max_length=200)
    origin = models.CharField(max_length=500)
    margins = models.JSONField()
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return str(self.id)
