"""What a session in the browser knows: who signed in when, for which agency, and the token that writes must carry."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user, login
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils import timezone

from kernel.crypto import same
from tenants.models import User

_SIGNED_IN, _SEEN, _AGENCY, _TOKEN = "signed_in_at", "seen_at", "agency", "write_token"
# Moving the end of an idle session on at every request would make each read a write.
_SEEN_RESOLUTION = timedelta(minutes=5)


def begin(request: HttpRequest, user: User, *, agency_id: str | None) -> None:
    """Start a session under a fresh key, whatever the browser sent. Django's store ends it when it was idle for
    SESSION_COOKIE_AGE; it ends in any case after SESSION_LONGEST."""
    request.session.flush()
    login(request, user)
    request.session[_AGENCY] = agency_id


def stamp(request: HttpRequest, **_: Any) -> None:
    """Note when a session began. Connected to Django's signal, so that no way in forgets it."""
    request.session[_SIGNED_IN] = request.session[_SEEN] = timezone.now().timestamp()
    request.session[_TOKEN] = secrets.token_urlsafe(32)


def person_of(request: HttpRequest, *, now: datetime | None = None) -> User | None:
    """The person whose session this is; None where there is none, it has lapsed, or the person was deactivated."""
    now = now or timezone.now()
    if has_lapsed(request.session, now=now):
        if not request.session.is_empty():
            request.session.flush()
        return None
    user = get_user(request)
    if not isinstance(user, User):
        return None
    if now.timestamp() - request.session.get(_SEEN, 0) > _SEEN_RESOLUTION.total_seconds():
        request.session[_SEEN] = now.timestamp()
    return user


def has_lapsed(session: SessionBase, *, now: datetime | None = None) -> bool:
    """Whether it began too long ago, or never, or has been idle for too long."""
    now = now or timezone.now()
    began, seen = session.get(_SIGNED_IN), session.get(_SEEN)
    if not isinstance(began, float | int) or not isinstance(seen, float | int):
        return True
    idle = timedelta(seconds=settings.SESSION_COOKIE_AGE) + _SEEN_RESOLUTION
    return now.timestamp() - began > settings.SESSION_LONGEST.total_seconds() or (
        now.timestamp() - seen > idle.total_seconds()
    )


def ends_at(session: SessionBase) -> datetime:
    """When it ends however busy it is."""
    began = datetime.fromtimestamp(session[_SIGNED_IN], tz=UTC)
    longest: timedelta = settings.SESSION_LONGEST
    return began + longest


def chosen_agency(session: SessionBase) -> str | None:
    chosen = session.get(_AGENCY)
    return chosen if isinstance(chosen, str) else None


def choose_agency(session: SessionBase, agency_id: str) -> None:
    session[_AGENCY] = agency_id


def write_token(session: SessionBase) -> str:
    """What a request that changes something must send as X-Csrf-Token, so that no other site can have it sent."""
    return str(session[_TOKEN])


def may_write(session: SessionBase, given: str) -> bool:
    return same(str(session.get(_TOKEN, "")).encode(), given.encode()) and bool(given)


def keep_signed_in(request: HttpRequest, user: User) -> None:
    """After a change that ends all of a person's sessions, let this one go on, under a fresh key."""
    kept = {name: request.session[name] for name in (_SIGNED_IN, _TOKEN, _AGENCY)}
    begin(request, user, agency_id=None)
    request.session.update(kept)
