from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kernel.http import FetchError, Response, fetch

ONLY_THIS_HOST = (ipaddress.ip_network("127.0.0.1/32"),)


def visit(url: str, to: str | None = None, tls: ssl.SSLContext | None = None) -> Response:
    return fetch(
        url,
        allowed_networks=ONLY_THIS_HOST,
        ports=None,
        tls=tls,
        resolver=lambda host, _: (to or host,),
    )


def code_of(url: str, to: str | None = None, tls: ssl.SSLContext | None = None) -> str:
    with pytest.raises(FetchError) as caught:
        visit(url, to, tls)
    return caught.value.code


@dataclass(frozen=True)
class Paper:
    certificate: Path
    authority: bytes


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Paper:
    """A certificate for shop.example and the authority that signed it."""
    start = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    end = dt.datetime(2120, 1, 1, tzinfo=dt.UTC)
    ca_key, key = (
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP256R1()),
    )
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Invented authority")])
    base = x509.CertificateBuilder().issuer_name(ca_name).not_valid_before(start).not_valid_after(end)
    usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
    identifier = x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key())
    authority = (
        base.subject_name(ca_name)
        .public_key(ca_key.public_key())
        .serial_number(1)
        .add_extension(x509.BasicConstraints(True, None), True)
        .add_extension(usage, True)
        .add_extension(identifier, False)
        .sign(ca_key, hashes.SHA256())
    )
    leaf = (
        base.subject_name(x509.Name([]))
        .public_key(key.public_key())
        .serial_number(2)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("shop.example")]), True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier),
            False,
        )
        .sign(ca_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    certificate = tmp_path_factory.mktemp("tls") / "leaf.pem"
    certificate.write_bytes(private + leaf.public_bytes(pem))
    return Paper(certificate, authority.public_bytes(pem))


@pytest.fixture
def secure_port(paper: Paper) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"secret page")

        def log_message(self, format: str, *args: object) -> None: ...

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None: ...

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(paper.certificate)
    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_certificate_is_checked_against_the_name_not_the_address(paper: Paper, secure_port: int) -> None:
    trusting = ssl.create_default_context(cadata=paper.authority.decode())

    page = visit(f"https://shop.example:{secure_port}/", "127.0.0.1", trusting)
    assert page.body == b"secret page"
    assert page.url == f"https://shop.example:{secure_port}/"
    assert code_of(f"https://other.example:{secure_port}/", "127.0.0.1", trusting) == "tls_failed"
    assert code_of(f"https://127.0.0.1:{secure_port}/", tls=trusting) == "tls_failed"
    assert code_of(f"https://shop.example:{secure_port}/", "127.0.0.1") == "tls_failed"
