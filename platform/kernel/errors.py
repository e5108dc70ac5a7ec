"""Typed errors: each carries an HTTP status and a stable code, and one place (`api.errors`) renders them.

A message is written for the person who made the request; it never repeats personal data or a secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field: a JSON pointer (`/queries/0/text`), a stable code and a sentence."""

    pointer: str
    code: str
    detail: str


class EarshotError(Exception):
    """The base: `status` is the HTTP status, `code` a stable slug, `title` a short constant phrase. `members` are shown
    beside them; `retry_after` is in seconds."""

    status = 500
    code = "internal_error"
    title = "Something went wrong on our side"
    retry_after: int | None = None

    def __init__(
        self,
        detail: str = "",
        *,
        fields: tuple[FieldProblem, ...] = (),
        members: Mapping[str, str | int] | None = None,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.fields = fields
        self.members = dict(members or {})


class BadRequest(EarshotError):
    status = 400
    code = "bad_request"
    title = "The request is not valid"


class ValidationFailed(BadRequest):
    code = "validation_failed"
    title = "Some fields are not valid"

    @classmethod
    def of(cls, pointer: str, detail: str, *, code: str = "invalid") -> ValidationFailed:
        """One field's problem as an error of its own."""
        return cls(detail, fields=(FieldProblem(pointer, code, detail),))


class NotAuthenticated(EarshotError):
    status = 401
    code = "not_authenticated"
    title = "An API key or a session is required"


class NotAllowed(EarshotError):
    status = 403
    code = "not_allowed"
    title = "You may not do that"


class NotFound(EarshotError):
    status = 404
    code = "not_found"
    title = "There is no such thing here"


class Conflict(EarshotError):
    status = 409
    code = "conflict"
    title = "The request conflicts with the present state"


class PreconditionFailed(EarshotError):
    status = 412
    code = "precondition_failed"
    title = "The resource has changed since you read it"


class TooLarge(EarshotError):
    status = 413
    code = "too_large"
    title = "The request is too large"


class Unprocessable(EarshotError):
    status = 422
    code = "unprocessable"
    title = "The request cannot be carried out"


class TenantUnavailable(EarshotError):
    """A client's schema or role is missing: nothing runs rather than running elsewhere."""

    status = 503
    code = "client_unavailable"
    title = "This client's data is not available right now"
