"""Agencies, what they may have, and how their reports look."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import BooleanField, Case, Count, IntegerField, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone

from tenants import lifecycle
from tenants.admin.base import OperatorAdmin, ReadOnlyAdmin, actor
from tenants.models import Agency, Branding, Client, Plan, Usage
from tenants.people.admin_site import site
from tenants.plans.services import assign_plan


@admin.register(Agency, site=site)
class AgencyAdmin(OperatorAdmin):
    list_display = ("name", "id", "plan", "number_of_clients", "suspended_at", "created_at")
    list_select_related = ("plan",)
    prefixes = ("name__istartswith",)
    search_help_text = "How the name begins, or the whole id."
    fields = ("id", "name", "plan", "require_two_factor", "suspended_at", "created_at")
    readonly_fields = ("id", "suspended_at", "created_at")
    autocomplete_fields = ("plan",)
    actions = ("suspend", "resume")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        clients = Client.objects.filter(agency=OuterRef("pk")).order_by().values("agency").annotate(n=Count("*"))
        counted = Coalesce(Subquery(clients.values("n"), output_field=IntegerField()), 0)
        agencies: QuerySet[Any] = super().get_queryset(request).annotate(counted=counted)
        return agencies

    @admin.display(description="clients", ordering="counted")
    def number_of_clients(self, agency: Any) -> int:
        return int(agency.counted)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if "plan" in form.changed_data:
            assign_plan(agency_id=obj.id, plan=obj.plan, actor=actor(request))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # `manage.py create_agency` makes one with an owner and a key

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.action(description="Suspend: let nobody in, do no work", permissions=["change"])
    def suspend(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        now = timezone.now()
        self.carry_out(
            request,
            queryset,
            lambda agency: lifecycle.suspend_agency(agency=agency, actor=actor(request), now=now),
            "Suspended",
        )

    @admin.action(description="Resume", permissions=["change"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self.carry_out(
            request, queryset, lambda agency: lifecycle.resume_agency(agency=agency, actor=actor(request)), "Resumed"
        )


@admin.register(Plan, site=site)
class PlanAdmin(OperatorAdmin):
    list_display = (
        "name", "clients", "queries", "mentions_per_month", "api_calls_per_month", "storage_bytes",
    )  # fmt: skip
    prefixes = ("name__startswith",)
    search_help_text = "How the name begins, or the whole id."

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        for agency in obj.agencies.all():
            self.tell(request, agency, "plan_changed", fields=sorted(form.changed_data))


@admin.register(Branding, site=site)
class BrandingAdmin(OperatorAdmin):
    list_display = ("name", "agency", "client", "primary", "accent", "has_logo", "updated_at")
    list_select_related = ("agency", "client")
    search_help_text = "The whole id of an agency or a client."
    fields: ClassVar = ["agency", "client", "name", "primary", "accent", "has_logo", "updated_at"]
    readonly_fields = ("has_logo", "updated_at")
    autocomplete_fields = ("agency", "client")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        logo = Case(When(logo__isnull=False, then=Value(True)), default=Value(False), output_field=BooleanField())
        brands: QuerySet[Any] = super().get_queryset(request).defer("logo").annotate(logo_there=logo)
        return brands

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.readonly_fields if obj is None else ("agency", "client", *self.readonly_fields)

    @admin.display(description="logo", boolean=True)
    def has_logo(self, branding: Any) -> bool:
        return bool(getattr(branding, "logo_there", False))


@admin.register(Usage, site=site)
class UsageAdmin(ReadOnlyAdmin):
    list_display = ("agency", "month", "api_calls")
    list_select_related = ("agency",)
    search_help_text = "The whole id of an agency."
    date_hierarchy = "month"
