"""Fetching addresses that strangers gave us, without becoming their tool (server-side request forgery).

Every hop resolves the host once, refuses anything but public addresses and connects to the very address it
checked, so a name that resolves differently a moment later (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import ipaddress
import logging
import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol, Self

import httpx

from kernel.addresses import IPNetwork, is_public

Resolver = Callable[[str, int], Sequence[str]]
"""(host, port) -> the addresses of the host as text, best first. Raises OSError when there is none."""

WEB_PORTS = frozenset({80, 443})
MAX_REDIRECTS = 5
DEFAULT_MAX_BYTES = 10_000_000
DEFAULT_TIMEOUT = 20.0
DEFAULT_USER_AGENT = "Earshot"

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# Of the caller's headers, only these follow a redirect to another origin: any other may carry a secret.
_HARMLESS = frozenset({"accept", "accept-language", "if-modified-since", "if-none-match", "user-agent"})
_CHUNK = 65_536
_GZIP = b"\x1f\x8b"
# They log addresses with path and query, where feeds keep their tokens.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)
_MAX_URL = 8_192
# Each takes its time to fail, and who owns a name may give it any number of dead ones.
_MOST_ADDRESSES = 4


class FetchError(Exception):
    """A fetch failed. `code` is a stable slug; the text is one plain sentence and holds no part of the URL."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class AddressRefused(FetchError):
    """The URL, or a redirect, points to a place we do not go: scheme, port, credentials or address."""


class BodyTooLarge(FetchError):
    """The body, after decompression, is longer than allowed."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__("body_too_large", f"the answer is larger than {max_bytes} bytes")


@dataclass(frozen=True, slots=True)
class Response:
    """An answer: `status` 100-599, `headers` by lower-case name, `body` decompressed, `url` the last hop's
    address without credentials."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


def system_resolver(host: str, port: int) -> tuple[str, ...]:
    """The operating system's answer for a host name or an address in any notation it knows (`0x7f.1`)."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def fetch(
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    max_bytes: int = DEFAULT_MAX_BYTES,
    timeout: float = DEFAULT_TIMEOUT,
    user_agent: str = DEFAULT_USER_AGENT,
    allow_private: bool = False,
    allowed_networks: Sequence[IPNetwork] = (),
    ports: frozenset[int] | None = WEB_PORTS,
    max_redirects: int = MAX_REDIRECTS,
    resolver: Resolver = system_resolver,
    tls: ssl.SSLContext | None = None,
) -> Response:
    """GET a URL and return whatever status the server answers (redirects are followed, up to `max_redirects`).

    `max_bytes` caps the body after decompression, `timeout` (seconds) each try from connecting to the last byte;
    a hop tries at most four of its host's addresses.
    `allow_private` drops the address check for the host of `url`, `allowed_networks` for addresses inside them;
    `ports=None` allows every port. Credentials in the URL are sent as Basic authorization to that origin only.
    Proxies and certificates from the environment are ignored; no cookies are kept; `tls` replaces the default
    certificate store. Raises FetchError (AddressRefused, BodyTooLarge).
    """
    here = _parse(url)
    outgoing = {name.lower(): value for name, value in (headers or {}).items()}
    outgoing.setdefault("user-agent", user_agent)
    for _ in range(max_redirects + 1):
        addresses = _checked_addresses(here, allow_private, allowed_networks, ports, resolver)
        status, answered, body = _one_hop(here, addresses, outgoing, max_bytes, timeout, tls or _default_tls())
        location = answered.get("location", "")
        if status not in _REDIRECTS or not location:
            return Response(status, answered, body, str(here.copy_with(userinfo=b"", fragment=None)))
        target = _parse(location, base=here)
        if allow_private and target.host != here.host:
            allow_private, ports = False, WEB_PORTS  # what was let in is the host asked for, not where it sends us
        if _origin(target) != _origin(here):
            outgoing = {name: value for name, value in outgoing.items() if name in _HARMLESS}
        elif not target.userinfo:
            target = target.copy_with(userinfo=here.userinfo)
        here = target
    raise FetchError("too_many_redirects", f"more than {max_redirects} redirects")


def _parse(text: str, base: httpx.URL | None = None) -> httpx.URL:
    try:
        if len(text) > _MAX_URL:
            raise ValueError
        url = base.join(text) if base is not None else httpx.URL(text)
        host, port = url.host, url.port
    except (httpx.InvalidURL, ValueError, TypeError):  # UnicodeError is a ValueError
        raise AddressRefused("invalid_url", "the address is not a valid URL") from None
    if url.scheme not in ("http", "https"):
        raise AddressRefused("scheme_refused", "only http and https addresses are fetched")
    if not host or port == 0:
        raise AddressRefused("invalid_url", "the address is not a valid URL")
    return url


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, _port(url)


def _port(url: httpx.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def _checked_addresses(
    url: httpx.URL,
    allow_private: bool,
    allowed_networks: Sequence[IPNetwork],
    ports: frozenset[int] | None,
    resolver: Resolver,
) -> tuple[str, ...]:
    port = _port(url)
    if ports is not None and port not in ports:
        raise AddressRefused("port_refused", "the address names a port that is not allowed")
    try:
        addresses = tuple(resolver(url.raw_host.decode("ascii"), port))
    except (OSError, ValueError):
        addresses = ()
    if not addresses:
        raise FetchError("host_not_found", "the host name could not be resolved")
    for address in addresses:
        # One bad address among good ones is an attack or a mistake; either way nothing is fetched.
        if not (allow_private or is_public(address) or _inside(address, allowed_networks)):
            raise AddressRefused("address_refused", "the host is not on the public internet")
    return addresses[:_MOST_ADDRESSES]


def _inside(address: str, networks: Sequence[IPNetwork]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)


def _one_hop(
    url: httpx.URL,
    addresses: Sequence[str],
    headers: Mapping[str, str],
    max_bytes: int,
    timeout: float,
    tls: ssl.SSLContext,
) -> tuple[int, dict[str, str], bytes]:
    """Ask the first address that accepts a connection."""
    failure = FetchError("connection_failed", "the server could not be reached")
    for address in addresses:
        try:
            return _ask(url, address, headers, max_bytes, timeout, tls)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            if _is_certificate_error(error):
                failure = FetchError("tls_failed", "the server's certificate is not valid for this host")
        except httpx.TimeoutException:
            raise FetchError("timeout", f"the server did not answer within {timeout:g} seconds") from None
        except (
            httpx.HTTPError,
            httpx.StreamError,
            httpx.InvalidURL,
            ValueError,
            zlib.error,
        ):
            raise FetchError("bad_response", "the server's answer could not be read") from None
    raise failure from None


def _ask(
    url: httpx.URL,
    address: str,
    headers: Mapping[str, str],
    max_bytes: int,
    timeout: float,
    tls: ssl.SSLContext,
) -> tuple[int, dict[str, str], bytes]:
    pinned = url.copy_with(host=address.partition("%")[0], userinfo=b"", fragment=None)
    outgoing = {
        **headers,
        "host": url.netloc.decode("ascii"),
        "accept-encoding": "gzip, deflate",
    }
    auth = httpx.BasicAuth(url.username, url.password) if url.userinfo else None
    with (
        _Deadline(timeout) as deadline,
        _client(tls, timeout) as client,
    ):
        extensions: dict[str, Any] = {
            "sni_hostname": url.raw_host.decode("ascii").rstrip("."),
            "trace": deadline.watch,
        }
        request = client.build_request("GET", pinned, headers=outgoing, extensions=extensions)
        try:
            response = client.send(request, auth=auth, stream=True)
            try:
                body = b"" if response.status_code in _REDIRECTS else _read_body(response, max_bytes)
            finally:
                response.close()
        except (httpx.HTTPError, zlib.error, OSError):
            if deadline.passed:
                raise httpx.ReadTimeout("deadline") from None
            raise
        if deadline.passed:  # a body without a length ends quietly when the socket is shut
            raise httpx.ReadTimeout("deadline")
    return (
        response.status_code,
        {name.lower(): value for name, value in response.headers.items()},
        body,
    )


def _read_body(response: httpx.Response, max_bytes: int) -> bytes:
    """Read and decompress by ourselves: httpx inflates a whole chunk at once, a thousandfold in the worst case."""
    body = bytearray()
    for piece in _inflated(response.iter_raw(_CHUNK), response.headers.get("content-encoding", "")):
        body += piece
        if len(body) > max_bytes:
            raise BodyTooLarge(max_bytes)
    return bytes(body)


def _inflated(chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        yield from chunks
        return
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise FetchError("encoding_refused", "the server used a compression that was not asked for")
    window = zlib.MAX_WBITS | 16
    first = next(chunks, b"")
    if encoding == "deflate":
        # Servers disagree whether "deflate" has zlib's two-byte header (RFC 9110, section 8.4.1.2).
        zlib_header = len(first) >= 2 and first[0] & 0x0F == 8 and int.from_bytes(first[:2], "big") % 31 == 0
        window = zlib.MAX_WBITS if zlib_header else -zlib.MAX_WBITS
    data = first
    while data:
        inflater = zlib.decompressobj(window)
        yield from _member(inflater, data, chunks)
        if encoding == "deflate":
            return
        # A gzip answer may be several members in a row (RFC 1952, section 2.2); what else follows one is padding.
        data = inflater.unused_data
        while len(data) < len(_GZIP) and (more := next(chunks, b"")):
            data += more
        if not data.startswith(_GZIP):
            return


def _member(inflater: zlib._Decompress, data: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    while True:
        # At the end the tail may still hold what follows: to go on with it would never end.
        while data and not inflater.eof:
            yield inflater.decompress(data, _CHUNK)
            data = inflater.unconsumed_tail
        if inflater.eof:
            return
        data = next(chunks, b"")
        if not data:
            break
    yield inflater.flush(_CHUNK)
    if not inflater.eof:
        raise FetchError("bad_response", "the server's answer ended early")


class _Socket(Protocol):
    def shutdown(self, how: int) -> None: ...


class _Deadline:
    """Ends a connection after `seconds`, however slowly the server drips: httpx only limits each single read."""

    def __init__(self, seconds: float) -> None:
        self.passed = False
        self._socket: _Socket | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            self._socket = None

    def watch(self, event: str, info: Mapping[str, Any]) -> None:
        """httpcore's trace hook: remember the newest socket (TLS replaces the first one)."""
        if event in (
            "connection.connect_tcp.complete",
            "connection.start_tls.complete",
        ):
            with self._lock:
                self._socket = info["return_value"].get_extra_info("socket")
            if self.passed:
                self._end()

    def _end(self) -> None:
        self.passed = True
        with self._lock:
            if self._socket is not None:
                with suppress(OSError):  # already closed by the other side
                    self._socket.shutdown(socket.SHUT_RDWR)


@contextmanager
def _client(tls: ssl.SSLContext, timeout: float) -> Iterator[httpx.Client]:
    # One client per hop: no pool, so no connection outlives its check, and no cookie jar outlives its answer.
    with httpx.Client(
        verify=tls,
        timeout=timeout,
        trust_env=False,
        follow_redirects=False,
        http1=True,
        http2=False,
    ) as client:
        client.headers.clear()
        yield client


@lru_cache(maxsize=1)
def _default_tls() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


def _is_certificate_error(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
