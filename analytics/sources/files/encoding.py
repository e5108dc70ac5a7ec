"""Which encoding is this file in? Looks at all of it, in bounded memory."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import BinaryIO

from charset_normalizer import from_bytes

from analytics.sources.files.lines import CHUNK
from analytics.sources.problems import FileProblem

SAMPLE_BYTES = 32_768

_BOMS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16-LE, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "a spreadsheet or zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"%PDF-", "a PDF"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3", "a database"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
)
# Control characters that stand in no text; ESC switches alphabets in some encodings, NUL is looked at elsewhere.
_CONTROLS = bytes([*range(1, 9), *range(14, 27), *range(28, 32)])
_MOST_CONTROLS = 64, 0.02  # this many, if they are more than this share of the bytes
# Only encodings that text exports use and whose line ends and quotes are those of ASCII.
_CANDIDATES = [
    "utf_8", "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "koi8_r",
    "koi8_u", "iso8859_2", "iso8859_15", "mac_roman", "cp437", "cp850", "cp866", "cp874", "cp932", "shift_jis",
    "euc_jp", "cp949", "euc_kr", "gb18030", "big5",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Encoding:
    """`name` for `bytes.decode`, `bom` bytes to skip, `newline` as bytes in that encoding, `damaged` lines that
    do not decode (0 where the whole file does), `why` in a plain sentence."""

    name: str
    bom: int
    newline: bytes
    damaged: int
    why: str


def detect_encoding(stream: BinaryIO, *, override: str | None = None) -> Encoding:
    """Read `stream` from its start and say how to decode it.

    A byte order mark decides; else NULs in every second byte mean UTF-16; else UTF-8 if at least half of the
    lines with bytes above 127 are valid UTF-8; else charset-normalizer guesses from those lines.
    Raises `FileProblem`: `empty_file`, `not_text` (an archive, a PDF …), `unknown_encoding` (a wrong override).
    """
    stream.seek(0)
    head = stream.read(CHUNK)
    if not head.strip(b"\x00\xef\xbb\xbf\xfe\xff \t\r\n"):
        _refuse_blank(stream, head)
    for signature, what in _SIGNATURES:
        if head.startswith(signature):
            raise FileProblem("not_text", f"The file is {what}; save it as CSV or JSON Lines first.")
    bom = next(((mark, name) for mark, name in _BOMS if head.startswith(mark)), None)
    if override:
        try:
            name = codecs.lookup(override).name
            newline = "\n".encode(name)
            plain = len(newline) in (1, 2, 4) and "\n".encode(name) == "\n".encode(name)[-len(newline) :]
        except (LookupError, UnicodeError):
            plain = False
        if not plain:
            raise FileProblem("unknown_encoding", "The encoding asked for is not known.", field="encoding")
        skip = len(bom[0]) if bom and bom[1].split("-")[0:2] == name.split("-")[0:2] else 0
        return Encoding(name, skip, _newline(head, name), 0, "The import says so.")
    if bom:
        return Encoding(bom[1], len(bom[0]), _newline(head, bom[1]), 0, "A byte order mark stands at the start.")
    wide = _looks_wide(head)
    if wide:
        return Encoding(wide, 0, _newline(head, wide), 0, "Every second byte is NUL, as in UTF-16.")
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if controls > max(_MOST_CONTROLS[0], _MOST_CONTROLS[1] * len(head)):
        raise FileProblem("not_text", "The file is not a text file; save it as CSV or JSON Lines first.")
    return _weigh(stream, _newline(head, "utf-8"))


def _refuse_blank(stream: BinaryIO, head: bytes) -> None:
    chunk = head
    while chunk:
        chunk = stream.read(CHUNK)
        if chunk.strip(b"\x00 \t\r\n"):
            return
    raise FileProblem("empty_file", "The file is empty.")


def _newline(head: bytes, name: str) -> bytes:
    feed, ret = "\n".encode(name), "\r".encode(name)
    # Only a file without a single line feed ends its lines with carriage returns alone.
    return ret if ret in head and feed not in head else feed


def _looks_wide(head: bytes) -> str:
    sample = head[: len(head) // 2 * 2]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if half < 4:
        return ""
    if odd > 0.4 * half and even < 0.05 * half:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 * half and odd < 0.05 * half else ""


def _weigh(stream: BinaryIO, newline: bytes) -> Encoding:
    stream.seek(0)
    good = bad = 0
    sample = bytearray()
    rest = b""
    while True:
        chunk = stream.read(CHUNK * 4)
        block = rest + chunk
        cut = block.rfind(newline) + 1 if chunk and len(block) < 1_048_576 else len(block)
        block, rest = block[:cut], block[cut:]
        if not block.isascii():
            try:
                block.decode("utf-8")
                good += 1 if good + bad == 0 else sum(not line.isascii() for line in block.split(newline))
            except UnicodeDecodeError:
                for line in block.split(newline):
                    if line.isascii():
                        continue
                    try:
                        line.decode("utf-8")
                        good += 1
                    except UnicodeDecodeError:
                        bad += 1
                        if len(sample) < SAMPLE_BYTES:
                            sample += line[:4096] + newline
        if not chunk:
            break
    if not bad:
        why = "All of it is valid UTF-8." if good else "All of it is ASCII, which UTF-8 contains."
        return Encoding("utf-8", 0, newline, 0, why)
    if good >= bad:
        return Encoding("utf-8", 0, newline, bad, "Most lines with letters beyond ASCII are valid UTF-8.")
    best = from_bytes(bytes(sample), cp_isolation=_CANDIDATES, chunk_size=1024).best()
    name = best.encoding if best else "cp1252"
    return Encoding(name, 0, newline, 0, "The bytes beyond ASCII read best so.")
