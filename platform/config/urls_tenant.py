"""What a client's own host serves: the API, where every other client answers as if it did not exist."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from api.v1.urls import client_routes, open_routes, person_routes

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include([*open_routes, *person_routes, *client_routes])),
]

handler400 = "api.errors.bad_request"
handler403 = "api.errors.forbidden"
handler404 = "api.errors.not_found"
handler500 = "api.errors.crashed"
