"""API keys: `Authorization: Bearer ear_…`, or `X-Api-Key: ear_…` for tools that cannot set a bearer token."""

from __future__ import annotations

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from kernel import db
from tenants.access import Caller
from tenants.selectors import caller_of


class ApiKeyAuthentication(BaseAuthentication):
    """Unknown, wrong, revoked and expired keys get the same answer."""

    def authenticate(self, request: Request) -> tuple[Caller, str] | None:
        text = self._text(request)
        if text is None:
            return None
        with db.public():
            caller = caller_of(text)
        if caller is None:
            raise AuthenticationFailed()
        return caller, ""

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"

    @staticmethod
    def _text(request: Request) -> str | None:
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return text.strip()
        return request.headers.get("X-Api-Key")
