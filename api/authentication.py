"""Who is asking: an API key (`Authorization: Bearer ear_…`, or `X-Api-Key: ear_…` for tools that cannot set a bearer
token), or else a person with a session cookie."""

from __future__ import annotations

from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from kernel import db
from tenants.access import Caller
from tenants.models import User
from tenants.people import callers, sessions
from tenants.people.problems import CsrfFailed, NoAgency, TwoFactorRequired
from tenants.selectors import caller_of

TOKEN_HEADER = "X-Csrf-Token"  # noqa: S105  # its name
_SAFE = ("GET", "HEAD", "OPTIONS")


class ApiKeyAuthentication(BaseAuthentication):
    """Unknown, wrong, revoked and expired keys get the same answer."""

    def authenticate(self, request: Request) -> tuple[Caller, Any] | None:
        text = self._text(request)
        if text is None:
            return None
        with db.public():
            caller = caller_of(text)
        if caller is None:
            raise AuthenticationFailed()
        return caller, None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"

    @staticmethod
    def _text(request: Request) -> str | None:
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return text.strip()
        return request.headers.get("X-Api-Key")


class SessionAuthentication(BaseAuthentication):
    """A person who signed in, in the agency that they chose; on a client's own host, in that client's agency.

    Raises CsrfFailed for a write without the session's token, NoAgency where no role is left, and TwoFactorRequired
    where the agency asks for it and the person has yet to switch it on. With `anywhere`, for what people do about
    themselves, any agency will do, or none.
    """

    def __init__(self, *, anywhere: bool = False) -> None:
        self._anywhere = anywhere

    def authenticate(self, request: Request) -> tuple[Caller, User] | None:
        if not request.COOKIES:
            return None
        with db.public():
            user = sessions.person_of(request._request)
            if user is None:
                return None
            session = request._request.session
            if request.method not in _SAFE and not sessions.may_write(session, request.headers.get(TOKEN_HEADER, "")):
                raise CsrfFailed()
            agency_id = host_agency(request) or sessions.chosen_agency(session)
            standing = callers.standing_of(user, agency_id=agency_id)
            return self._judge(user, standing), user

    def _judge(self, user: User, standing: callers.Standing | None) -> Caller:
        if self._anywhere:
            return standing.caller if standing else Caller(id=user.id, agency_id="", role=None, is_person=True)
        if standing is None:
            raise NoAgency()
        if standing.must_enrol:
            raise TwoFactorRequired()
        return standing.caller

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def host_agency(request: Any) -> str | None:
    """The id of the agency whose client's own host was asked, if it was one."""
    client = getattr(getattr(request, "_request", request), "domain_client", None)
    return str(client.agency_id) if client is not None else None
