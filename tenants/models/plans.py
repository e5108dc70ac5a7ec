"""What an agency's plan allows, and what it used."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from kernel.ids import PublicIdField


class Plan(models.Model):
    """Limits of an agency, over all its clients together. A limit that is empty is none."""

    id = PublicIdField("pln")
    name = models.CharField(max_length=100, unique=True)
    clients = models.PositiveIntegerField(null=True, blank=True)
    queries = models.PositiveIntegerField(null=True, blank=True)
    mentions_per_month = models.PositiveBigIntegerField(null=True, blank=True)
    api_calls_per_month = models.PositiveBigIntegerField(null=True, blank=True)
    storage_bytes = models.PositiveBigIntegerField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Usage(models.Model):
    """How often an agency called the API in a month (UTC). What is metered inside clients is in `ClientSummary`."""

    agency = models.ForeignKey("tenants.Agency", on_delete=models.CASCADE, related_name="usage")
    month = models.DateField(help_text="Its first day.")
    api_calls = models.BigIntegerField(default=0)

    class Meta:
        verbose_name_plural = "usage"
        constraints: ClassVar = [models.UniqueConstraint(fields=["agency", "month"], name="one_usage_per_month")]

    def __str__(self) -> str:
        return f"{self.agency_id} {self.month:%Y-%m}"
