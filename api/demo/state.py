"""What a demo remembers, so that the next one starts where it ended."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(slots=True)
class DemoState:
    """The agency's key and, by client name, the client's id and what was finished for it."""

    key: str
    clients: dict[str, dict[str, Any]] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        """Write it where only we can read it: it holds a working key."""
        part = path.with_suffix(".part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), 0o600)  # a leftover keeps the mode it had
            json.dump(asdict(self), file)
        part.replace(path)


def load(path: Path) -> DemoState | None:
    """The state of an earlier demo; None where there is none or it is not readable as one."""
    try:
        return DemoState(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def fingerprint(path: Path, mapping: dict[str, object]) -> str:
    """Short name of a file's content and mapping: the same demo again has the same one."""
    sha = hashlib.sha256(json.dumps(mapping, sort_keys=True).encode())
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            sha.update(chunk)
    return sha.hexdigest()[:12]
