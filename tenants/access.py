"""Who is asking, and which of the agency's things they may touch. Pure: no query is made here."""

from __future__ import annotations

from dataclasses import dataclass

RANK = {"viewer": 0, "analyst": 1, "manager": 2, "owner": 3}


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller: the key's public id, its agency, its role, and the clients it is bound to
    (None: all clients of the agency)."""

    id: str
    agency_id: str
    role: str
    client_ids: frozenset[str] | None = None
    is_authenticated: bool = True

    def may(self, role: str) -> bool:
        """Whether the caller's role is `role` or above."""
        return RANK[self.role] >= RANK[role]

    def reaches(self, client_id: str) -> bool:
        return self.client_ids is None or client_id in self.client_ids
