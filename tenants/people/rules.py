"""Who may give which role to whom. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from tenants.access import RANK, Caller

LEAST = "manager"


def may_grant(caller: Caller, role: str, client_id: str | None) -> bool:
    """Whether the caller may give, or take, this role at this client, or in the whole agency: managers and above, and
    nobody a role above their own."""
    if client_id is None:
        own = caller.role if caller.reach is None else None
    else:
        own = caller.role_at(client_id) if caller.reaches(client_id) else None
    return own is not None and RANK[own] >= RANK[LEAST] and RANK[own] >= RANK[role]


def managed_clients(caller: Caller) -> frozenset[str] | None:
    """The clients whose people the caller looks after; None: the whole agency."""
    if caller.role is not None and RANK[caller.role] >= RANK[LEAST]:
        return caller.reach
    return frozenset(client_id for client_id in caller.client_roles if may_grant(caller, "viewer", client_id))


def highest(roles: Iterable[str]) -> str:
    """Raises ValueError for none."""
    return max(roles, key=RANK.__getitem__)
