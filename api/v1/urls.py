"""All routes of version 1. A resource is a file beside this one and a row here."""

from __future__ import annotations

from django.urls import URLPattern

from api.v1 import (
    agency,
    api_keys,
    audit_events,
    branding,
    charts,
    clients,
    deletions,
    documentation,
    domains,
    explanations,
    exports,
    feeds,
    forecasts,
    health,
    imports,
    influence,
    insights,
    invitations,
    jobs,
    me,
    members,
    mentions,
    model_cards,
    noise,
    passwords,
    portfolio,
    queries,
    query_previews,
    query_translations,
    query_versions,
    redactions,
    reports,
    rescorings,
    session,
    snippets,
    stories,
    suspensions,
    two_factor,
    usage,
)

open_routes: list[URLPattern] = [*health.open_urlpatterns, *documentation.open_urlpatterns]

# What people do about themselves, on the API's own host and on every client's.
person_routes: list[URLPattern] = [
    *session.person_urlpatterns,
    *me.person_urlpatterns,
    *passwords.person_urlpatterns,
    *two_factor.person_urlpatterns,
    *invitations.person_urlpatterns,
]

agency_routes: list[URLPattern] = [
    *agency.open_urlpatterns,
    *agency.agency_urlpatterns,
    *members.agency_urlpatterns,
    *invitations.agency_urlpatterns,
    *clients.agency_urlpatterns,
    *api_keys.agency_urlpatterns,
    *branding.agency_urlpatterns,
    *audit_events.agency_urlpatterns,
    *portfolio.agency_urlpatterns,
    *model_cards.agency_urlpatterns,
    *usage.agency_urlpatterns,
]

client_routes: list[URLPattern] = [
    *clients.client_urlpatterns,
    *deletions.client_urlpatterns,
    *suspensions.client_urlpatterns,
    *domains.client_urlpatterns,
    *branding.client_urlpatterns,
    *queries.client_urlpatterns,
    *query_versions.client_urlpatterns,
    *snippets.client_urlpatterns,
    *noise.client_urlpatterns,
    *query_translations.client_urlpatterns,
    *query_previews.client_urlpatterns,
    *imports.client_urlpatterns,
    *feeds.client_urlpatterns,
    *jobs.client_urlpatterns,
    *mentions.client_urlpatterns,
    *rescorings.client_urlpatterns,
    *explanations.client_urlpatterns,
    *insights.client_urlpatterns,
    *stories.client_urlpatterns,
    *charts.client_urlpatterns,
    *influence.client_urlpatterns,
    *forecasts.client_urlpatterns,
    *reports.client_urlpatterns,
    *exports.client_urlpatterns,
    *redactions.client_urlpatterns,
    *usage.client_urlpatterns,
]
