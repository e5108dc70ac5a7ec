"""When two posts are the same post, and which part of the data a post belongs to."""

from __future__ import annotations

import hashlib
import html
import re
import sys
import unicodedata
import zlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final, Literal

import numpy as np

from analytics.language.compact.arrays import write_arrays

Part = Literal["train", "fit", "test"]

# Posts that models are measured with and must never have learned from (UMSAB and TweetEval, validation files). Only
# hashes are kept. `python -m analytics.language.compact.keys FILE…` writes them anew from files with a text per line.
STORED: Final = Path(__file__).parent / "evaluation_keys.npz"
_MAX_CHARS: Final = 2_000
_URL = re.compile(r"https?://\S+|www\.\S+|\bhttps?\b")
_ACCOUNT = re.compile(r"@\w+")
_UNSAID = re.compile(r"[\W_]+")
_URL_MARK, _ACCOUNT_MARK = " \ue001 ", " \ue002 "


def normalise(text: str) -> str:
    """What is left of a post when it is compared: entities decoded, accents and compatibility forms taken apart, lower
    case, links and accounts masked, nothing but letters and digits."""
    text = text[:_MAX_CHARS]
    if "&" in text:
        text = html.unescape(text)
    text = unicodedata.normalize("NFKD", text).lower()
    return _UNSAID.sub("", _ACCOUNT.sub(_ACCOUNT_MARK, _URL.sub(_URL_MARK, text)))


def key_of(text: str) -> int:
    """A stable key of a post: equal posts get equal keys in every set and every run."""
    normal = normalise(text).encode("utf-8", "replace")
    return zlib.crc32(normal) << 32 | zlib.adler32(normal)


@cache
def evaluation_keys() -> frozenset[int]:
    """`hash_of` each post that models are measured with."""
    with np.load(STORED, allow_pickle=False) as stored:
        return frozenset(stored["keys"].tolist())


def hash_of(text: str) -> int:
    """64 bits of a post's hash, so that nobody reads the post out of them."""
    return int.from_bytes(hashlib.blake2b(normalise(text).encode("utf-8", "replace"), digest_size=8).digest(), "big")


def is_evaluated(text: str) -> bool:
    """Whether the post is one that models are measured with, and so must not be learned from."""
    return hash_of(text) in evaluation_keys()


def part_of(text: str, official: str) -> Part:
    """Official test splits stay the exam; of the rest a tenth, chosen by the text itself, fits the calibration."""
    if official == "test":
        return "test"
    return "fit" if _tenth(text) == 0 else "train"


def part_of_whole(text: str) -> Part:
    """For sets without a test split: a tenth for calibration and another as test, chosen by the text itself."""
    tenth = _tenth(text)
    return "fit" if tenth == 0 else "test" if tenth == 1 else "train"


def _tenth(text: str) -> int:
    return zlib.crc32(b"earshot:" + str(key_of(text)).encode()) % 10


def write(texts: Iterable[str], path: Path) -> None:
    """Keep the hashes of posts that models are measured with. Posts that say nothing are left out."""
    write_arrays(path, {"keys": np.array(sorted({hash_of(text) for text in texts if normalise(text)}), np.uint64)})


if __name__ == "__main__":
    write((line for name in sys.argv[1:] for line in Path(name).read_text(encoding="utf-8").split("\n")), STORED)
