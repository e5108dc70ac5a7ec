"""Structured logs: one event a line, with the ids of the request, client and message, and without personal data.

Events are named by constants and carry ids and counts; what people wrote is never logged. As a last line of defence
every value passes `redact`, and an exception is shown as its type and place, never with its message, which may quote
a post or a database row. Logs of libraries (Django, dramatiq) go the same way.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from ipaddress import ip_address
from types import TracebackType
from typing import Any, cast
from uuid import UUID

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

MAX_TEXT = 2000
MAX_ITEMS = 50
MAX_FRAMES = 12

# The lookbehinds keep each pattern from starting twice in one word, which would take quadratic time.
_EMAIL = re.compile(r"""(?<![^\s<>"',;:()\[\]{}=])[^\s<>"',;:()\[\]{}=@＠]+[@＠][^\s<>"',;:()\[\]{}@＠]+""")
_HANDLE = re.compile(r"(?<![\w@＠])[@＠][\w][\w.\-]*")
_PHONE = re.compile(r"(?<![\w\-])\+?\(?\d(?:[ ().\-/\u00a0]{0,3}\d){6,18}(?![\w\-])")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?: \d{1,2})?")  # and the hour, where a time follows
_IP = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![\w:]))"
)
# Written by us, not by a caller; a clock time would look like a telephone number.
_OURS = frozenset({"timestamp", "level", "logger", "at"})

_handler: logging.Handler | None = None


def configure(options: Mapping[str, object] | None = None, *, level: str = "INFO", json: bool = False) -> None:
    """Send all logs, structlog's and the standard library's, to stderr: JSON lines, or text for people.

    Takes `{"level": …, "json": …}` as Django's LOGGING_CONFIG hands it over, or keywords. `level` is a standard
    level name. May be called again; the last call counts. Raises ValueError for an unknown level.
    """
    if options is not None:
        level, json = str(options.get("level", level)), bool(options.get("json", json))
    number = logging.getLevelNamesMapping().get(level.upper())
    if number is None:
        raise ValueError("unknown log level")
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _place_instead_of_message,
        _redact_event,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *before,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    render: Processor = structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    if not json:
        render = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0)
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    _install(handler, number)


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger whose methods take a constant event name and keywords: `log.info("import.done", rows=12)`."""
    return structlog.stdlib.get_logger(name)


@contextmanager
def bind(**ids: str | int | None) -> Iterator[None]:
    """Carry ids (request_id, client_id, message_id, actor …) in every event of the block; None is left out."""
    with structlog.contextvars.bound_contextvars(**{key: value for key, value in ids.items() if value is not None}):
        yield


def redact(text: str) -> str:
    """`text` without e-mail addresses, telephone and IP numbers and @handles, cut to MAX_TEXT characters."""
    if len(text) > MAX_TEXT:
        text = f"{text[:MAX_TEXT]}…"
    text = _EMAIL.sub("[email]", text)
    text = _HANDLE.sub("[handle]", text)
    text = _IP.sub(lambda match: "[number]" if _is_address(match[0]) else match[0], text)
    return _PHONE.sub(lambda match: match[0] if _DATE.fullmatch(match[0]) else "[number]", text)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def location(error: BaseException) -> dict[str, Any]:
    """An exception without its message: type, the place it was raised, innermost frame last, and its causes' types."""
    frames = traceback.extract_tb(error.__traceback__)[-MAX_FRAMES:]
    found: dict[str, Any] = {
        "error": _name(error),
        "at": [f"{_module(frame.filename)}:{frame.lineno}:{frame.name}" for frame in frames],
    }
    causes: list[str] = []
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    while cause is not None and len(causes) < 5:
        causes.append(_name(cause))
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return {**found, "caused_by": causes} if causes else found


def _install(handler: logging.Handler, level: int) -> None:
    global _handler
    root = logging.getLogger()
    if _handler is not None:
        root.removeHandler(_handler)
    _handler = handler
    root.addHandler(handler)
    root.setLevel(level)
    # Django installs handlers of its own, one of which sends exceptions with their messages by e-mail.
    for name in ("django", "django.server"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(logging.NOTSET)


def _place_instead_of_message(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    info = event.pop("exc_info", None)
    event.pop("exception", None)
    event.pop("stack", None)
    error: object = info
    if info is True:
        error = sys.exc_info()[1]
    elif isinstance(info, tuple):
        error = cast(tuple[object, BaseException | None, TracebackType | None], info)[1]
    if isinstance(error, BaseException):
        event.update(location(error))
    return event


def _redact_event(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    for key, value in event.items():
        if not key.startswith("_") and key not in _OURS:
            event[key] = _redacted(value, depth=0)
    return event


def _redacted(value: object, *, depth: int) -> object:
    if value is None or isinstance(value, bool | int | float | Decimal | UUID | datetime | date | time | timedelta):
        return value
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, BaseException):
        return _name(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return f"<{len(value)} bytes>"
    if depth > 4:
        return "…"
    if isinstance(value, Mapping):
        items = list(value.items())[:MAX_ITEMS]
        return {redact(str(key)): _redacted(item, depth=depth + 1) for key, item in items}
    if isinstance(value, Sequence | set | frozenset):
        return [_redacted(item, depth=depth + 1) for item in list(value)[:MAX_ITEMS]]
    return redact(str(value))


def _name(error: BaseException) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _module(filename: str) -> str:
    """The last parts of a path: enough to find the file, without where it is installed."""
    return "/".join(filename.replace("\\", "/").split("/")[-3:])
