"""What programs sign in with."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from kernel.ids import PublicIdField
from tenants.models.agencies import Agency
from tenants.models.clients import Client
from tenants.models.roles import Role


class ApiKey(models.Model):
    """A credential of an agency: a looked-up prefix and the SHA-256 of 256 random bits. Bound to `clients` where
    there are any, else good for all of the agency's clients."""

    id = PublicIdField("key")
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=16, unique=True)
    digest = models.CharField(max_length=64)
    role = models.CharField(max_length=16, choices=Role.choices)
    clients = models.ManyToManyField(Client, blank=True, related_name="api_keys")
    scopes = models.JSONField(default=list, blank=True, help_text="Empty: all that the role may.")
    replaced_by = models.OneToOneField(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="replaces"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
