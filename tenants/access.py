"""Who is asking, and which of the agency's things they may touch. Pure: no query is made here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

RANK = {"viewer": 0, "analyst": 1, "manager": 2, "owner": 3}
_NO_ROLES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller: a key, or a person who signed in.

    `role` holds in the whole agency, or at the clients in `client_ids` where a key is bound to some; None for a person
    who has roles at single clients only. `client_roles` are those, by client id. `scopes`, written `mentions:read` or
    `queries:write`, narrow a key down further; None: all that the role may.
    """

    id: str
    agency_id: str
    role: str | None
    client_ids: frozenset[str] | None = None
    client_roles: Mapping[str, str] = field(default_factory=lambda: _NO_ROLES)
    scopes: frozenset[str] | None = None
    is_person: bool = False
    is_authenticated: bool = True

    @property
    def reach(self) -> frozenset[str] | None:
        """The ids of the only clients the caller reaches; None: all of the agency's."""
        return frozenset(self.client_roles) if self.role is None else self.client_ids

    def reaches(self, client_id: str) -> bool:
        return self.reach is None or client_id in self.reach

    def role_at(self, client_id: str | None) -> str | None:
        """The higher of the roles in the agency and at this client; without a client, the agency's or, failing that,
        the highest at any client."""
        own = [self.client_roles.get(client_id)] if client_id else [] if self.role else [*self.client_roles.values()]
        return max((role for role in (self.role, *own) if role is not None), key=RANK.__getitem__, default=None)

    def may(self, role: str, client_id: str | None = None) -> bool:
        """Whether the caller's role, at this client or in the agency, is `role` or above."""
        own = self.role_at(client_id)
        return own is not None and RANK[own] >= RANK[role]

    def may_somewhere(self, role: str) -> bool:
        """Whether the caller's role, in the agency or at any one client, is `role` or above."""
        return any(RANK[own] >= RANK[role] for own in (self.role, *self.client_roles.values()) if own is not None)

    def has_scope(self, resource: str, *, writing: bool) -> bool:
        """Whether the caller's scopes let it read, or write, this kind of thing. Who may write may read."""
        if self.scopes is None:
            return True
        return f"{resource}:write" in self.scopes or (not writing and f"{resource}:read" in self.scopes)
