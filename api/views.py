"""The two kinds of view: the agency's own things, and one client's things."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
from typing import Any, ClassVar

from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api import idempotency
from kernel import db, logs
from kernel.errors import NotFound, PreconditionFailed
from tenants.access import Caller
from tenants.models import Client
from tenants.selectors import client_of


class AgencyView(APIView):
    """A route of the agency, in the public schema. `roles` says per method which role is the least that may."""

    roles: ClassVar[dict[str, str]] = {}
    rate_headers: dict[str, str]

    @property
    def caller(self) -> Caller:
        caller: Caller = self.request.user
        return caller

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.rate_headers = {}
        with ExitStack() as self.stack, db.public():
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.headers.get("If-Match") and request.method in ("PATCH", "PUT", "DELETE"):
            self._check_unchanged(request, *args, **kwargs)
        if request.method == "POST":
            self.idempotent = idempotency.begin(request, self.caller) if isinstance(request.user, Caller) else None

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        for name, value in self.rate_headers.items():
            response[name] = value
        response.setdefault("Cache-Control", "private, no-cache")
        if isinstance(response, Response):
            if request.method == "GET" and response.status_code == 200:
                response.add_post_render_callback(lambda rendered: _conditional(request, rendered))
            ticket = getattr(self, "idempotent", None)
            if ticket is not None:
                response.add_post_render_callback(ticket.keep)
        return response

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, idempotency.Replay):
            return exc.response()
        return super().handle_exception(exc)

    def _check_unchanged(self, request: Request, *args: Any, **kwargs: Any) -> None:
        handler = getattr(self, "get", None)
        if handler is None:
            return
        present: Response = handler(request, *args, **kwargs)
        rendered = request.accepted_renderer.render(present.data, request.accepted_media_type, {})
        wanted = {tag.strip() for tag in request.headers["If-Match"].split(",")}
        if "*" not in wanted and _etag(rendered) not in wanted:
            raise PreconditionFailed()


class ClientView(AgencyView):
    """A route under one client. The handler runs in that client's schema and under its role.

    An id that is unknown, another agency's, or outside the key's binding is the same 404, before any role is
    looked at.
    """

    client: Client

    def check_permissions(self, request: Request) -> None:
        if isinstance(request.user, Caller):
            with db.public():
                self.client = client_of(request.user, self.kwargs["client"])
            domain_client = getattr(request._request, "domain_client", None)
            if domain_client is not None and domain_client.id != self.client.id:
                raise NotFound()
        super().check_permissions(request)
        self.stack.enter_context(logs.bind(client_id=self.client.id))
        self.stack.enter_context(db.enter(self.client.schema_name))


def _etag(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def _conditional(request: Request, response: Any) -> Any:
    """Adds a strong ETag, and turns the answer into a 304 where the caller has it already."""
    tag = _etag(response.content)
    response["ETag"] = tag
    known = {part.strip().removeprefix("W/") for part in request.headers.get("If-None-Match", "").split(",")}
    if tag in known or "*" in known:
        response.status_code = 304
        response.content = b""
        del response["Content-Type"]
    return response
