"""API keys, never what is secret of them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from tenants import services
from tenants.admin.base import ReadOnlyAdmin, actor
from tenants.models import ApiKey
from tenants.people.admin_site import site


@admin.register(ApiKey, site=site)
class ApiKeyAdmin(ReadOnlyAdmin):
    list_display = ("name", "prefix", "agency", "role", "created_at", "expires_at", "revoked_at", "last_used_at")
    list_select_related = ("agency",)
    list_filter = ("role",)
    prefixes = ("prefix__startswith",)
    search_help_text = "How the prefix begins, or the whole id of the key or its agency."
    fields = (
        "id", "name", "prefix", "agency", "role", "scopes", "clients", "replaced_by", "created_at", "expires_at",
        "revoked_at", "last_used_at",
    )  # fmt: skip
    actions = ("revoke",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("digest")

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("tenants.change_apikey"))

    @admin.action(description="Revoke for good", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self.carry_out(request, queryset, lambda key: services.revoke_key(key=key, actor=actor(request)), "Revoked")
