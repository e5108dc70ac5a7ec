"""The two kinds of view: the agency's own things, and one client's things."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any, ClassVar, cast

from django.db import connection, transaction
from django.http import HttpResponse, HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api import idempotency, throttling
from api.permissions import Open, least
from api.serializers import NoParameters
from kernel import db, logs
from kernel.errors import Conflict, NotAllowed, NotFound, PreconditionFailed
from tenants.access import Caller
from tenants.lifecycle.suspension import ClientSuspended
from tenants.models import Client
from tenants.plans.calls import Counted
from tenants.schema.versions import require_current
from tenants.selectors import client_of

_READS = ("GET", "HEAD")


class OpenView(APIView):
    """A route that needs no key and counts against no limit."""

    authentication_classes: ClassVar[list[Any]] = []  # type: ignore[misc]
    permission_classes: ClassVar[list[Any]] = [Open]  # type: ignore[misc]
    throttle_classes: ClassVar[list[Any]] = []  # type: ignore[misc]

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return Response(status=204)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        response.setdefault("Cache-Control", "no-cache")
        if isinstance(response, Response) and request.method in _READS and response.status_code == 200:
            response.add_post_render_callback(lambda rendered: _conditional(request, rendered))
        return response


class AgencyView(APIView):
    """A route of the agency, in the public schema. `roles` says per method which role is the least that may.

    A key that is bound to clients may use only the methods in `open_to_bound_keys`.
    """

    roles: ClassVar[Mapping[str, str]] = least()
    open_to_bound_keys: ClassVar[frozenset[str]] = frozenset()
    # Whether a role at any one client will do, because what is shown and done is what the caller looks after there.
    role_anywhere: ClassVar[bool] = False
    metered: ClassVar[bool] = True
    rate_headers: dict[str, str]
    counted: Counted | None = None
    _ticket: idempotency.Ticket | None = None
    _locked = False

    @property
    def caller(self) -> Caller:
        return cast(Caller, self.request.user)

    @property
    def in_transaction(self) -> bool:
        """Whether the handler runs in a transaction around it, which must not go on in another schema."""
        return self._locked

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.rate_headers = {}
        with ExitStack() as self.stack, db.public():
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method in ("POST", "PUT", "PATCH"):
            NoParameters.read(request)
        if request.headers.get("If-Match") and request.method in ("PATCH", "PUT", "DELETE"):
            self._check_unchanged(request, *args, **kwargs)
        if request.method == "POST" and hasattr(self, "post") and isinstance(request.user, Caller):
            self._ticket = idempotency.begin(request, self.caller)

    def perform_authentication(self, request: Request) -> None:
        """Refused requests count against the limit too, so that nobody probes for free."""
        super().perform_authentication(request)
        super().check_throttles(request)

    def check_throttles(self, request: Request) -> None:
        """Done already."""

    def check_permissions(self, request: Request) -> None:
        self.check_binding(request)
        super().check_permissions(request)

    def check_binding(self, request: Request) -> None:
        """Raises NotAllowed for a bound key on a route of the whole agency."""
        bound = isinstance(request.user, Caller) and request.user.reach is not None
        if bound and request.method not in self.open_to_bound_keys:
            raise NotAllowed("This is for the whole agency; your key or role is for single clients.")

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return Response(status=204)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        throttling.settle(self.counted, response)
        for name, value in self.rate_headers.items():
            response[name] = value
        response.setdefault("Cache-Control", "private, no-cache")
        if isinstance(response, Response):
            if request.method in _READS and response.status_code == 200:
                response.add_post_render_callback(lambda rendered: _conditional(request, rendered))
            if self._ticket is not None:
                response.add_post_render_callback(self._ticket.keep)
        return response

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, idempotency.Replay):
            return exc.response()
        if self._locked:
            transaction.set_rollback(True)
        return super().handle_exception(exc)

    def _check_unchanged(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Compare If-Match with what GET would answer now. Writers that send it wait for each other, so that of two
        with the same tag only one gets through."""
        handler = getattr(self, "get", None)
        if handler is None:
            return
        self.stack.enter_context(transaction.atomic())
        self._locked = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [request.path])
        try:
            data = handler(request, *args, **kwargs).data
        except NotFound:
            if request.method == "PUT":  # which would make it
                raise PreconditionFailed() from None
            raise
        content: bytes = data
        if not isinstance(data, bytes):
            content = cast(Any, request.accepted_renderer).render(data, "application/json", {})
        wanted = {tag.strip() for tag in request.headers["If-Match"].split(",")}
        if "*" not in wanted and etag(content) not in wanted:
            raise PreconditionFailed()


class ClientView(AgencyView):
    """A route under one client. The handler runs in that client's schema and under its role.

    An id that is unknown, another agency's, or outside the key's binding is the same 404, before any role is
    looked at.

    A client that is suspended, or whose deletion was asked for, can be read; `while_suspended` names the other methods
    that a suspended one takes, such as those that only make something to take away.
    """

    client: Client
    needs_active_client: ClassVar[bool] = True
    while_suspended: ClassVar[frozenset[str]] = frozenset()

    def check_binding(self, request: Request) -> None:
        """Raises NotFound where the key or the host does not reach the client."""
        if not isinstance(request.user, Caller):
            return
        self.client = client_of(request.user, self.kwargs["client"])
        domain_client = getattr(request._request, "domain_client", None)
        if domain_client is not None and domain_client.id != self.client.id:
            raise NotFound()

    def check_permissions(self, request: Request) -> None:
        super().check_permissions(request)
        self.stack.enter_context(logs.bind(client_id=self.client.id))
        self.check_status(request)
        self.enter_client()

    def check_status(self, request: Request) -> None:
        """Raises Conflict for a write to a client that is suspended or whose deletion was asked for."""
        if request.method in (*_READS, "OPTIONS"):
            return
        if self.client.status == Client.Status.DELETING:
            raise Conflict("This client is about to be deleted; cancel the deletion first.")
        if self.client.status == Client.Status.SUSPENDED and request.method not in self.while_suspended:
            raise ClientSuspended()

    def enter_client(self) -> None:
        """Raises ClientBehind where the code is ahead of the client's schema."""
        require_current(self.client.schema_name)
        self.stack.enter_context(db.enter(self.client.schema_name))

    def link(self, *parts: str) -> str:
        """The path of something of this client."""
        return "/".join((f"/api/v1/clients/{self.client.id}", *parts))


class ClientAccountView(ClientView):
    """A route about the client's account itself, which lies in the public schema."""

    needs_active_client = False

    def check_status(self, request: Request) -> None:
        """Any status will do: deleting, too, is done here."""

    def enter_client(self) -> None:
        """Stay in the public schema."""


def etag(content: bytes) -> str:
    """A strong tag of what is sent."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def is_known(request: Request, tag: str) -> bool:
    """Whether If-None-Match says that the caller has this already."""
    known = {part.strip().removeprefix("W/") for part in request.headers.get("If-None-Match", "").split(",")}
    return tag in known or "*" in known


def _conditional(request: Request, response: HttpResponse) -> HttpResponse:
    """Adds a strong ETag, and turns the answer into a 304 where the caller has it already."""
    tag = etag(response.content)
    response["ETag"] = tag
    if is_known(request, tag):
        response.status_code = 304
        response.content = b""
        del response["Content-Type"]
    return response
