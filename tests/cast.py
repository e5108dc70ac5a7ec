"""The cast of the tests: one agency with two clients and a key per role, and an outsider with a client of its own."""

from __future__ import annotations

from dataclasses import dataclass, field

from tenants import services
from tenants.models import Agency, Client, Role, User

PASSWORD = "a long enough pass phrase"


@dataclass(frozen=True)
class Cast:
    """`keys` and `other_keys` map a role to an API key's text. `bound_key` is an owner's key good for `client` only."""

    agency: Agency
    owner: User
    client: Client
    second_client: Client
    keys: dict[str, str]
    bound_key: str
    other: Agency
    other_client: Client
    other_keys: dict[str, str] = field(default_factory=dict)


def assemble() -> Cast:
    """Sign both agencies up, as a person would."""
    agency, owner, _ = services.sign_up(agency_name="Northlight", email="owner@northlight.example", password=PASSWORD)
    other, outsider, _ = services.sign_up(agency_name="Farshore", email="owner@farshore.example", password=PASSWORD)
    client, second = (
        services.create_client(
            agency_id=agency.id, name=name, locale="en-GB", time_zone="Europe/London", actor=owner.id
        )
        for name in ("Juniper Bakery", "Harbour Bikes")
    )
    stranger = services.create_client(
        agency_id=other.id, name="Quiet Books", locale="de-DE", time_zone="Europe/Berlin", actor=outsider.id
    )
    return Cast(
        agency=agency,
        owner=owner,
        client=client,
        second_client=second,
        keys={role: _key(agency, role, owner) for role in Role.values},
        bound_key=services.issue_key(
            agency_id=agency.id, name="bound", role=Role.OWNER, actor=owner.id, clients=[client]
        )[1].text,
        other=other,
        other_client=stranger,
        other_keys={role: _key(other, role, outsider) for role in Role.values},
    )


def _key(agency: Agency, role: str, actor: User) -> str:
    return services.issue_key(agency_id=agency.id, name=role, role=role, actor=actor.id)[1].text
