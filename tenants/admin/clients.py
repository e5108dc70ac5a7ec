"""Clients and their host names."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from tenants import hostnames, lifecycle
from tenants.admin.base import OperatorAdmin, ReadOnlyAdmin, actor
from tenants.lifecycle import domains
from tenants.lifecycle.rows import lock
from tenants.models import Client, ClientMeter, ClientSummary, Domain
from tenants.people.admin_site import site


@admin.register(Client, site=site)
class ClientAdmin(ReadOnlyAdmin):
    list_display = ("name", "agency", "status", "created_at", "purge_at", "cluster", "id")
    list_select_related = ("agency",)
    list_filter = ("status", "cluster")
    prefixes = ("name__istartswith", "schema_name__startswith")
    search_help_text = "How the name or schema begins, or the whole id of the client or its agency."
    fields = (
        "id", "name", "agency", "status", "suspended_at", "deletion_requested_at", "purge_at", "schema_name",
        "cluster", "host", "pending_domain", "locale", "time_zone", "created_at", "updated_at",
    )  # fmt: skip
    actions = ("suspend", "resume", "accept_domain")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("wrapped_key")

    @admin.display(description="host name")
    def host(self, client: Any) -> str:
        return domains.host_name(client) or ""

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Who may suspend and resume: what these do is not a change of the row's fields."""
        return bool(request.user.has_perm("tenants.change_client"))

    @admin.action(description="Suspend: read-only, no work", permissions=["operate"])
    def suspend(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        now = timezone.now()
        self.carry_out(
            request,
            queryset,
            lambda client: lifecycle.suspend_client(client=client, actor=actor(request), now=now),
            "Suspended",
        )

    @admin.action(description="Resume", permissions=["operate"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self.carry_out(
            request, queryset, lambda client: lifecycle.resume_client(client=client, actor=actor(request)), "Resumed"
        )

    @admin.action(description="Accept the claimed host name without its proof", permissions=["operate"])
    def accept_domain(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        def accept(client: Client) -> None:
            with transaction.atomic():
                lock(client)
                domains.settle(client=client, actor=actor(request))

        self.carry_out(request, queryset.exclude(pending_domain=""), accept, "Accepted")


class DomainForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Domain
        fields = ("domain", "tenant", "is_primary")

    def clean_domain(self) -> str:
        name = hostnames.in_ascii(self.cleaned_data["domain"])
        if name is None:
            raise forms.ValidationError("Not a host name on the open internet.", code="bad_domain")
        return name


@admin.register(Domain, site=site)
class DomainAdmin(OperatorAdmin):
    form = DomainForm
    list_display = ("domain", "tenant", "is_primary")
    list_select_related = ("tenant",)
    prefixes = ("domain__startswith",)
    search_help_text = "How the host name begins, or the whole id of a client."
    autocomplete_fields = ("tenant",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ClientSummary, site=site)
class ClientSummaryAdmin(ReadOnlyAdmin):
    list_display = ("client", "as_of", "mentions_7d", "mentions_previous_7d", "mentions_30d", "net_sentiment")
    list_select_related = ("client",)
    search_help_text = "The whole id of a client."


@admin.register(ClientMeter, site=site)
class ClientMeterAdmin(ReadOnlyAdmin):
    list_display = ("client", "queries", "storage_bytes", "storage_measured_at")
    list_select_related = ("client",)
    search_help_text = "The whole id of a client."
