"""Host names: made from a client's name, and checked where an agency brings its own. Pure."""

from __future__ import annotations

import re
import unicodedata
from ipaddress import ip_address

MOST_CHARACTERS = 253
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_SLUG_CHARACTERS = 40
# An address, or a telephone number: whoever names a client so gets a host name that does not tell.
_PERSONAL = re.compile(r"@|(?:\d[\s()./-]*){7}")
# Names that never leave a network, or belong to no one (RFC 6761, RFC 6762, RFC 8375, RFC 9476).
_SPECIAL = frozenset({"localhost", "local", "internal", "invalid", "onion", "alt", "arpa", "home", "lan", "corp"})


def slug(name: str) -> str:
    """The readable part of a client's host name: ASCII letters and digits, at most 40 of them with hyphens between,
    which IDNA leaves as they are; "client" where the name holds none, or what looks like an address or number of a
    person."""
    if _PERSONAL.search(name):
        return "client"
    plain = unicodedata.normalize("NFKD", name.casefold().replace("ß", "ss")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_SLUG_CHARACTERS].strip("-") or "client"


def in_ascii(written: str) -> str | None:
    """A host name in lower-case ASCII, other scripts in IDNA; None for what is none, or cannot be on the open internet:
    a single label, an address, a special name."""
    try:
        name = written.strip().rstrip(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None
    labels = name.split(".")
    if len(name) > MOST_CHARACTERS or len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        return None
    if labels[-1] in _SPECIAL or not re.search("[a-z]", labels[-1]) or _is_address(name):
        return None
    return name


def of_header(host: str) -> str:
    """The name in a Host header, without port, in lower case; "" for what is no name."""
    name = host.partition(":")[0].rstrip(".").lower()
    return name if all(_LABEL.fullmatch(label) for label in name.split(".")) and len(name) <= MOST_CHARACTERS else ""


def is_within(name: str, parent: str) -> bool:
    """Whether a host name is `parent` or below it; a leading dot of `parent` says nothing more."""
    parent = parent.lstrip(".").lower()
    return bool(parent) and (name == parent or name.endswith(f".{parent}"))


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
