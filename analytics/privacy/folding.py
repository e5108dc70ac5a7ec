"""Writing a text in plain digits and signs for detection, character by character, so that offsets stay true."""

from __future__ import annotations

import re
import unicodedata

_FOREIGN_DIGIT = re.compile(r"(?![0-9])\d")
_FULL_WIDTH = {0xFF01 + offset: 0x21 + offset for offset in range(0x5E)}
_LOOKALIKES: dict[int, int | str] = {
    **_FULL_WIDTH,
    0xFE6B: "@",
    0x3000: " ",
    0x00A0: " ",
    0x2007: " ",
    0x2009: " ",
    0x202F: " ",
    0x2010: "-",
    0x2011: "-",
    0x2012: "-",
    0x2013: "-",
    0x2014: "-",
    0x2212: "-",
    0x066B: ".",
    0x066C: ",",
}


def fold(text: str) -> str:
    """The same text, of the same length, with every decimal digit of Unicode as 0-9, full-width ASCII as ASCII,
    and dashes and blanks of other widths as `-` and a blank."""
    if text.isascii():
        return text
    return _FOREIGN_DIGIT.sub(lambda match: str(unicodedata.decimal(match[0])), text.translate(_LOOKALIKES))
