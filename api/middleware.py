"""Gives every request an id that is in its answer, its errors and its log lines; refuses bodies of no known length."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from api import problems
from api.errors import LengthRequired
from kernel import logs

HEADER = "X-Request-Id"
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestId:
    """Takes the caller's X-Request-Id where it is well formed, makes one where it is not."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get(HEADER, "")
        request_id = given if _ACCEPTED.fullmatch(given) else f"req_{uuid.uuid4().hex}"
        request.request_id = request_id  # type: ignore[attr-defined]
        with logs.bind(request_id=request_id):
            if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
                # Django would take the body for empty.
                response = problems.response(problems.of_error(LengthRequired(), request_id=request_id))
            else:
                response = self.get_response(request)
        response[HEADER] = request_id
        return response
