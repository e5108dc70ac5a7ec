"""How often something may be tried from one network address. Counted by all processes together; no address is kept,
only a keyed digest of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from django.db import connection
from django.utils import timezone
from django.utils.crypto import salted_hmac

from tenants.models import AttemptWindow

WINDOW = timedelta(minutes=10)
# Per window. An office behind one address signs in together on a Monday; nobody asks for that many e-mails.
LIMITS = {"sign_in": 100, "token": 100, "mail": 20}

_COUNT = """
INSERT INTO public.tenants_attemptwindow AS known (digest, began_at, attempts) VALUES (%(digest)s, %(now)s, 1)
ON CONFLICT (digest) DO UPDATE SET
    attempts = CASE WHEN known.began_at > %(lapsed)s THEN known.attempts + 1 ELSE 1 END,
    began_at = CASE WHEN known.began_at > %(lapsed)s THEN known.began_at ELSE %(now)s END
RETURNING attempts, began_at
"""


def count(kind: str, subject: str, *, now: datetime) -> tuple[int, datetime]:
    """Count one more; returns how many there were in this window, and when it ends."""
    digest = salted_hmac("tenants.people.throttle", f"{kind}:{subject}", algorithm="sha256").hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"digest": digest, "now": now, "lapsed": now - WINDOW})
        attempts, began_at = cursor.fetchone()
    return attempts, began_at + WINDOW


def seconds_to_wait(kind: str, address: str, *, now: datetime | None = None) -> int | None:
    """Count one more of this kind (a key of LIMITS) from this address; how long to wait where it is one too many."""
    now = now or timezone.now()
    attempts, ends_at = count(kind, network_of(address), now=now)
    return None if attempts <= LIMITS[kind] else max(1, round((ends_at - now).total_seconds()))


def network_of(address: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 that one subscriber has in IPv6."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    mapped = getattr(parsed, "ipv4_mapped", None)
    if mapped is not None:
        return str(mapped)
    return str(parsed) if parsed.version == 4 else str(ip_network((parsed, 64), strict=False))


def forget_lapsed(*, now: datetime) -> int:
    """Delete windows that count no more; returns how many."""
    return AttemptWindow.objects.filter(began_at__lte=now - WINDOW).delete()[0]
