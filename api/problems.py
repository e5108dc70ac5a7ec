"""RFC 9457 problem documents: the one shape of every error the API gives."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse

from kernel.errors import EarshotError, FieldProblem

CONTENT_TYPE = "application/problem+json"


def document(
    *,
    status: int,
    code: str,
    title: str,
    detail: str,
    request_id: str,
    fields: tuple[FieldProblem, ...] = (),
    members: Mapping[str, str | int] | None = None,
) -> dict[str, Any]:
    """The problem as a JSON object. `errors` is there only where single fields are wrong, `members` with some codes."""
    problem: dict[str, Any] = {
        "type": f"urn:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request_id,
        **(members or {}),
    }
    if fields:
        problem["errors"] = [{"pointer": f.pointer, "code": f.code, "detail": f.detail} for f in fields]
    return problem


def of_error(error: EarshotError, *, request_id: str) -> dict[str, Any]:
    return document(
        status=error.status,
        code=error.code,
        title=error.title,
        detail=error.detail,
        request_id=request_id,
        fields=error.fields,
        members=error.members,
    )


def response(problem: dict[str, Any]) -> HttpResponse:
    """The problem as a plain Django response, for errors outside a view."""
    # Written as a view's answers are, byte for byte.
    text = json.dumps(problem, ensure_ascii=False, separators=(",", ":"))
    return HttpResponse(text, status=problem["status"], content_type=CONTENT_TYPE)
