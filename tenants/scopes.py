"""What a key may do beyond its role: `<resource>:read` or `<resource>:write`. Pure: no query is made here."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from kernel.errors import FieldProblem, NotAllowed
from tenants.access import RANK, Caller


class MissingScope(NotAllowed):
    """The key's role would do, but its scopes do not hold what is needed."""

    code = "missing_scope"
    title = "This key lacks a scope"

    def __init__(self, scope: str) -> None:
        super().__init__(f"This key needs the scope {scope}.", members={"scope": scope})


def scope(resource: str, *, writing: bool) -> str:
    return f"{resource}:{'write' if writing else 'read'}"


def check_passes_on(caller: Caller, *, role: str, scopes: Collection[str]) -> None:
    """Raises NotAllowed where a key of this role and these scopes (empty: all that the role may) could do what the
    caller, who is about to make, change or renew it, cannot do."""
    problems = []
    if caller.role is None or RANK[role] > RANK[caller.role]:
        problems.append(FieldProblem("/role", "beyond_own", "You cannot give a role above your own."))
    if caller.scopes is not None and not scopes:
        problems.append(FieldProblem("/scopes", "beyond_own", "Your key has scopes, so name some of those."))
    for index, wanted in enumerate(scopes):
        resource, _, right = wanted.partition(":")
        if not caller.has_scope(resource, writing=right == "write"):
            problems.append(FieldProblem(f"/scopes/{index}", "beyond_own", f"Your key does not have {wanted} itself."))
    if problems:
        raise NotAllowed("A key cannot give more than it has itself.", fields=tuple(problems))


def in_order(scopes: Iterable[str]) -> list[str]:
    """Each scope once, sorted, without a `read` that a `write` implies."""
    wanted = set(scopes)
    implied = {name.removesuffix(":write") + ":read" for name in wanted if name.endswith(":write")}
    return sorted(wanted - implied)
