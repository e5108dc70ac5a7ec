"""A client's host names: one that is made for it, and one of its own once somebody has proved to own it."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac

from kernel import http
from kernel.errors import Conflict, ValidationFailed
from tenants import hostnames
from tenants.audit import record
from tenants.lifecycle.rows import lock
from tenants.models import Client, Domain

# Letters and digits that nobody takes for one another.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_SUFFIX = 6
_PROOF_BYTES = 4096
_PROOF_SECONDS = 5.0
_REDIRECTS = 2

Reader = Callable[[str], http.Response]


class DomainNotProved(Conflict):
    """One answer for a proof that is not there and for a name that another client has: nobody learns who has which."""

    code = "domain_not_proved"
    title = "This host name was not proved to be yours, or cannot be used here"


def give_host_name(client: Client) -> Domain:
    """Make the client's own host name below EARSHOT_CLIENT_DOMAIN, from its name and six random letters: nobody can
    guess whether there is a client of some name."""
    tail = "".join(secrets.choice(_ALPHABET) for _ in range(_SUFFIX))
    made: Domain = Domain.objects.create(
        domain=f"{hostnames.slug(client.name)}-{tail}.{settings.CLIENT_DOMAIN}", tenant=client, is_primary=True
    )
    return made


def host_name(client: Client) -> str | None:
    """The name under which the client is served: its own where that is proved, else the one made for it."""
    if "host" in client.__dict__:  # read with the client, see `tenants.selectors.clients_of`
        known: str | None = client.host
        return known
    names = Domain.objects.filter(tenant=client, is_primary=True).values_list("domain", flat=True)[:1]
    return next(iter(names), None)


def checked(written: str) -> str:
    """A host name of the client's own, in ASCII. Raises ValidationFailed for one that can never be used here."""
    name = hostnames.in_ascii(written)
    portal = urlsplit(settings.PORTAL_URL).hostname or settings.CLIENT_DOMAIN
    ours = [settings.CLIENT_DOMAIN, portal, *(host for host in settings.ALLOWED_HOSTS if host != "*")]
    if name is None or any(hostnames.is_within(name, host) for host in ours):
        raise ValidationFailed.of(
            "/domain", "This cannot be used as a host name here; write it like listen.example.org.", code="bad_domain"
        )
    return name


def claim(client: Client, written: str | None) -> None:
    """Note the host name that the client wants, or, for None, give up what it had of its own. The caller saves the row.
    Anybody may claim any name: until it is proved it serves nothing and keeps nobody from it."""
    name = checked(written) if written is not None else ""
    own = Domain.objects.filter(tenant=client, is_primary=True).first()
    if own is not None and own.domain == name:
        client.pending_domain = ""
        return
    client.pending_domain = name
    if written is None and own is not None and _is_custom(own):
        own.delete()
        first = Domain.objects.filter(tenant=client).order_by("id").first() or give_host_name(client)
        first.is_primary = True
        first.save()


def proof_of(client: Client) -> tuple[str, str]:
    """Where the proof for the claimed name has to be, and what it has to say."""
    said = salted_hmac("tenants.domain", f"{client.id} {client.pending_domain}", algorithm="sha256").hexdigest()
    return f"http://{client.pending_domain}/.well-known/earshot-domain.txt", said


def read_proof(url: str) -> http.Response:
    """Fetch a proof from the open internet. Raises kernel.http.FetchError."""
    return http.fetch(url, max_bytes=_PROOF_BYTES, timeout=_PROOF_SECONDS, max_redirects=_REDIRECTS)


def prove_domain(*, client: Client, actor: str, read: Reader = read_proof) -> str:
    """Look for the proof on the claimed host, and serve the client under that name from now on; returns the name.

    Raises Conflict where no name was claimed or the client is on its way out, DomainNotProved where the proof is not
    there or another client has proved to own the name before.
    """
    if not client.pending_domain:
        raise Conflict("No host name was claimed for this client.")
    name = client.pending_domain
    if not _is_proved(client, read):
        raise DomainNotProved()
    with transaction.atomic():
        lock(client)
        if client.pending_domain != name or client.status in (Client.Status.DELETING, Client.Status.PURGING):
            raise Conflict("The client was changed meanwhile.")
        settle(client=client, actor=actor)
    return name


@transaction.atomic
def settle(*, client: Client, actor: str) -> None:
    """Serve the client under the name it claimed, whose proof somebody has seen. Raises DomainNotProved where another
    client has it."""
    name = client.pending_domain
    for domain in Domain.objects.filter(tenant=client).exclude(domain=name):
        if _is_custom(domain):
            domain.delete()
    try:
        with transaction.atomic():
            Domain.objects.create(domain=name, tenant=client, is_primary=True)
    except IntegrityError:
        raise DomainNotProved() from None
    client.pending_domain = ""
    client.save(update_fields=["pending_domain", "updated_at"])
    record(agency_id=client.agency_id, actor=actor, action="client.domain_proved", client_id=client.id)


def _is_custom(domain: Domain) -> bool:
    # The one that was made is the client's first, also where EARSHOT_CLIENT_DOMAIN is another one now.
    return bool(Domain.objects.filter(tenant_id=domain.tenant_id, id__lt=domain.id).exists())


def _is_proved(client: Client, read: Reader) -> bool:
    url, expected = proof_of(client)
    try:
        answer = read(url)
    except http.FetchError:
        return False
    # A redirect to somewhere else is another host's word.
    host = answer.url.partition("://")[2].partition("/")[0].partition(":")[0].lower()
    return (
        answer.status == 200
        and host == client.pending_domain
        and hmac.compare_digest(answer.body.strip(), expected.encode())
    )
