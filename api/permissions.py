"""Who may do what. A view says, per method, which role is the least that may; one that says nothing is closed."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from tenants.access import Caller


class DenyUnlessDeclared(BasePermission):
    """Reads `view.roles`: {"GET": "viewer", …}. HEAD and OPTIONS count as GET."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.user, Caller):
            raise NotAuthenticated()
        method = "GET" if request.method in ("HEAD", "OPTIONS") else request.method
        least = getattr(view, "roles", {}).get(method)
        return least is not None and request.user.may(least)


class Open(BasePermission):
    """For the few routes that need no key: the schema, its pages, and the health check."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return True
