"""What an archive says of itself, in JSON that a person can read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from tenants.archive import names
from tenants.archive.refusal import DAMAGED, ArchiveRefused

KIND = "earshot/client"
# Grows when an older version could no longer read what is written.
FORMAT = 1
_DIGEST = 64


@dataclass(frozen=True, slots=True)
class Member:
    """A sealed member: `size` and `sha256` as it lies in the archive, `plain` its bytes once opened."""

    name: str
    size: int
    sha256: str
    plain: int


@dataclass(frozen=True, slots=True)
class Table:
    """A table's rows, as COPY writes them, with these columns in this order."""

    name: str
    columns: tuple[str, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class Sequence:
    """Where a sequence stands: the value, and whether it was given out already."""

    name: str
    value: int
    used: bool


@dataclass(frozen=True, slots=True)
class ClientFile:
    """A file of the client, by its path below the client's folder."""

    member: str
    path: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """All of it. `migrations` are applied in the schema, oldest first; `structure` is a digest of what the catalogs
    say of it; `client`, `branding` and `domains` are rows of the public schema; `key` is the data key,
    wrapped."""

    made_at: str
    earshot: str
    code: str
    postgresql: int
    migrations: tuple[tuple[str, str], ...]
    structure: str
    client: Mapping[str, Any]
    branding: Mapping[str, Any] | None
    domains: tuple[Mapping[str, Any], ...]
    tables: tuple[Table, ...]
    sequences: tuple[Sequence, ...]
    files: tuple[ClientFile, ...]
    messages: int
    key: Mapping[str, Any]
    members: tuple[Member, ...]

    def to_bytes(self) -> bytes:
        return json.dumps({"kind": KIND, "format": FORMAT, **asdict(self)}, indent=1, sort_keys=True).encode()

    def member(self, name: str) -> Member:
        """Raises ArchiveRefused where there is none of that name."""
        for member in self.members:
            if member.name == name:
                return member
        raise ArchiveRefused(f"{DAMAGED}: {name} is missing.")

    @property
    def schema(self) -> str:
        return str(self.client["schema_name"])

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)


def read(content: bytes) -> Manifest:
    """The manifest in these bytes. Raises ArchiveRefused for what is none, for a format to come, and for names that
    no archive of ours has."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        raise ArchiveRefused(f"{DAMAGED}: the manifest cannot be read.") from None
    if not isinstance(found, dict) or found.pop("kind", None) != KIND:
        raise ArchiveRefused("This is not an archive of a client.")
    version = found.pop("format", None)
    if version != FORMAT:
        raise ArchiveRefused(f"The archive has format {version!r:.20}; this version of Earshot reads {FORMAT}.")
    try:
        made = Manifest(
            made_at=_text(found["made_at"]),
            earshot=_text(found["earshot"]),
            code=_text(found["code"]),
            postgresql=_count(found["postgresql"]),
            migrations=tuple((_text(app), _text(name)) for app, name in found["migrations"]),
            structure=_text(found["structure"]),
            client=_row(found["client"]),
            branding=None if found["branding"] is None else _row(found["branding"]),
            domains=tuple(_row(row) for row in found["domains"]),
            tables=_each(found["tables"], _table),
            sequences=_each(found["sequences"], _sequence),
            files=_each(found["files"], _file),
            messages=_count(found["messages"]),
            key=_row(found["key"]),
            members=_each(found["members"], _member),
        )
        _text(made.client["id"]), _text(made.key["master"])
        names.checked_schema(_text(made.client["schema_name"]))
        if "passphrase" in made.key:
            _row(made.key["passphrase"])
    except (KeyError, TypeError, ValueError):
        raise ArchiveRefused(f"{DAMAGED}: the manifest is not of the right shape.") from None
    _check_whole(made)
    return made


def _check_whole(made: Manifest) -> None:
    """Every member is spoken of once, and everything that is spoken of is a member."""
    spoken = [names.SCHEMA, names.MESSAGES]
    spoken += [names.table_member(table.name) for table in made.tables]
    spoken += [file.member for file in made.files]
    listed = [member.name for member in made.members]
    paths = [file.path for file in made.files]
    for group in (listed, paths, [sequence.name for sequence in made.sequences]):
        if len(group) != len(set(group)):
            raise ArchiveRefused(f"{DAMAGED}: the manifest names something twice.")
    if sorted(spoken) != sorted(listed):
        raise ArchiveRefused(f"{DAMAGED}: the manifest does not fit its members.")


def _table(found: Any) -> Table:
    columns = tuple(names.checked_relation(_text(column)) for column in found["columns"])
    return Table(names.checked_relation(_text(found["name"])), columns, _count(found["rows"]))


def _sequence(found: Any) -> Sequence:
    if not isinstance(found["value"], int) or not isinstance(found["used"], bool):
        raise TypeError
    return Sequence(names.checked_relation(_text(found["name"])), found["value"], found["used"])


def _file(found: Any) -> ClientFile:
    return ClientFile(_text(found["member"]), names.checked_path(_text(found["path"])))


def _member(found: Any) -> Member:
    name, digest = _text(found["name"]), _text(found["sha256"])
    if not names.is_member(name) or len(digest) != _DIGEST:
        raise ArchiveRefused("The archive has a member whose name is not allowed.")
    return Member(name, _count(found["size"]), digest, _count(found["plain"]))


def _each(found: Any, read_one: Callable[[Any], Any]) -> tuple[Any, ...]:
    if not isinstance(found, list):
        raise TypeError
    return tuple(read_one(each) for each in found)


def _row(found: Any) -> Mapping[str, Any]:
    if not isinstance(found, dict):
        raise TypeError
    return found


def _text(found: Any) -> str:
    if not isinstance(found, str):
        raise TypeError
    return found


def _count(found: Any) -> int:
    if not isinstance(found, int) or isinstance(found, bool) or found < 0:
        raise TypeError
    return found
