"""Who may do what. A view says, per method, which role is the least that may; one that says nothing is closed.

What a view is about, for a key's scopes, is its method's tag in the OpenAPI document, with underscores.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django.conf import settings
from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from tenants.access import RANK, Caller
from tenants.scopes import MissingScope, scope

# "service" is what needs no key, "session" what only people have.
_TAGS: Any = settings.SPECTACULAR_SETTINGS["TAGS"]
RESOURCES = tuple(tag["name"].replace(" ", "_") for tag in _TAGS if tag["name"] not in ("service", "session"))
SCOPES = tuple(scope(resource, writing=writing) for resource in RESOURCES for writing in (False, True))


def least(**roles: str) -> Mapping[str, str]:
    """The least role per method: `least(GET="viewer", POST="analyst")`. Raises KeyError for a role there is not."""
    for role in roles.values():
        RANK[role]
    return MappingProxyType(roles)


def resource_of(view: Any, method: str) -> str | None:
    """What a method of a view is about, as scopes call it; None where nothing says so. HEAD counts as GET."""
    handler = getattr(view, "get" if method == "HEAD" else method.lower(), None)
    described = getattr(handler, "operation", None)
    return str(described.tag).replace(" ", "_") if described is not None else None


class DenyUnlessDeclared(BasePermission):
    """Reads `view.roles`, made by `least`. HEAD counts as GET; OPTIONS, which only tells the methods, and
    methods that the route does not have, are open to every key that got here.

    Raises MissingScope for a key whose role would do and whose scopes do not. A key is told of its scopes only where
    it reaches the client: views look for that first.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.user, Caller):
            raise NotAuthenticated()
        method = "GET" if request.method == "HEAD" else str(request.method)
        if method == "OPTIONS" or method not in view.allowed_methods:
            return True
        least = getattr(view, "roles", {}).get(method)
        client = getattr(view, "client", None)
        resource = resource_of(view, method)
        if least is None or resource is None or resource not in RESOURCES:
            return False
        somewhere = getattr(view, "role_anywhere", False)
        if not (request.user.may_somewhere(least) if somewhere else request.user.may(least, client and client.id)):
            return False
        writing = method != "GET"
        if not request.user.has_scope(resource, writing=writing):
            raise MissingScope(scope(resource, writing=writing))
        return True


class Open(BasePermission):
    """For the few routes that need no key: the schema, its pages, and the health check."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return True
