"""Texts and labels from plain files: one per line, UTF-8."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

_BOM: Final = b"\xef\xbb\xbf"
_SIXTEEN: Final = (b"\xff\xfe", b"\xfe\xff")
_SHOWN: Final = 40


class BadFile(ValueError):
    """A file cannot be used; the message says which, where and what would help, and quotes no more than the
    beginning of a label."""


@dataclass(frozen=True, slots=True)
class Lines:
    """A file's lines without their ends, the SHA-256 of its bytes, and what a reader may want to know about it."""

    lines: list[str]
    digest: str
    notes: tuple[str, ...]


def read_lines(path: Path) -> Lines:
    """The lines of a UTF-8 file. Only a line feed ends a line (a text may hold U+2028); a byte order mark and carriage
    returns at ends of lines are left out, and noted. Raises BadFile."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadFile(f"{path}: {error.strerror or 'cannot be read'}.") from error
    digest = sha256(content).hexdigest()
    if content.startswith(_SIXTEEN):
        raise BadFile(f"{path} is UTF-16. Convert it: iconv -f UTF-16 -t UTF-8 {path.name}")
    notes = []
    if content.startswith(_BOM):
        content = content[len(_BOM) :]
        notes.append(f"{path}: the byte order mark at its beginning was left out.")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadFile(
            f"{path}, line {line}: byte 0x{content[error.start]:02x} is no UTF-8. Convert the file, for instance: "
            f"iconv -f WINDOWS-1252 -t UTF-8 {path.name}"
        ) from error
    if not text:
        raise BadFile(f"{path} is empty.")
    lines = text.removesuffix("\n").split("\n")
    if any(line.endswith("\r") for line in lines):
        lines = [line.removesuffix("\r") for line in lines]
        notes.append(f"{path}: lines end in CR LF; the CRs were left out.")
    return Lines(lines, digest, tuple(notes))


def read_texts(path: Path) -> Lines:
    """The texts of a file. An empty line is an empty text, which no engine can read; how many there are is noted.
    Raises BadFile."""
    found = read_lines(path)
    blank = sum(not line.strip() for line in found.lines)
    if not blank:
        return found
    return Lines(found.lines, found.digest, (*found.notes, f"{path}: {blank:,} empty lines count as empty posts."))


def read_labels(path: Path, classes: Sequence[str]) -> tuple[list[int], Lines]:
    """The labels of a file: places in `classes`, or their names in any case. Raises BadFile with the line's number."""
    found = read_lines(path)
    known: Mapping[str, int] = {
        **{name.casefold(): place for place, name in enumerate(classes)},
        **{str(place): place for place in range(len(classes))},
    }
    labels = []
    for number, line in enumerate(found.lines, 1):
        label = known.get(line.strip().casefold())
        if label is None:
            meant = ", ".join(f"{place} {name}" for place, name in enumerate(classes))
            said = "is empty" if not line.strip() else f"says {line.strip()[:_SHOWN]!r}"
            raise BadFile(f"{path}, line {number} {said}. Labels are: {meant}.")
        labels.append(label)
    return labels, found


def check_alike(texts_path: Path, texts: Sequence[str], labels_path: Path, labels: Sequence[int]) -> None:
    """Raises BadFile unless there are as many texts as labels."""
    if len(texts) == len(labels):
        return
    empty = next((place for place, line in enumerate(reversed(texts)) if line.strip()), len(texts))
    hint = f" {empty:,} lines at the end of {texts_path} are empty." if empty else ""
    raise BadFile(
        f"{texts_path} has {len(texts):,} lines and {labels_path} {len(labels):,}: each text needs one label, on the "
        f"same line.{hint} A text that holds a line break must be written on one line."
    )
