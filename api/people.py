"""Views for people: what they do about themselves, and what they do before they are signed in."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.conf import settings
from rest_framework.exceptions import NotAuthenticated, Throttled
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from api.authentication import ApiKeyAuthentication, SessionAuthentication
from api.serializers import NoParameters
from api.throttling import KeyThrottle
from api.views import AgencyView, OpenView, etag
from kernel.errors import NotAllowed, PreconditionFailed
from tenants.access import Caller
from tenants.models import User
from tenants.people.throttle import seconds_to_wait


class People(BasePermission):
    """Somebody who signed in. A key, which is nobody, is refused."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.user, Caller):
            raise NotAuthenticated()
        if request.method == "OPTIONS" or request.method not in view.allowed_methods or request.user.is_person:
            return True
        raise NotAllowed("This is for people who signed in; a key cannot use it.")


class PersonThrottle(KeyThrottle):
    """Counts a person's calls by the minute. A person without an agency has little to call for."""

    def allow_request(self, request: Request, view: Any) -> bool:
        return True if not getattr(request.user, "agency_id", "") else super().allow_request(request, view)


class PersonView(AgencyView):
    """A route of the person who signed in, whatever agency they are in, and before two-factor authentication is set
    up where that is asked for. Costs nothing of an agency's calls."""

    permission_classes: ClassVar[list[Any]] = [People]  # type: ignore[misc]
    throttle_classes: ClassVar[list[Any]] = [PersonThrottle]  # type: ignore[misc]
    metered = False

    def get_authenticators(self) -> list[Any]:
        return [ApiKeyAuthentication(), SessionAuthentication(anywhere=True)]

    @property
    def person(self) -> User:
        return cast(User, self.request.auth)

    def check_binding(self, request: Request) -> None:
        """Roles play no part here."""

    def _check_unchanged(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Not in a transaction: a failed attempt at a password must stay counted."""
        handler = getattr(self, "get", None)
        if handler is None:
            return
        content = cast(Any, request.accepted_renderer).render(handler(request).data, "application/json", {})
        wanted = {tag.strip() for tag in request.headers["If-Match"].split(",")}
        if "*" not in wanted and etag(content) not in wanted:
            raise PreconditionFailed()


class OpenWriteView(OpenView):
    """A write that needs neither key nor session. Each of these calls `limit` before it does anything."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        NoParameters.read(request)

    def limit(self, request: Request, kind: str) -> None:
        """Count this request for the caller's network address. Raises Throttled."""
        limit(request, kind)


def limit(request: Request, kind: str) -> None:
    """Count this request, of a kind in `throttle.LIMITS`, for the caller's network address. Raises Throttled."""
    wait = seconds_to_wait(kind, address_of(request))
    if wait is not None:
        raise Throttled(wait=wait)


def address_of(request: Request) -> str:
    """The network address of whoever calls. Behind a proxy it is what the proxy itself added to X-Forwarded-For."""
    if settings.SECURE_PROXY_SSL_HEADER is not None:
        forwarded = str(request.META.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2].strip()
        if forwarded:
            return forwarded
    return str(request.META.get("REMOTE_ADDR", ""))
