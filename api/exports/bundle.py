"""The zip that an export is: written in one pass, with a digest of each file in its manifest."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

_PIECE = 1024 * 1024


class Bundle:
    """A zip on its way to `path`, which is closed at the end of the block and whole only after `close`."""

    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED, allowZip64=True)
        self.files: list[dict[str, Any]] = []

    def __enter__(self) -> Bundle:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    def add(self, name: str, pieces: Iterable[bytes], *, about: Mapping[str, Any] | None = None) -> None:
        """Write a file, piece by piece. What `about` says of it when that is done goes into the manifest."""
        found, size = hashlib.sha256(), 0
        entry = zipfile.ZipInfo(name)
        entry.compress_type = zipfile.ZIP_DEFLATED
        with self._zip.open(entry, "w", force_zip64=True) as file:
            for piece in pieces:
                file.write(piece)
                found.update(piece)
                size += len(piece)
        self.files.append({"name": name, "size": size, "sha256": found.hexdigest(), **(about or {})})

    def add_file(self, name: str, path: Path) -> bool:
        """Write a file that lies on the disk. Returns False where it is not there any more."""
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return False
        with file:
            self.add(name, iter(lambda: file.read(_PIECE), b""))
        return True

    def close(self, manifest: Mapping[str, Any]) -> None:
        """Write the manifest, last, with all files in it."""
        content = json.dumps({**manifest, "files": self.files}, indent=1, ensure_ascii=False)
        self._zip.writestr(zipfile.ZipInfo("manifest.json"), content)
        self._zip.close()
