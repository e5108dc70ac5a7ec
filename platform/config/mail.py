"""How e-mail leaves: EARSHOT_EMAIL_URL, or files under the project's home."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True, slots=True)
class Mail:
    """Django's settings for one way of sending. `folder` is None but for files."""

    backend: str
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = field(default="", repr=False)
    starttls: bool = False
    tls: bool = False
    folder: str | None = None


def from_url(url: str) -> Mail:
    """`smtp://user:password@host:587` (with STARTTLS), `smtps://…:465` (TLS from the start), `smtp+plain://…:25` (in
    the open, for a relay on this machine), or `file:///folder`; "" refuses to send.

    Raises ImproperlyConfigured, never repeating the URL, which holds a password.
    """
    if not url:
        return Mail("tenants.people.mail.NoBackend")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ImproperlyConfigured("EARSHOT_EMAIL_URL cannot be read; percent-encode what is special in it.") from None
    if parts.scheme == "file":
        if parts.netloc or not parts.path:
            raise ImproperlyConfigured("EARSHOT_EMAIL_URL names no folder; write file:///var/mail.")
        return Mail("tenants.people.mail.FileBackend", folder=unquote(parts.path))
    ports = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
    if parts.scheme not in ports or not parts.hostname:
        raise ImproperlyConfigured("EARSHOT_EMAIL_URL must be smtp://, smtps://, smtp+plain:// or file://.")
    return Mail(
        "django.core.mail.backends.smtp.EmailBackend",
        host=parts.hostname,
        port=port or ports[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        starttls=parts.scheme == "smtp",
        tls=parts.scheme == "smtps",
    )
