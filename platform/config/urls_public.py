"""What the API's own host serves: the API of every agency, its documentation, and the operator's admin."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from api.v1.urls import agency_routes, client_routes, open_routes, person_routes
from tenants.people.admin_site import site

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include([*open_routes, *person_routes, *agency_routes, *client_routes])),
    path("admin/", site.urls),
]

handler400 = "api.errors.bad_request"
handler403 = "api.errors.forbidden"
handler404 = "api.errors.not_found"
handler500 = "api.errors.crashed"
