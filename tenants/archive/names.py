"""What members of an archive, and a client's files, may be called."""

from __future__ import annotations

import re

from tenants.archive.refusal import ArchiveRefused

MANIFEST, SEALS = "manifest.json", "manifest.seals.json"
SCHEMA, MESSAGES = "schema.sql", "messages.jsonl"
_MEMBER = re.compile(r"schema\.sql|messages\.jsonl|tables/[a-z0-9_]{1,63}|files/[0-9]{1,9}")
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_. -]{0,254}", re.ASCII)
_RELATION = re.compile(r"[a-z_][a-z0-9_]{0,62}", re.ASCII)
_SCHEMA = re.compile(r"c_[0-9a-f]{32}")
_DEEPEST = 8


def is_member(name: str) -> bool:
    """Whether a sealed member may be called so. No such name leads anywhere on a disk."""
    return _MEMBER.fullmatch(name) is not None


def table_member(table: str) -> str:
    return f"tables/{table}"


def checked_relation(name: str) -> str:
    """The name of a table, column or sequence. Raises ArchiveRefused for one that would need quoting."""
    if not _RELATION.fullmatch(name):
        raise ArchiveRefused("The archive names a table or column as no table or column is named here.")
    return name


def checked_schema(name: str) -> str:
    """The name of a client's schema. Raises ArchiveRefused for anything that onboarding does not make."""
    if not _SCHEMA.fullmatch(name):
        raise ArchiveRefused("The archive names a schema as no client's schema is named here.")
    return name


def checked_path(path: str) -> str:
    """A client's file, relative to the client's folder, with `/` between its parts. Raises ArchiveRefused for a path
    that could lead out of it."""
    parts = path.split("/")
    if len(parts) > _DEEPEST or not all(_PART.fullmatch(part) for part in parts):
        raise ArchiveRefused("The archive has a file whose name is not allowed.")
    return path
