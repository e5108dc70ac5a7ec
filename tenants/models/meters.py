"""What is counted for plans and limits. `Usage` in `tenants.models.plans` counts calls; see `tenants.plans`."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from tenants.models.clients import Client


class ClientMeter(models.Model):
    """How many queries a client has saved, or is about to save, and how much room it takes."""

    client = models.OneToOneField(Client, on_delete=models.CASCADE, primary_key=True, related_name="meter")
    queries = models.PositiveIntegerField(default=0)
    queries_changed_at = models.DateTimeField(help_text="When one was last claimed or given back.")
    storage_bytes = models.BigIntegerField(default=0, help_text="As measured, and what was uploaded since.")
    storage_measured_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.client_id}: {self.queries} queries, {self.storage_bytes} bytes"


class MentionCount(models.Model):
    """How many mentions a client stored in a month (UTC), as it last told. Outlives the client, so that deleting one
    frees nothing of the month's allowance."""

    agency = models.ForeignKey("tenants.Agency", on_delete=models.CASCADE, related_name="mention_counts")
    client_id_text = models.CharField("client", max_length=40)
    month = models.DateField(help_text="Its first day.")
    mentions = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agency", "month", "client_id_text"], name="one_count_per_client_and_month")
        ]

    def __str__(self) -> str:
        return f"{self.client_id_text} {self.month:%Y-%m}: {self.mentions}"


class RateWindow(models.Model):
    """How often a key or person called in the present minute, counted by all processes together."""

    caller = models.CharField(max_length=40, primary_key=True, help_text="Public id of the key or person.")
    minute = models.BigIntegerField(help_text="Minutes since 1970.")
    calls = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.caller} {self.minute}: {self.calls}"
