"""What was done, and what was published: to be read only."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Q

from tenants.admin.base import ReadOnlyAdmin
from tenants.models import AuditEvent, Benchmark, Client
from tenants.people.admin_site import site


@admin.register(AuditEvent, site=site)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "action", "agency", "client_id_text", "actor")
    list_select_related = ("agency",)
    sortable_by = ()
    search_help_text = "The whole id of an event, an agency or a client that is still there."

    def by_id(self, term: str) -> Q:
        found = super().by_id(term)
        if term.startswith("cli_") and len(term) == 36:
            # The index is by agency.
            agencies = Client.objects.filter(id=term).values("agency_id")
            found |= Q(agency_id__in=agencies, client_id_text=term)
        return found


@admin.register(Benchmark, site=site)
class BenchmarkAdmin(ReadOnlyAdmin):
    list_display = ("agency", "week", "made_at")
    list_select_related = ("agency",)
    search_help_text = "The whole id of an agency."
