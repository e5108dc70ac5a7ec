"""An agency, its brand, and the record of what was done."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models

from kernel.ids import PublicIdField
from tenants.models.plans import Plan

hex_colour = RegexValidator(r"^#[0-9a-fA-F]{6}$", "A colour is written #rrggbb.")


class Agency(models.Model):  # type: ignore[django-manager-missing]  # Client's base has no types
    id = PublicIdField("agy")
    name = models.CharField(max_length=200)
    plan = models.ForeignKey(
        Plan,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="agencies",
        help_text="Empty: no limits.",
    )
    suspended_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="Set by the operator: no key or person gets in, no work is done.",
    )
    require_two_factor = models.BooleanField(
        default=False, help_text="People without two-factor authentication get no further than switching it on."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "agencies"

    def __str__(self) -> str:
        return self.name


class Branding(models.Model):
    """How reports look: an agency's own brand, or the brand for one client where `client` is set."""

    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="brandings")
    client = models.OneToOneField(
        "tenants.Client", on_delete=models.CASCADE, null=True, blank=True, related_name="branding"
    )
    name = models.CharField(max_length=200)
    primary = models.CharField(max_length=7, default="#1f3a5f", validators=[hex_colour])
    accent = models.CharField(max_length=7, default="#d97706", validators=[hex_colour])
    logo = models.BinaryField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agency", "client"], name="one_brand_per_place", nulls_distinct=False),
        ]

    def __str__(self) -> str:
        return self.name


class AuditEvent(models.Model):
    """Who did what to which client. Append-only, and never about a person's data."""

    id = PublicIdField("aud")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="audit_events")
    client_id_text = models.CharField("client", max_length=40, blank=True)
    actor = models.CharField(max_length=40, help_text="Public id of the key or person, or `system`.")
    action = models.CharField(max_length=64)
    detail = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [models.Index(fields=["agency", "-id"])]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action}"
