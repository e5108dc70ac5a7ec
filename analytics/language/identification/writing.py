"""Writing systems that stand for one language, and what masks a text."""

from __future__ import annotations

import re
from typing import Final

LATIN_END: Final = 0x0250
"""The letters below this code point are Latin."""

MASKED: Final = re.compile(r"https?://\S+|www\.\S+|@\w+|\bhttps?\b|[#_]|&\w+;")

# Dropped: the colour of a hand says nothing about a language, and must not.
FIRST_TONE: Final = 0x1F3FB
LAST_TONE: Final = 0x1F3FF

# One entry per writing system that stands for one language among those we can read; Han alone is Chinese once
# kana and Hangul are ruled out. Ethiopic, Arabic, Cyrillic, Devanagari … write several languages: no shortcut.
SCRIPTS: Final = (
    ("ja", (0x3041, 0x30FF)),
    ("ja", (0x31F0, 0x31FF)),
    ("ja", (0xFF66, 0xFF9F)),
    ("ko", (0x1100, 0x11FF)),
    ("ko", (0x3131, 0x318E)),
    ("ko", (0xAC00, 0xD7A3)),
    ("th", (0x0E01, 0x0E5B)),
    ("lo", (0x0E81, 0x0EDF)),
    ("my", (0x1000, 0x109F)),
    ("km", (0x1780, 0x17FF)),
    ("ka", (0x10A0, 0x10FF)),
    ("hy", (0x0531, 0x058F)),
    ("el", (0x0370, 0x03FF)),
    ("he", (0x0591, 0x05F4)),
    ("bn", (0x0980, 0x09FF)),
    ("pa", (0x0A00, 0x0A7F)),
    ("gu", (0x0A80, 0x0AFF)),
    ("or", (0x0B00, 0x0B7F)),
    ("ta", (0x0B80, 0x0BFF)),
    ("te", (0x0C00, 0x0C7F)),
    ("kn", (0x0C80, 0x0CFF)),
    ("ml", (0x0D00, 0x0D7F)),
    ("si", (0x0D80, 0x0DFF)),
    ("zh", (0x3400, 0x4DBF)),
    ("zh", (0x4E00, 0x9FFF)),
    ("zh", (0xF900, 0xFAFF)),
    ("zh", (0x20000, 0x323AF)),
)
SCRIPT_LANGUAGES: Final = tuple(sorted({language for language, _ in SCRIPTS}))
"""In alphabetical order: of two that hold as many letters, the later one is taken."""
