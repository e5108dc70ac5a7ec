"""What no room above `tenants` may write: a switch of its own, work as the owner, SQL that names a schema."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# What switches, opens a way around the switch, or works as the owner; by the name that is imported or called.
_NAMES = {
    "schema_context", "tenant_context", "set_schema", "set_tenant", "set_schema_to_public", "as_owner", "owning",
    "keep_owner", "trusting", "forget_applied", "psycopg", "django_tenants",
}  # fmt: skip
_SENDING = {"execute", "executemany", "copy", "stream", "raw", "RawSQL", "extra", "RunSQL"}
_TABLES = re.compile(
    r"\b(?:FROM|JOIN|INTO|UPDATE|COPY|TABLE|TRUNCATE|USING|ONLY|CALL)\s+\"?[A-Za-z_]\w*\"?\s*\.\s*\"?\w"
)
_SETTING = re.compile(r"\b(?:search_path|SET\s+(?:LOCAL\s+|SESSION\s+)?ROLE|RESET\s+ROLE|set_config)\b")
_PUBLIC = re.compile(r"\bpublic\s*\.\s*\"?\w")
_HOLE = "hole"


@dataclass(frozen=True, slots=True)
class Finding:
    """Where something is that must not be there."""

    line: int
    what: str


def findings(source: str) -> list[Finding]:
    """What a module's text breaks, in order of lines."""
    return sorted(set(_walk(ast.parse(source))), key=lambda found: (found.line, found.what))


def look(folder: Path) -> dict[str, list[Finding]]:
    """The findings of all modules below a folder, by path."""
    found = {path: findings(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.py"))}
    return {str(path.relative_to(folder.parent)): each for path, each in found.items() if each}


def _walk(tree: ast.Module) -> Iterator[Finding]:
    prose = set(_docstrings(tree))
    inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    sent = {
        id(part)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and _called(call) in _SENDING
        for argument in call.args
        for part in ast.walk(argument)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from _imports(node)
        elif isinstance(node, ast.Attribute) and (node.attr in _NAMES or _raw(node)):
            yield Finding(node.lineno, node.attr)
        elif isinstance(node, ast.Name) and node.id in _NAMES:
            yield Finding(node.lineno, node.id)
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "connections":
            yield Finding(node.lineno, "connections[…]")
        elif id(node) not in prose and id(node) not in inner:
            text = _text(node)
            if text is not None and _names_a_schema(text, sent=id(node) in sent):
                yield Finding(node.lineno, "SQL that names a schema")  # type: ignore[attr-defined]


def _imports(node: ast.Import | ast.ImportFrom) -> Iterator[Finding]:
    modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
    for name in [*(module.split(".")[0] for module in modules), *(alias.name for alias in node.names)]:
        if name in _NAMES:
            yield Finding(node.lineno, name)


def _raw(node: ast.Attribute) -> bool:
    """`connection.connection` and `connection.copy`: psycopg's own connection, or one more beside it."""
    return isinstance(node.value, ast.Name) and node.value.id == "connection" and node.attr in ("connection", "copy")


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _docstrings(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            yield id(node.value)


def _text(node: ast.AST) -> str | None:
    """A string's text, with a word in place of each hole of an f-string."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else _HOLE for part in node.values)  # type: ignore[misc]
    return None


def _names_a_schema(text: str, *, sent: bool) -> bool:
    if _SETTING.search(text):
        return True
    if not sent:
        # Prose says "from a.b" too; SQL is written in capitals here.
        return bool(_TABLES.search(text))
    return bool(re.search(_TABLES.pattern, text, re.IGNORECASE) or _PUBLIC.search(text))
