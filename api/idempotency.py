"""Idempotency-Key: the same write sent twice is done once, and answered the same.

A key is remembered for 24 hours per API key. The same key with another route or body is a 422; while the first
request is still running, a second one is a 409.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from rest_framework.request import Request
from rest_framework.response import Response

from api import problems
from api.models import IdempotencyRecord
from api.sealing import open_text, seal_text
from kernel import db
from kernel.crypto import EnvelopeError
from kernel.errors import BadRequest, Conflict, Unprocessable
from tenants.access import Caller

HEADER = "Idempotency-Key"
KEPT_FOR = timedelta(hours=24)
_MAX_LENGTH = 255
# Limits: the same request may well be served later, and must be then.
_NOT_KEPT = (402, 429)


class Replay(Exception):
    """Not an error: the write was done before, and this is its answer."""

    def __init__(self, status: int, answer: str) -> None:
        super().__init__("replayed")
        self.status = status
        self.answer = answer

    def response(self) -> Response:
        kept = json.loads(self.answer)
        response = Response(kept["data"], status=self.status)
        if self.status >= 400:
            response.content_type = problems.CONTENT_TYPE
        if kept["location"]:
            response["Location"] = kept["location"]
        response["Idempotency-Replayed"] = "true"
        return response


@dataclass(frozen=True, slots=True)
class Ticket:
    """A write in progress under a key: its answer is kept, or the key freed again where the write failed."""

    record_id: int

    def keep(self, response: Any) -> None:
        with db.public():
            record = IdempotencyRecord.objects.filter(id=self.record_id)
            if response.status_code >= 500 or response.status_code in _NOT_KEPT:
                record.delete()
            else:
                data = json.loads(response.content) if response.content else None
                answer = json.dumps({"data": data, "location": response.get("Location", "")})
                record.update(status=response.status_code, answer=seal_text(answer))


def knows(request: Request, caller: Caller) -> bool:
    """Whether a request with this one's key came before, and so has an answer that is no news. The body is not looked
    at."""
    key = request.headers.get(HEADER)
    if not key or len(key) > _MAX_LENGTH or not key.isprintable():
        return False
    with db.public():
        present = IdempotencyRecord.objects.filter(created_at__gte=timezone.now() - KEPT_FOR)
        return present.filter(caller=caller.id, key=key).exists()


def begin(request: Request, caller: Caller) -> Ticket | None:
    """Take the request's key, if it has one.

    Raises Replay where the answer is known, Conflict where the first request is still running, Unprocessable for
    the same key with another request, BadRequest for a key that is empty or too long.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not key or len(key) > _MAX_LENGTH or not key.isprintable():
        raise BadRequest(f"{HEADER} must be 1 to {_MAX_LENGTH} printable characters.")
    route = f"{request.method} {request.path}"[:512]
    digest = _digest(request, caller)
    with db.public():
        now = timezone.now()
        IdempotencyRecord.objects.filter(caller=caller.id, key=key, created_at__lt=now - KEPT_FOR).delete()
        try:
            with transaction.atomic():
                record = IdempotencyRecord.objects.create(
                    caller=caller.id, key=key, route=route, body_digest=digest, created_at=now
                )
            return Ticket(record.id)
        except IntegrityError:
            known = IdempotencyRecord.objects.filter(caller=caller.id, key=key).first()
    if known is None:
        raise Conflict("The first request with this key has just failed; send it again.")
    if known.route != route or known.body_digest != digest:
        raise Unprocessable(f"This {HEADER} was used for another request.")
    if known.status is None or known.answer is None:
        raise Conflict("The first request with this key is still running.")
    try:
        answer = open_text(bytes(known.answer))
    except EnvelopeError:
        raise Conflict("This request was done, but the key that sealed its answer is gone.") from None
    raise Replay(known.status, answer)


def _digest(request: Request, caller: Caller) -> str:
    """A keyed digest over the body; over fields and file contents where it is a form, whose boundary differs each
    time. Keyed, because a body may hold a password, which a plain hash would give away to guesses. In another of a
    person's agencies the same body is another request."""
    sha = salted_hmac("api.idempotency", caller.agency_id, algorithm="sha256")
    if request.content_type and request.content_type.startswith("multipart/"):
        for name in sorted(request.POST):
            sha.update(json.dumps([name, request.POST.getlist(name)]).encode())
        for name in sorted(request.FILES):
            sha.update(name.encode())
            for chunk in request.FILES[name].chunks():
                sha.update(chunk)
            request.FILES[name].seek(0)
    else:
        sha.update(request.body)
    return sha.hexdigest()
