"""Web addresses in one form, so that `site:` and `links:` mean the same host and path however they are written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import quote_from_bytes, unquote_to_bytes

MAX_ADDRESS = 300  # characters of an address in its one form
_MAX_LABELS = 10
_MAX_SEGMENTS = 16

_ADDRESS = re.compile(r"(?:https?://|(?<![\w.@/-])www\.)[^\s<>\"“”„«»{}|\\^`\x00-\x1f\x7f]+", re.IGNORECASE)
_TRAILING = ".,;:!?'’*_~…。、，！？」』）"
_SCHEME = re.compile(r"\A[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)*")
_SLASHES = re.compile(r"/+")
# What senders of newsletters and share buttons add; two links that differ in it lead to the same page.
_TRACKING = re.compile(r"utm_\w*|fbclid|gclid|dclid|msclkid|igshid|igsh|mc_cid|mc_eid|ref_src|ref_url|yclid|twclid")
_SAFE_IN_PATH = "/@:,;!$'*+=~-._"
_SAFE_IN_PAIR = "/@:,;!$'*~-._"


def addresses_in(text: str) -> Iterator[str]:
    """The web addresses in a text (with a scheme or `www.`), as they are written, without the punctuation that ends
    the sentence. Linear."""
    for found in _ADDRESS.finditer(text):
        yield trimmed(found[0])


def trimmed(address: str) -> str:
    """Without the punctuation after it, and without closing brackets that it does not open."""
    address = address.rstrip(_TRAILING)
    if address[-1:] in ")]":
        bare = address.rstrip(f")]{_TRAILING}")
        opened = bare.count("(") - bare.count(")")
        address = bare + ")" * (opened if address.startswith(")", len(bare)) and opened > 0 else 0)
    return address


def normal(address: str) -> str:
    """An address or a part of it (a host, a host and a path) in its one form: `host`, `host/path`, `host/path?query`.

    Without scheme, user, port, `www.`, fragment, tracking parameters and slash at the end; folded; parameters sorted;
    percent signs only where they are needed. Idempotent and linear. "" for what is no address or is longer than
    MAX_ADDRESS.
    """
    if len(address) > 4 * MAX_ADDRESS:
        return ""
    text = _SCHEME.sub("", address.strip(), count=1)
    text = text.partition("#")[0]
    text, _, query = text.partition("?")
    host, _, path = text.partition("/")
    host = _host(host)
    if not host:
        return ""
    path = _SLASHES.sub("/", _coded(path, _SAFE_IN_PATH)).strip("/")
    pairs = sorted({pair for part in query.split("&") if (pair := _pair(part))})
    whole = host + (f"/{path}" if path else "") + (f"?{'&'.join(pairs)}" if pairs else "")
    return whole if len(whole) <= MAX_ADDRESS else ""


def site_keys(address: str) -> frozenset[str]:
    """All that `site:` and `links:` can name an address by: its host, the domains above it, the paths above it, and
    the address itself. Empty for what is no address."""
    whole = normal(address)
    if not whole:
        return frozenset()
    above = whole.partition("?")[0]
    host, _, path = above.partition("/")
    labels = host.split(".")
    keys = {".".join(labels[index:]) for index in range(max(0, len(labels) - _MAX_LABELS), len(labels))}
    keys.update((host, above, whole))
    for segment in path.split("/")[:_MAX_SEGMENTS] if path else ():
        host += f"/{segment}"
        keys.add(host)
    return frozenset(keys)


link_keys = site_keys


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _host(host: str) -> str:
    host = host.rpartition("@")[2].partition(":")[0]
    host = _folded(host.strip(".")).strip(".")
    host = _folded(".".join(map(_label, host.split("."))))
    while host.startswith("www."):
        host = host[4:]
    return host if _HOST.fullmatch(host) else ""


def _label(label: str) -> str:
    """`xn--…` in the letters it stands for."""
    if label.startswith("xn--"):
        try:
            return label[4:].encode("ascii").decode("punycode")
        except UnicodeError:
            return label
    return label


def _coded(text: str, safe: str) -> str:
    plain = unquote_to_bytes(text.encode("utf-8", "surrogatepass")).decode("utf-8", "replace")
    return re.sub(
        rf"[^\w{re.escape(safe)}]+", lambda found: quote_from_bytes(found[0].encode(), safe="").lower(), _folded(plain)
    )


def _pair(pair: str) -> str:
    name, equals, value = pair.partition("=")
    name = _coded(name, _SAFE_IN_PAIR)
    if not name or _TRACKING.fullmatch(name):
        return ""
    return name + (f"={_coded(value, _SAFE_IN_PAIR)}" if equals else "")
