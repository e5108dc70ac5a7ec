"""Where every exception becomes a problem document: in views, in the URL resolver, in CSRF, and in a crash."""

from __future__ import annotations

import sys
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DataError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from api import problems
from kernel.errors import (
    BadRequest,
    EarshotError,
    FieldProblem,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    TooLarge,
    ValidationFailed,
)

log = structlog.get_logger(__name__)


class MethodNotAllowed(EarshotError):
    status = 405
    code = "method_not_allowed"
    title = "This method is not allowed here"


class NotAcceptable(EarshotError):
    status = 406
    code = "not_acceptable"
    title = "No representation fits the Accept header"


class UnsupportedMediaType(EarshotError):
    status = 415
    code = "unsupported_media_type"
    title = "This content type is not accepted here"


class TooManyRequests(EarshotError):
    status = 429
    code = "rate_limited"
    title = "Too many requests"


class LengthRequired(EarshotError):
    status = 411
    code = "length_required"
    title = "Send the body with a Content-Length; chunked bodies are not read here"


class RequestTimeout(EarshotError):
    status = 408
    code = "request_timeout"
    title = "The request did not arrive in time"


class Unavailable(EarshotError):
    status = 503
    code = "unavailable"
    title = "The service cannot reach its database right now"


_BY_DRF: dict[type[exceptions.APIException], type[EarshotError]] = {
    exceptions.NotAuthenticated: NotAuthenticated,
    exceptions.AuthenticationFailed: NotAuthenticated,
    exceptions.PermissionDenied: NotAllowed,
    exceptions.NotFound: NotFound,
    exceptions.MethodNotAllowed: MethodNotAllowed,
    exceptions.NotAcceptable: NotAcceptable,
    exceptions.UnsupportedMediaType: UnsupportedMediaType,
    exceptions.Throttled: TooManyRequests,
    exceptions.ParseError: BadRequest,
}


def request_id_of(request: Any) -> str:
    return str(getattr(request, "request_id", "") or getattr(getattr(request, "_request", None), "request_id", ""))


def as_earshot_error(error: Exception) -> EarshotError | None:
    """The typed error behind an exception; None for one that nobody foresaw."""
    if isinstance(error, EarshotError):
        return error
    if isinstance(error, exceptions.ValidationError):
        fields = tuple(_fields(error.detail, ""))
        return ValidationFailed(fields[0].detail if len(fields) == 1 else "", fields=fields)
    if isinstance(error, Http404):
        return NotFound()
    if isinstance(error, PermissionDenied):
        return NotAllowed()
    if isinstance(error, RequestDataTooBig):
        return TooLarge("The body is too large.")
    if isinstance(error, OperationalError):
        return Unavailable()
    if isinstance(error, UnreadablePostError | BlockingIOError):
        return RequestTimeout()  # `api.server` lets nobody wait for ever
    if isinstance(error, SuspiciousOperation):
        return BadRequest("The request was refused as malformed.")
    if isinstance(error, DataError):
        # A value that PostgreSQL cannot hold and no field check caught; it is the caller's value all the same.
        return ValidationFailed("A value is out of range or holds characters that cannot be stored.")
    for drf_type, ours in _BY_DRF.items():
        if isinstance(error, drf_type):
            detail = str(error.detail) if ours in (BadRequest, MethodNotAllowed) else ""
            return ours(detail)
    return None


def handle(error: Exception, context: dict[str, Any]) -> Response:
    """DRF's exception handler. A crash is logged without its message, which may hold personal data."""
    request = context["request"]
    request_id = request_id_of(request)
    known = as_earshot_error(error)
    if known is None:
        log.error("request_crashed", exc_type=type(error).__name__, exc_info=error)
        known = EarshotError()
    set_rollback()
    response = Response(problems.of_error(known, request_id=request_id), status=known.status)
    response.content_type = problems.CONTENT_TYPE
    if known.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    if isinstance(error, exceptions.MethodNotAllowed):
        response["Allow"] = ", ".join(context["view"].allowed_methods)
    if isinstance(error, exceptions.Throttled):
        response["Retry-After"] = str(max(1, round(getattr(error, "wait", None) or 1)))
    elif known.retry_after is not None:
        response["Retry-After"] = str(max(1, known.retry_after))
    return response


def _fields(detail: Any, pointer: str) -> list[FieldProblem]:
    """Flatten DRF's nested details into JSON pointers."""
    if isinstance(detail, dict):
        found = []
        for name, inner in detail.items():
            step = "" if name == "non_field_errors" else "/" + str(name).replace("~", "~0").replace("/", "~1")
            found += _fields(inner, pointer + step)
        return found
    if isinstance(detail, list):
        if all(isinstance(item, exceptions.ErrorDetail) for item in detail):
            return [FieldProblem(pointer, str(item.code), str(item)) for item in detail]
        found = []
        for index, item in enumerate(detail):
            found += _fields(item, f"{pointer}/{index}") if item else []
        return found
    return [FieldProblem(pointer, getattr(detail, "code", "invalid"), str(detail))]


def _plain(request: HttpRequest, error: EarshotError) -> HttpResponse:
    return problems.response(problems.of_error(error, request_id=request_id_of(request)))


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _plain(request, BadRequest())


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _plain(request, NotAllowed())


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _plain(request, NotFound())


def crashed(request: HttpRequest) -> HttpResponse:
    """Django calls this while the exception is being handled, but does not hand it over."""
    error = sys.exc_info()[1]
    known = as_earshot_error(error) if isinstance(error, Exception) else None
    return _plain(request, known or EarshotError())


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _plain(request, NotAllowed("The CSRF token is missing or wrong."))
