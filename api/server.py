"""The HTTP server's worker: gunicorn's threads, with our problem documents where gunicorn would write HTML.

`gunicorn config.wsgi:application --worker-class api.server.Threads` and the limits in `ARGUMENTS`.
"""

from __future__ import annotations

import json
import socket
import struct
import time
import uuid
from contextlib import suppress
from typing import Any

import structlog
from gunicorn.http import errors
from gunicorn.util import write_nonblock
from gunicorn.workers.gthread import ThreadWorker

from api import problems

log = structlog.get_logger(__name__)

# A search may be long, and each letter of it beyond ASCII takes up to twelve bytes in an address.
ARGUMENTS = ("--worker-class", "api.server.Threads", "--limit-request-line", "8190", "--no-control-socket")

# A sender that goes silent in the middle of a request holds a thread no longer than this.
_SILENCE_S = 20
_DRAIN_S = 10.0
_DRAIN_BYTES = 1024**3

_REASONS: dict[type[Exception], tuple[int, str, str, str]] = {
    errors.LimitRequestLine: (414, "URI Too Long", "uri_too_long", "The address is too long"),
    errors.LimitRequestHeaders: (
        431,
        "Request Header Fields Too Large",
        "headers_too_large",
        "The headers are too large",
    ),
    errors.UnsupportedTransferCoding: (501, "Not Implemented", "transfer_coding", "This transfer coding is unknown"),
    errors.ExpectationFailed: (417, "Expectation Failed", "expectation_failed", "This expectation cannot be met"),
}
_MALFORMED = (400, "Bad Request", "bad_request", "The request is not valid HTTP")
_CRASHED = (500, "Internal Server Error", "internal_error", "Something went wrong on our side")


class Threads(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """What cannot be read as HTTP never reaches Django. It is answered here, and logged without its address, which
    may name somebody."""

    def handle(self, conn: Any) -> bool:
        # In the kernel, since gunicorn switches the socket's own timeout off again.
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("@ll", _SILENCE_S, 0))
        return bool(super().handle(conn))

    def _keepalive_after(self, conn: Any, keepalive: bool) -> bool:
        """Read on to the end of a refused upload before the next request. gunicorn gives up after 64 KiB and hangs
        up, and then the sender loses the refusal, or the next request on the connection."""
        deadline = time.monotonic() + _DRAIN_S
        try:
            return keepalive and bool(conn.parser.finish_body(deadline=deadline, max_bytes=_DRAIN_BYTES))
        except errors.ParseException:
            return False  # the request is answered already

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: BaseException) -> None:
        malformed = isinstance(exc, errors.ParseException)
        status, reason, code, title = next(
            (answer for kind, answer in _REASONS.items() if isinstance(exc, kind)),
            _MALFORMED if malformed else _CRASHED,
        )
        request_id = f"req_{uuid.uuid4().hex}"
        log.warning("request_not_served", status=status, error_type=type(exc).__name__, request_id=request_id)
        problem = problems.document(status=status, code=code, title=title, detail=f"{title}.", request_id=request_id)
        body = json.dumps(problem).encode()
        head = (
            f"HTTP/1.1 {status} {reason}\r\nConnection: close\r\nContent-Type: {problems.CONTENT_TYPE}\r\n"
            f"X-Request-Id: {request_id}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        with suppress(OSError):  # who has left wants no answer
            write_nonblock(client, head.encode() + body)
