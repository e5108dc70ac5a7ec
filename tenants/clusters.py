"""Which cluster a client's schema is in."""

from __future__ import annotations

from typing import Any, Protocol


class Reads(Protocol):
    """Runs one statement in the first cluster's public schema, outside of any transaction."""

    def __call__(self, statement: str, parameters: list[Any], /) -> list[tuple[Any, ...]]: ...


def cluster_of(schema: str, read: Reads) -> str | None:
    """The alias of the cluster that has this client's schema, None where no committed client has one of this name. For
    `kernel.db`, which knows no clients."""
    rows = read("SELECT cluster FROM public.tenants_client WHERE schema_name = %s", [schema])
    return str(rows[0][0]) if rows else None
