"""Everything decided about a file before its first post is read, as one value that survives a restart."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from datetime import datetime
from typing import Any, Literal

from analytics.sources.files.datecolumn import DateDecision
from analytics.sources.files.dialect import Dialect
from analytics.sources.files.encoding import Encoding
from analytics.sources.files.identity import IdentityDecision
from analytics.sources.files.mapping import ColumnMapping
from analytics.sources.problems import FileProblem

VERSION = 1


@dataclass(frozen=True, slots=True)
class PlanNote:
    """Something the importer should know: `code` is a stable slug, `message` a plain sentence without content."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Plan:
    """How one file is read. A worker that resumes an import is given the plan and decides nothing again.

    `size` is the file's size in bytes, `rows` its data rows (bad ones included), `start_offset` and
    `start_line` where the data begin (the byte, and the number of physical lines before it). `now` is the
    moment of the import, against which future times are refused.
    """

    version: int
    form: Literal["delimited", "jsonl"]
    size: int
    rows: int
    encoding: Encoding
    dialect: Dialect
    columns: tuple[str, ...]
    start_offset: int
    start_line: int
    mapping: ColumnMapping
    dates: DateDecision
    identity: IdentityDecision
    source_default: str
    html_text: bool
    now: datetime
    notes: tuple[PlanNote, ...]

    def to_json(self) -> dict[str, object]:
        """The plan as values that `json.dumps` takes."""
        plain = asdict(self)
        plain["now"] = self.now.isoformat()
        plain["encoding"]["newline"] = self.encoding.newline.hex()
        return plain

    @classmethod
    def from_json(cls, plain: Mapping[str, object]) -> Plan:
        """The inverse of `to_json`, also after a round trip through JSON text.

        Raises `FileProblem` (`invalid_plan`) for anything else, or for a plan of another version.
        """
        if plain.get("version") != VERSION:
            raise FileProblem("invalid_plan", "The import was planned by another version; plan it again.")
        try:
            values = dict(plain)
            values["now"] = datetime.fromisoformat(str(values["now"]))
            encoding = dict(typing.cast(Mapping[str, object], values["encoding"]))
            encoding["newline"] = bytes.fromhex(str(encoding["newline"]))
            values["encoding"] = encoding
            return typing.cast(Plan, _revive(cls, values))
        except (KeyError, TypeError, ValueError, AttributeError):
            raise FileProblem("invalid_plan", "The stored plan of the import cannot be read.") from None


def _revive(kind: Any, value: Any) -> Any:
    """Rebuild nested dataclasses and tuples from the lists and mappings of JSON."""
    if is_dataclass(kind) and isinstance(kind, type):
        hints = typing.get_type_hints(kind)
        return kind(**{item.name: _revive(hints[item.name], value[item.name]) for item in fields(kind)})
    origin = typing.get_origin(kind)
    if origin is tuple:
        return tuple(_revive(typing.get_args(kind)[0], item) for item in value)
    if origin is not None and origin is not Literal and origin is not types.UnionType and issubclass(origin, Mapping):
        return dict(value)
    return value
