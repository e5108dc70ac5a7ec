"""Reading the training sets' files as they come."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

# The sets' own language names, where they are not the codes we speak.
CODES: Final = {
    "amh": "am", "arq": "ar", "ary": "ar", "hau": "ha", "ibo": "ig", "kin": "rw", "orm": "om", "por": "pt",
    "swa": "sw", "tir": "ti", "tso": "ts", "twi": "tw", "yor": "yo", "afr": "af", "chn": "zh", "deu": "de",
    "eng": "en", "esp": "es", "hin": "hi", "mar": "mr", "ptbr": "pt", "ptmz": "pt", "ron": "ro", "rus": "ru",
    "sun": "su", "swe": "sv", "tat": "tt", "ukr": "uk", "br": "pt", "cn": "zh",
}  # fmt: skip
# In XED's file names `tw` is Chinese as written in Taiwan, not Twi.
XED_CODES: Final = {**CODES, "tw": "zh"}


def open_set(path: Path) -> io.TextIOBase:
    """The file, or the same one gzipped. Raises FileNotFoundError."""
    packed = path.with_name(path.name + ".gz")
    if packed.exists():
        return io.TextIOWrapper(gzip.open(packed), encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")


def lines_of(path: Path) -> Iterator[str]:
    """Lines that are not blank."""
    with open_set(path) as stream:
        for line in stream.read().split("\n"):
            if line.strip():
                yield line.rstrip("\r")


def columns_of(path: Path) -> Iterator[list[str]]:
    """Tab-separated lines."""
    for line in lines_of(path):
        yield line.split("\t")


def names_in(folder: Path, pattern: str) -> list[str]:
    """Names of files, without .gz, in order. Raises FileNotFoundError where there is none."""
    found = sorted({path.name.removesuffix(".gz") for path in folder.glob(pattern)})
    if not found:
        raise FileNotFoundError(f"no {pattern} in the {folder.name} folder")
    return found
