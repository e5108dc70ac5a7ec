"""The OpenAPI document, written from the views: `@operation` says in one place what a method takes and answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from api.permissions import Open
from api.problems import CONTENT_TYPE
from kernel.ids import encode

F = TypeVar("F", bound=Callable[..., Any])

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one route. `query`, `body` and `answer` are serializer classes, `media` is the type of an answer
    that is not JSON. `errors` are statuses beyond those that follow from the method and the path."""

    id: str
    tag: str
    summary: str
    description: str
    query: type[serializers.Serializer[Any]] | None = None
    body: type[serializers.Serializer[Any]] | None = None
    answer: Any = None
    status: int = 200
    media: tuple[str, ...] = (JSON,)
    sent: Any = None
    answered: Any = None
    errors: tuple[int, ...] = ()
    location: bool = False
    says: dict[int, str] = field(default_factory=dict)


def operation(**described: Any) -> Callable[[F], F]:
    """Describe a view's method for the OpenAPI document; see `Operation`."""

    def attach(method: F) -> F:
        method.operation = Operation(**described)  # type: ignore[attr-defined]
        return method

    return attach


class FieldProblemSerializer(serializers.Serializer[Any]):
    pointer = serializers.CharField(help_text="JSON pointer to the field, or the parameter's name after a slash.")
    code = serializers.CharField(help_text="Stable; for programs.")
    detail = serializers.CharField(help_text="For people; may change.")


class ProblemSerializer(serializers.Serializer[Any]):
    """An error (RFC 9457)."""

    type = serializers.CharField(help_text="`urn:problem:` and the code.")
    title = serializers.CharField(help_text="The kind of problem; the same for every occurrence.")
    status = serializers.IntegerField(help_text="The HTTP status.")
    detail = serializers.CharField(help_text="This occurrence, in a sentence.")
    code = serializers.CharField(help_text="Stable; for programs.")
    request_id = serializers.CharField(help_text="Name it when you ask for help.")
    scope = serializers.CharField(required=False, help_text="With `missing_scope`: what the key needs.")
    plan = serializers.CharField(required=False, help_text="With `plan_limit`: the plan's name.")
    limit = serializers.CharField(required=False, help_text="With `plan_limit`: which of the plan's limits.")
    used = serializers.IntegerField(required=False, help_text="With `plan_limit`: how much of it is used.")
    allowed = serializers.IntegerField(required=False, help_text="With `plan_limit`: how much it allows.")
    errors = FieldProblemSerializer(  # type: ignore[assignment]
        many=True, required=False, help_text="Single fields that are wrong, where any are."
    )


PROBLEMS: dict[int, tuple[str, str, str]] = {
    400: ("validation_failed", "Some fields are not valid", "A field or parameter is unknown, missing or not valid."),
    401: (
        "not_authenticated",
        "An API key or a session is required",
        "There is neither a valid API key nor a session, or it has ended.",
    ),
    402: ("plan_limit", "The plan's limit is reached", "The agency's plan has no room for this."),
    403: ("not_allowed", "You may not do that", "Your role, or the clients it is for, does not allow this."),
    404: ("not_found", "There is no such thing here", "There is no such thing that this key can reach."),
    406: ("not_acceptable", "No representation fits the Accept header", "The Accept header leaves nothing to send."),
    409: ("conflict", "The request conflicts with the present state", "The present state does not allow this."),
    412: ("precondition_failed", "The resource has changed since you read it", "If-Match names an older state."),
    413: ("too_large", "The request is too large", "The body is too large."),
    415: ("unsupported_media_type", "This content type is not accepted here", "The body has another content type."),
    422: ("unprocessable", "The request cannot be carried out", "The Idempotency-Key was used for another request."),
    429: (
        "rate_limited",
        "Too many requests",
        "The key's calls of this minute, or the agency's of this month (`plan_limit`), are used up; `Retry-After` "
        "tells for how long.",
    ),
    500: ("internal_error", "Something went wrong on our side", "Something went wrong on our side."),
    503: ("unavailable", "The service cannot reach its database right now", "The database cannot be reached."),
}

_DONE = {200: "What was asked for.", 201: "It was made.", 202: "It was accepted; a job does the work."}

# Answers that may come before it is known whose limit counts.
_UNCOUNTED = ("401", "406", "500", "503")

_IDS = {
    "client": ("cli", "The client's id."),
    "query": ("qry", "The query's id."),
    "import": ("imp", "The import's id."),
    "feed": ("fed", "The feed's id."),
    "job": ("job", "The job's id."),
    "mention": ("men", "The mention's id."),
    "map": ("map", "The map's id, or `latest`."),
    "forecast": ("fct", "The forecast's id."),
    "report": ("rep", "The report's id."),
    "export": ("exp", "The export's id."),
    "key": ("key", "The key's id (not its secret)."),
    "member": ("usr", "The person's id."),
    "invitation": ("inv", "The invitation's id (not its token)."),
    "sample": ("nsa", "The sample's id."),
    "snippet": ("snp", "The snippet's id."),
    "aspect": ("asp", "The own aspect's id."),
    "rescoring": ("rsc", "The rescoring's id."),
    "version": ("", "The version's number."),
    "correction": ("cor", "The correction's id."),
    "queue": ("rvq", "The review queue's id."),
    "tuning": ("tun", "The tuning's id."),
    "word": ("lex", "The word's id."),
    "event": ("evt", "The event's id."),
    "population": ("pop", "The population's id."),
    "topic": ("top", "The topic's id."),
    "run": ("trn", "The run's id."),
    "model": ("", "The model's id, as mentions name it."),
    "picture": ("", "Which picture: `reliability`, `languages` or `bias`."),
    "chart": ("", "Which chart: `volume`, `share_of_voice`, `sentiment`, `topics` or `topic_sentiment`."),
}


_SAMPLE = UUID("019d4b0a-7c00-7abc-8def-0123456789ab")


def sample_id(prefix: str) -> str:
    """An id for examples: well formed, and of nothing."""
    return encode(prefix, _SAMPLE)


class Schema(AutoSchema):
    """Reads `@operation`. A view without one is left out of the document (its pages, the admin)."""

    @property
    def operation(self) -> Operation | None:
        method = getattr(self.view, self.method.lower(), None)
        return getattr(method, "operation", None)

    @property
    def described(self) -> Operation:
        found = self.operation
        if found is None:
            raise LookupError(f"{self.method} {self.path} is not described")
        return found

    def is_excluded(self) -> bool:
        return self.operation is None

    def get_operation_id(self) -> str:
        return self.described.id

    def get_tags(self) -> list[str]:
        return [self.described.tag]

    def get_summary(self) -> str:
        return self.described.summary

    def get_description(self) -> str:  # type: ignore[override]
        return self.described.description

    def get_request_serializer(self) -> Any:
        return self.described.body

    def get_override_parameters(self) -> list[Any]:
        found: list[Any] = [self.described.query] if self.described.query else []
        if self.method == "POST" and not self._is_open():
            found.append(
                _header(
                    "Idempotency-Key", "Any text of at most 255 characters. Sent twice, it is done once (24 hours)."
                )
            )
        elif self.method == "GET":
            found.append(_header("If-None-Match", "The ETag you have; a 304 means that it is still the same."))
        elif not self._is_open():
            found.append(_header("If-Match", "The ETag you read; a 412 means that somebody was faster."))
        return found

    def get_response_serializers(self) -> Any:
        described = self.described
        found: dict[Any, Any] = {}
        if described.answer is None:
            found[described.status] = OpenApiResponse(description=described.says.get(described.status, "Done."))
        for media in described.media if described.answer is not None else ():
            said = described.says.get(described.status, _DONE[described.status])
            found[described.status, media] = OpenApiResponse(described.answer, description=said)
        if self.method == "GET":
            found[304] = OpenApiResponse(description="What you have is still the same.")
        for status in self._errors():
            said = described.says.get(status, PROBLEMS[status][2])
            found[status, CONTENT_TYPE] = OpenApiResponse(ProblemSerializer, description=said)
        return found

    def get_examples(self) -> list[OpenApiExample]:
        described = self.described
        examples = []
        if described.sent is not None:
            examples.append(OpenApiExample("Request", value=described.sent, request_only=True))
        if described.answered is not None:
            examples.append(
                OpenApiExample(
                    "Answer", value=described.answered, response_only=True, status_codes=[str(described.status)]
                )
            )
        for status in self._errors():
            code, title, detail = PROBLEMS[status]
            problem = {
                "type": f"urn:problem:{code}",
                "title": title,
                "status": status,
                "detail": described.says.get(status, detail),
                "code": code,
                "request_id": "req_5b1f0c2d9e8a4f6b8c7d6e5f4a3b2c1d",
            }
            examples.append(
                OpenApiExample(
                    title, value=problem, response_only=True, status_codes=[str(status)], media_type=CONTENT_TYPE
                )
            )
        return examples

    def _errors(self) -> list[int]:
        described = self.described
        found = {500, 503, *described.errors}
        if self.method in ("GET", "DELETE") or described.query or described.body:
            found.add(400)
        # What is asked for is looked at before what is done, also where nothing is answered but problems.
        found.add(406)
        if self._is_open():
            return sorted(found)
        found |= {401, 403, 429}
        if "{" in self.path:
            found.add(404)
        if described.body:
            found |= {413, 415}
        if self.method == "POST":
            found |= {400, 409, 413, 415, 422}
        elif self.method != "GET" and getattr(self.view, "needs_active_client", False):
            found.add(409)
        if self.method in ("PUT", "PATCH", "DELETE"):
            found.add(412)
        return sorted(found)

    def _is_open(self) -> bool:
        return Open in self.view.permission_classes or self.method in getattr(self.view, "open_methods", ())

    def _resolve_path_parameters(self, variables: list[str]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = super()._resolve_path_parameters(variables)  # type: ignore[no-untyped-call]
        for parameter in found:
            prefix, description = _IDS[parameter["name"]]
            parameter["description"] = description
            if prefix:
                parameter["example"] = sample_id(prefix)
        return found

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        written: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if written is None:
            return None
        for status, answer in written["responses"].items():
            headers = answer.setdefault("headers", {})
            headers["X-Request-Id"] = _sent("The id that the server's log knows this request by.")
            if not self._is_open() and status not in _UNCOUNTED:
                headers["RateLimit"] = _sent("How many requests are left, and for how many seconds.")
                headers["RateLimit-Policy"] = _sent("How many requests a minute this key has.")
            if self.method == "GET" and status in ("200", "304"):
                headers["ETag"] = _sent("The tag of this very answer.")
            if status == "429":
                headers["Retry-After"] = _sent("Seconds to wait.")
            if self.described.location and status == str(self.described.status):
                headers["Location"] = _sent("Where the new thing is, or the job to ask.")
        return written


class Generator(SchemaGenerator):
    """Describes the API's own host, where every route is served."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["urlconf"] = kwargs.get("urlconf") or settings.PUBLIC_SCHEMA_URLCONF
        super().__init__(*args, **kwargs)  # type: ignore[no-untyped-call]


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "api.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "session",
            "description": "The cookie of a person who signed in (in production `__Host-session`). Requests that "
            "change something carry the header `X-Csrf-Token` besides.",
        }


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "api.authentication.ApiKeyAuthentication"
    name: ClassVar[list[str]] = ["bearer", "header"]  # type: ignore[misc]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[Any]]]:
        return [{"bearer": []}, {"header": []}]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:
        return [
            {"type": "http", "scheme": "bearer", "description": "`Authorization: Bearer ear_…`, with an API key."},
            {
                "type": "apiKey",
                "in": "header",
                "name": "X-Api-Key",
                "description": "The same key in a header of its own.",
            },
        ]


def _header(name: str, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, description=description)


def _sent(description: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}}
