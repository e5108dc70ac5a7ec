"""Names and handles that must not stand in a text even without `@`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_TELLING_MIN = 5


@dataclass(frozen=True, slots=True)
class BareName:
    """A name that is replaced wherever it stands. `hint` is a lower-case text without which it cannot stand there."""

    name: str
    hint: str
    replacement: str
    entity: str

    def replace_in(self, text: str) -> tuple[str, int]:
        """The text without the name, and how often it stood there: in any case, with any blanks, with or without
        `@`, as whole words."""
        if self.hint not in text.lower():
            return text, 0
        # Compiled only now: most authors never name themselves.
        return _pattern(self.name).subn(self.replacement, text)


def bare_name(name: str, replacement: str, entity: str) -> BareName:
    """How to find a name of at least one word. `replacement` is taken literally and must hold no backslash."""
    words = name.strip().lstrip("@").split()
    return BareName(" ".join(words), max(words, key=len, default="").lower(), replacement, entity)


@lru_cache(maxsize=1024)
def _pattern(name: str) -> re.Pattern[str]:
    # Scripts without blanks may touch an ASCII name on both sides.
    edge = "[A-Za-z0-9]" if name.isascii() else r"[^\W_]"
    literal = r"\s+".join(re.escape(word) for word in name.split())
    return re.compile(
        rf"@?(?<!{edge}){literal}(?!{edge})(?:@[A-Za-z0-9.\-]*[A-Za-z0-9])?",
        re.IGNORECASE,
    )


def is_telling(handle: str) -> bool:
    """True for a handle that is no ordinary word (five characters or more, not letters only), so that it names
    a person even without `@`."""
    bare = handle.strip().lstrip("@")
    return len(bare) >= _TELLING_MIN and not bare.isalpha()
