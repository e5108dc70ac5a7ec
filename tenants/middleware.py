"""Which client a host name belongs to. The API's own host belongs to none and serves every agency."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import set_urlconf

from kernel import db
from tenants import hostnames
from tenants.models import Client
from tenants.selectors import client_of_host


class ClientDomain:
    """Notes the client of the request's host in `request.domain_client` and picks the URLs to serve.

    No schema is entered here: that happens once the caller is known and may reach the client.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with db.public():
            client = self._client(request)
            request.domain_client = client  # type: ignore[attr-defined]
            request.urlconf = settings.ROOT_URLCONF if client else settings.PUBLIC_SCHEMA_URLCONF
            set_urlconf(request.urlconf)
            return self.get_response(request)

    def _client(self, request: HttpRequest) -> Client | None:
        written = str(request.META.get("HTTP_HOST") or request.META.get("SERVER_NAME", ""))
        name = hostnames.of_header(written)
        client = client_of_host(name) if name else None
        if client is None:
            request.get_host()  # raises DisallowedHost
        else:
            # A client's name is allowed without being in EARSHOT_HOSTS: somebody has proved to own it.
            request.get_host = lambda: written  # type: ignore[method-assign]
        return client
