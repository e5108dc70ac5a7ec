"""Where the engine keeps what it works out once: machine code, and what it knows of Unicode.

The first of these that can be written to: the folder that `choose` was given, one of this user's own below the
system's temporary folder, none at all (then each process works it out for itself). What a folder that cannot be
written to holds already (an image that was built with a warm cache, say) is taken along into the next.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
import unicodedata
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path

_chosen: Path | None = None


def choose(folder: Path | None) -> None:
    """From now on keep things below `folder` (None: below the temporary folder). To be called before the engine's
    compiled modules are imported, which look once; `folder` need not exist."""
    global _chosen
    _chosen = folder
    place.cache_clear()


@cache
def place() -> Path | None:
    """The folder to use, which exists, or None. Another after every change of the engine, Python, numba or Unicode."""
    name = f"engine-{_digest()}"
    warm = None
    if _chosen is not None:
        wanted = _chosen / name
        if _is_writable(wanted):
            return wanted
        warm = wanted if wanted.is_dir() else None
    own = Path(tempfile.gettempdir()) / f"earshot-{os.getuid()}"
    if not _is_private(own) or not _is_writable(own / name):
        return None
    if warm is not None:
        _take_along(warm, own / name)
    return own / name


def _digest() -> str:
    # numba looks at the file of a function only, not at those of the functions that it calls.
    digest = blake2b(digest_size=8)
    engine = Path(__file__).parent
    for source in (*sorted(engine.glob("*.py")), engine.parent / "text.py", engine.parent / "folding.py"):
        digest.update(source.read_bytes())
    parts = (sys.version, unicodedata.unidata_version, version("numba"), version("numpy"))
    digest.update("\0".join(parts).encode())
    return digest.hexdigest()


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _is_private(folder: Path) -> bool:
    """Machine code from there is run: nobody else may have put it there."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o022


def _take_along(warm: Path, folder: Path) -> None:
    for source in warm.rglob("*"):
        target = folder / source.relative_to(warm)
        if target.exists() or not source.is_file():
            continue
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            part = target.with_name(f"{target.name}.{os.getpid()}.part")
            shutil.copyfile(source, part)
            part.replace(target)
        except OSError:
            return
