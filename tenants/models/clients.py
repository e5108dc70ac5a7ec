"""Clients: an agency's customer accounts, each a schema of its own; and what the public schema knows of them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django_tenants.models import DomainMixin, TenantMixin

from kernel.ids import PublicIdField
from tenants.models.agencies import Agency


class Client(TenantMixin):  # type: ignore[misc]
    """An agency's customer account: one tenant schema, and one data key that everything personal hangs on."""

    class Status(models.TextChoices):
        CREATING = "creating", "Being set up"
        ACTIVE = "active", "Active"
        SUSPENDED = "suspended", "Suspended"
        DELETING = "deleting", "Deletion requested"
        PURGING = "purging", "Being removed"

    id = PublicIdField("cli")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="clients")
    name = models.CharField(max_length=200)
    locale = models.CharField(max_length=35, default="en-GB")
    time_zone = models.CharField(max_length=64, default="UTC")
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.CREATING)
    cluster = models.CharField(max_length=63, default="default", help_text="Database alias that holds the schema.")
    wrapped_key = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    suspended_at = models.DateTimeField(null=True, blank=True, editable=False)
    pending_domain = models.CharField(
        max_length=253, blank=True, help_text="A host name of the client's own that nobody has proved to own yet."
    )
    deletion_requested_at = models.DateTimeField(null=True, blank=True)
    purge_at = models.DateTimeField(
        null=True, blank=True, db_index=True, help_text="When a confirmed deletion is carried out."
    )
    deletion_token_digest = models.CharField(max_length=64, blank=True, editable=False)

    # Schemas are made and dropped by `tenants.services`, never as a side effect of save() or delete().
    auto_create_schema = False
    auto_drop_schema = False

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [models.Index(fields=["agency", "-id"])]

    def __str__(self) -> str:
        return self.name


class Domain(DomainMixin):  # type: ignore[misc]
    """A host name under which one client's people reach their own data."""


class ClientSummary(models.Model):
    """The last that a client's own actors told of it, so that a portfolio needs no look into any client's schema.
    Aggregates only. What plans meter is in `ClientMeter` and `MentionCount`."""

    client = models.OneToOneField(Client, on_delete=models.CASCADE, primary_key=True, related_name="summary")
    as_of = models.DateTimeField()
    mentions_today = models.BigIntegerField(null=True, blank=True, help_text="Of the own brands, so far.")
    mentions_7d = models.BigIntegerField(null=True, blank=True, help_text="Of the last seven whole days.")
    mentions_previous_7d = models.BigIntegerField(null=True, blank=True)
    mentions_30d = models.BigIntegerField(null=True, blank=True)
    engagement_7d = models.BigIntegerField(null=True, blank=True)
    sentiment_n = models.BigIntegerField(default=0, help_text="Understood mentions of the last 30 days.")
    net_sentiment = models.FloatField(null=True, blank=True)
    net_sentiment_low = models.FloatField(null=True, blank=True)
    net_sentiment_high = models.FloatField(null=True, blank=True)
    sentiment_n_7d = models.BigIntegerField(default=0)
    net_sentiment_7d = models.FloatField(null=True, blank=True)
    alerts = models.JSONField(default=list)
    alert_count = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "client summaries"

    def __str__(self) -> str:
        return f"{self.client_id} at {self.as_of:%Y-%m-%d %H:%M}"


class SchemaImage(models.Model):
    """The schema that one version of the code gives a new client, as SQL; see `tenants.schema.template`."""

    digest = models.CharField(max_length=64, primary_key=True)
    statements = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.digest[:12]
