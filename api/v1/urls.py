"""All routes of version 1. A resource is a file beside this one and a row here."""

from __future__ import annotations

from django.urls import URLPattern

from api.v1 import (
    api_keys,
    audit_events,
    branding,
    charts,
    clients,
    deletions,
    documentation,
    domains,
    feeds,
    forecasts,
    health,
    imports,
    influence,
    insights,
    jobs,
    mentions,
    portfolio,
    queries,
    redactions,
    reports,
    suspensions,
)

open_routes: list[URLPattern] = [*health.open_urlpatterns, *documentation.open_urlpatterns]

agency_routes: list[URLPattern] = [
    *clients.agency_urlpatterns,
    *api_keys.agency_urlpatterns,
    *branding.agency_urlpatterns,
    *audit_events.agency_urlpatterns,
    *portfolio.agency_urlpatterns,
]

client_routes: list[URLPattern] = [
    *clients.client_urlpatterns,
    *deletions.client_urlpatterns,
    *suspensions.client_urlpatterns,
    *domains.client_urlpatterns,
    *branding.client_urlpatterns,
    *queries.client_urlpatterns,
    *imports.client_urlpatterns,
    *feeds.client_urlpatterns,
    *jobs.client_urlpatterns,
    *mentions.client_urlpatterns,
    *insights.client_urlpatterns,
    *charts.client_urlpatterns,
    *influence.client_urlpatterns,
    *forecasts.client_urlpatterns,
    *reports.client_urlpatterns,
    *redactions.client_urlpatterns,
]
