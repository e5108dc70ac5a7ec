from __future__ import annotations

import base64
import contextlib
import ipaddress
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from kernel.http import AddressRefused, BodyTooLarge, FetchError, Response, fetch

ONLY_THIS_HOST = (ipaddress.ip_network("127.0.0.1/32"),)
Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Site:
    """A real server on the loopback: paths answer as told, requests are remembered."""

    port: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str, host: str = "127.0.0.1", credentials: str = "") -> str:
        return f"http://{credentials}{host}:{self.port}{path}"

    def gives(self, path: str, body: bytes, status: int = 200, **headers: str) -> None:
        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            for name, value in headers.items():
                handler.send_header(name.replace("_", "-"), value)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)

        self.answers[path] = answer

    def redirects(self, path: str, location: str, status: int = 302) -> None:
        self.gives(path, b"moved", status, Location=location)


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.seen.append(
                (
                    self.path,
                    {name.lower(): value for name, value in self.headers.items()},
                )
            )
            with contextlib.suppress(OSError):  # the client hung up, as some tests want it to
                site.answers[self.path](self)

        def log_message(self, format: str, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield site
    site.release.set()
    server.shutdown()
    thread.join()
    server.server_close()


def visit(url: str, **options: object) -> Response:
    settings: dict[str, object] = {
        "allowed_networks": ONLY_THIS_HOST,
        "ports": None,
        "timeout": 10.0,
    }
    return fetch(url, **{**settings, **options})  # type: ignore[arg-type]


def code_of(url: str, **options: object) -> str:
    with pytest.raises(FetchError) as caught:
        visit(url, **options)
    return caught.value.code


def test_a_page_is_read_with_status_headers_and_address(site: Site) -> None:
    site.gives("/feed", b"<rss/>", ETag='"1"')
    answer = visit(site.url("/feed"))
    assert (answer.status, answer.body, answer.headers["etag"]) == (
        200,
        b"<rss/>",
        '"1"',
    )
    assert answer.url == site.url("/feed")


def test_a_missing_page_is_an_answer_not_an_error(site: Site) -> None:
    site.gives("/gone", b"no", 410)
    assert visit(site.url("/gone")).status == 410


def test_allow_private_opens_the_loopback(site: Site) -> None:
    site.gives("/", b"in")
    assert fetch(site.url("/"), allow_private=True, ports=None).body == b"in"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "0x7f.1",
        "2130706433",
        "[::ffff:127.0.0.1]",
        "[::1]",
        "0.0.0.0",  # noqa: S104
    ],
)
def test_without_leave_the_loopback_is_refused_in_every_notation(site: Site, host: str) -> None:
    site.gives("/", b"in")
    with pytest.raises(AddressRefused) as caught:
        fetch(site.url("/", host), ports=None)
    assert caught.value.code == "address_refused"
    assert site.seen == []


def test_one_private_address_among_public_ones_refuses_the_host(site: Site) -> None:
    with pytest.raises(AddressRefused):
        fetch(
            site.url("/", "shop.example"),
            ports=None,
            resolver=lambda *_: ("93.184.215.14", "127.0.0.1"),
        )
    assert site.seen == []


def test_the_connection_goes_to_the_checked_address_and_the_host_header_stays(
    site: Site,
) -> None:
    site.gives("/", b"pinned")
    asked: list[str] = []

    def resolver(host: str, port: int) -> tuple[str, ...]:
        asked.append(host)
        return ("127.0.0.1",) if len(asked) == 1 else ("10.0.0.1",)

    assert visit(site.url("/", "shop.example"), resolver=resolver).body == b"pinned"
    assert asked == ["shop.example"]
    assert site.seen[0][1]["host"] == f"shop.example:{site.port}"


def test_a_dead_address_is_followed_by_the_next(site: Site) -> None:
    site.gives("/", b"second")
    loopbacks = (ipaddress.ip_network("127.0.0.0/8"),)
    answer = visit(
        site.url("/", "shop.example"),
        resolver=lambda *_: ("127.0.0.9", "127.0.0.1"),
        allowed_networks=loopbacks,
    )
    assert answer.body == b"second"


def test_a_name_with_many_dead_addresses_is_given_up(site: Site) -> None:
    site.gives("/", b"at last")
    dead = tuple(f"127.0.0.{9 + number}" for number in range(4))
    loopbacks = (ipaddress.ip_network("127.0.0.0/8"),)
    url = site.url("/", "shop.example")
    assert code_of(url, resolver=lambda *_: (*dead, "127.0.0.1"), allowed_networks=loopbacks) == "connection_failed"
    answer = visit(url, resolver=lambda *_: (*dead[1:], "127.0.0.1"), allowed_networks=loopbacks)
    assert answer.body == b"at last"


def test_what_an_address_keeps_secret_is_not_logged(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.gives("/feed?token=invented", b"<rss/>")
    with caplog.at_level("DEBUG"):
        visit(site.url("/feed?token=invented"))
    assert site.seen[0][0] == "/feed?token=invented"
    assert "invented" not in caplog.text


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.2/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://10.0.0.1/x",
    ],
)
def test_a_redirect_to_a_private_address_is_refused(site: Site, target: str) -> None:
    site.redirects("/", target)
    assert code_of(site.url("/")) == "address_refused"


def test_a_private_host_that_is_let_in_cannot_send_us_to_another(site: Site) -> None:
    site.redirects("/", f"http://127.0.0.2:{site.port}/")
    site.redirects("/again", "/end")
    site.gives("/end", b"end")
    assert fetch(f"http://127.0.0.1:{site.port}/again", allow_private=True, ports=None).body == b"end"
    with pytest.raises(FetchError) as refusal:
        fetch(f"http://127.0.0.1:{site.port}/", allow_private=True, ports=None)
    assert refusal.value.code in ("address_refused", "port_refused")


@pytest.mark.parametrize("target", ["file:///etc/passwd", "gopher://127.0.0.1/", "ftp://127.0.0.1/"])
def test_a_redirect_to_another_scheme_is_refused(site: Site, target: str) -> None:
    site.redirects("/", target)
    assert code_of(site.url("/")) == "scheme_refused"


def test_redirects_are_followed_but_not_for_ever(site: Site) -> None:
    for number in range(7):
        site.redirects(f"/{number}", f"/{number + 1}", 301 if number % 2 else 308)
    site.gives("/7", b"end")
    assert visit(site.url("/2")).url == site.url("/7")
    site.seen.clear()
    assert code_of(site.url("/1")) == "too_many_redirects"
    assert len(site.seen) == 6


def test_ports_other_than_the_webs_are_refused_unless_allowed(site: Site) -> None:
    site.gives("/", b"")
    with pytest.raises(AddressRefused) as caught:
        fetch(site.url("/"), allow_private=True)
    assert caught.value.code == "port_refused"
    assert fetch(site.url("/"), allow_private=True, ports=frozenset({site.port})).status == 200


def test_a_long_body_is_cut_off(site: Site) -> None:
    site.gives("/", b"x" * 1000)
    assert len(visit(site.url("/"), max_bytes=1000).body) == 1000
    with pytest.raises(BodyTooLarge):
        visit(site.url("/"), max_bytes=999)


def test_a_body_without_end_is_cut_off(site: Site) -> None:
    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not site.release.is_set():
            handler.wfile.write(b"x" * 65_536)

    site.answers["/"] = endless
    with pytest.raises(BodyTooLarge):
        visit(site.url("/"), max_bytes=200_000)


@pytest.mark.parametrize("part", ["headers", "body"])
def test_a_server_that_drips_is_left_after_the_deadline(site: Site, part: str) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        if part == "body":
            handler.send_response(200)
            handler.end_headers()
        else:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not site.release.wait(0.02):
            handler.wfile.write(b"x")
            handler.wfile.flush()

    site.answers["/"] = drip
    assert code_of(site.url("/"), timeout=0.3) == "timeout"


def test_a_server_that_says_nothing_is_left(site: Site) -> None:
    def wait(handler: BaseHTTPRequestHandler) -> None:
        site.release.wait()

    site.answers["/"] = wait
    assert code_of(site.url("/"), timeout=0.3) == "timeout"


def test_nonsense_from_the_server_is_a_typed_error(site: Site) -> None:
    def greet(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"SSH-2.0-hello\r\n")

    site.answers["/"] = greet
    assert code_of(site.url("/")) == "bad_response"


def test_a_closed_port_is_a_typed_error(site: Site) -> None:
    assert code_of("http://127.0.0.1:1/") == "connection_failed"


def test_a_name_without_address_is_a_typed_error() -> None:
    def nothing(host: str, port: int) -> tuple[str, ...]:
        raise OSError("no such host")

    assert code_of("http://nowhere.example/", resolver=nothing) == "host_not_found"


def test_it_says_who_it_is_and_sends_the_callers_headers(site: Site) -> None:
    site.gives("/", b"")
    visit(
        site.url("/"),
        user_agent="Earshot/0.1 (+https://agency.example)",
        headers={"If-None-Match": '"7"'},
    )
    _, headers = site.seen[0]
    assert headers["user-agent"] == "Earshot/0.1 (+https://agency.example)"
    assert headers["if-none-match"] == '"7"'


def test_cookies_are_not_kept(site: Site) -> None:
    site.gives("/", b"moved", 302, Location="/next", Set_Cookie="session=1; Path=/")
    site.gives("/next", b"")
    visit(site.url("/"))
    assert [path for path, headers in site.seen] == ["/", "/next"]
    assert "cookie" not in site.seen[1][1]


def test_proxies_of_the_environment_are_ignored(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    site.gives("/", b"direct")
    assert visit(site.url("/")).body == b"direct"


def test_credentials_reach_their_own_origin_only_and_no_message(site: Site) -> None:
    site.redirects("/", "/inside")
    site.redirects("/inside", site.url("/outside", "other.example"))
    site.gives("/outside", b"")
    answer = visit(
        site.url("/", "shop.example", "reader:s3cret@"),
        headers={"X-Token": "t0ken", "Accept": "text/xml"},
        resolver=lambda *_: ("127.0.0.1",),
    )
    expected = "Basic " + base64.b64encode(b"reader:s3cret").decode()
    assert [headers.get("authorization") for _, headers in site.seen] == [
        expected,
        expected,
        None,
    ]
    assert [headers.get("x-token") for _, headers in site.seen] == [
        "t0ken",
        "t0ken",
        None,
    ]
    assert [headers.get("accept") for _, headers in site.seen] == ["text/xml"] * 3
    assert "s3cret" not in answer.url


@pytest.mark.parametrize(
    "url",
    [
        "ftp://reader:s3cret@shop.example/",
        "http://reader:s3cret@127.0.0.1/",
        "http://reader:s3cret@shop.example:99/",
        "http://reader:s3cret@[broken/",
        "http://reader:s3cret@shop.example/" + "x" * 9000,
        "//reader:s3cret@shop.example/",
        "http://reader:s3cret@",
        "http://reader:s3cret@shop.example:0/",
        "http://reader:s3cret@shop.exa\x00mple/",
        "",
    ],
)
def test_errors_never_repeat_the_address(url: str) -> None:
    with pytest.raises(FetchError) as caught:
        fetch(url, resolver=lambda host, _: (host,))
    assert "s3cret" not in repr(caught.value) + str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
