"""A client's rows in the public schema: the client itself, its brand, its host names.

People, keys and invitations are the agency's and stay with it; so do the audit log and what plans meter. Summaries and
meters of what is there are told anew by the client's own actors.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from tenants.archive.refusal import DAMAGED, ArchiveRefused
from tenants.models import Agency, Branding, Client, Domain

_CLIENT = ("id", "schema_name", "name", "locale", "time_zone", "suspended_at", "agency_id", "created_at", "updated_at")
_BRANDING = ("name", "primary", "accent", "logo", "updated_at")
_DOMAIN = ("domain", "is_primary")


def of_client(client: Client) -> dict[str, Any]:
    return _written(client, _CLIENT)


def of_branding(client: Client) -> dict[str, Any] | None:
    brand = Branding.objects.filter(client=client).first()
    return None if brand is None else _written(brand, _BRANDING)


def of_domains(client: Client) -> tuple[dict[str, Any], ...]:
    return tuple(_written(domain, _DOMAIN) for domain in Domain.objects.filter(tenant=client).order_by("id"))


def make_client(row: Mapping[str, Any], *, agency: Agency, cluster: str, wrapped_key: bytes) -> Client:
    """The client's row again, with its id; a deletion that was under way is not taken up again. Raises ArchiveRefused
    for one that could not be."""
    values = _read(Client, row, [name for name in _CLIENT if name != "agency_id"])
    # Saving sets both to now.
    times = {name: values.pop(name) for name in ("created_at", "updated_at")}
    client = Client(
        **values,
        agency=agency,
        cluster=cluster,
        wrapped_key=wrapped_key,
        status=Client.Status.SUSPENDED if values["suspended_at"] else Client.Status.ACTIVE,
    )
    _checked(client)
    client.save(force_insert=True)
    Client.objects.filter(pk=client.pk).update(**times)
    client.refresh_from_db()
    return client


def make_rest(
    client: Client,
    *,
    branding: Mapping[str, Any] | None,
    domains: tuple[Mapping[str, Any], ...],
) -> None:
    """Brand and host names of a client just made. Raises ArchiveRefused for what could not be."""
    if branding is not None:
        brand = Branding(**_read(Branding, branding, _BRANDING), agency=client.agency, client=client)
        _checked(brand)
        times = {"updated_at": brand.updated_at}
        brand.save(force_insert=True)
        Branding.objects.filter(pk=brand.pk).update(**times)
    for row in domains:
        domain = Domain(**_read(Domain, row, _DOMAIN), tenant=client)
        if Domain.objects.filter(domain=domain.domain).exists():
            raise ArchiveRefused(f"The host name {domain.domain} belongs to another client here.")
        _checked(domain)
        domain.save(force_insert=True)


def _written(instance: models.Model, fields: Any) -> dict[str, Any]:
    return {name: _plain(getattr(instance, name)) for name in fields}


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return {"base64": base64.b64encode(bytes(value)).decode("ascii")}
    return value.isoformat() if isinstance(value, date | datetime) else value


def _read(model: type[models.Model], row: Mapping[str, Any], fields: Any) -> dict[str, Any]:
    try:
        return {name: _one(model, name, row[name]) for name in fields}
    except (KeyError, ValidationError, ValueError, TypeError, binascii.Error):
        raise ArchiveRefused(f"{DAMAGED}: a row of {model._meta.label} cannot be read.") from None


def _one(model: type[models.Model], name: str, value: Any) -> Any:
    field: Any = model._meta.get_field(name)
    if isinstance(field, models.BinaryField):
        return None if value is None else base64.b64decode(value["base64"], validate=True)
    return field.to_python(value)


def _checked(instance: models.Model) -> None:
    """What the model itself asks of a row; uniqueness is told of by whoever makes it."""
    try:
        instance.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        wrong = ", ".join(sorted(error.message_dict))
        raise ArchiveRefused(f"A row of {instance._meta.label} is not valid here: {wrong}.") from None
