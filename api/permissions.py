"""Who may do what. A view says, per method, which role is the least that may; one that says nothing is closed."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from tenants.access import RANK, Caller


def least(**roles: str) -> Mapping[str, str]:
    """The least role per method: `least(GET="viewer", POST="analyst")`. Raises KeyError for a role there is not."""
    for role in roles.values():
        RANK[role]
    return MappingProxyType(roles)


class DenyUnlessDeclared(BasePermission):
    """Reads `view.roles`, made by `least`. HEAD counts as GET; OPTIONS, which only tells the methods, and
    methods that the route does not have, are open to every key that got here."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.user, Caller):
            raise NotAuthenticated()
        method = "GET" if request.method == "HEAD" else str(request.method)
        if method == "OPTIONS" or method not in view.allowed_methods:
            return True
        least = getattr(view, "roles", {}).get(method)
        client = getattr(view, "client", None)
        return least is not None and request.user.may(least, client.id if client else None)


class Open(BasePermission):
    """For the few routes that need no key: the schema, its pages, and the health check."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return True
