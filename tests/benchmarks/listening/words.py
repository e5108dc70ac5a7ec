"""Invented vocabularies in ten scripts, seeded: words whose frequencies follow Zipf's law, and names of brands."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random

# How often a script is written in, roughly as in public streams; and how its words are made.
SHARES = {
    "latin": 50, "accented": 16, "cyrillic": 7, "greek": 2, "arabic": 6, "hebrew": 2, "devanagari": 4, "thai": 3,
    "han": 4, "japanese": 4, "hangul": 2,
}  # fmt: skip
UNSPACED = frozenset({"thai", "han", "japanese"})


def _each(signs: str) -> list[str]:
    return signs.split()


_CONSONANTS = {
    "latin": _each("b c d f g h j k l m n p r s t v w z ch sh th st tr br"),
    "accented": _each("b c ç d f g h j k l m n ñ p r s ş t v z ß"),
    "cyrillic": _each("б в г д ж з к л м н п р с т ф х ц ч ш щ й"),
    "greek": _each("β γ δ ζ θ κ λ μ ν ξ π ρ σ τ φ χ ψ"),
    "arabic": _each("ب ت ث ج ح خ د ر ز س ش ص ط ع غ ف ق ك ل م ن ه"),
    "hebrew": _each("ב ג ד ה ז ח ט כ ל מ נ ס ע פ צ ק ר ש ת"),
    "devanagari": _each("क ख ग घ च ज ट ड त द न प ब भ म य र ल व श स ह"),
    "thai": _each("ก ข ค ง จ ช ด ต ท น บ ป พ ม ย ร ล ว ส ห อ"),
}
_VOWELS = {
    "latin": _each("a e i o u ee ou ai"),
    "accented": _each("a e i o u é è ü ö ä á ó ı"),
    "cyrillic": _each("а е и о у ы я ю ё"),
    "greek": _each("α ε η ι ο υ ω ά έ ό"),
    "arabic": ["ا", "و", "ي", "", ""],
    "hebrew": ["א", "ו", "י", "", ""],
    "devanagari": ["ा", "ि", "ी", "ु", "े", "ो", ""],
    "thai": ["า", "ิ", "ี", "ุ", "้า", "่อ", ""],
}
_HAN = [chr(code) for code in range(0x4E00, 0x4E00 + 3_000)]
_KANA = [chr(code) for code in range(0x3042, 0x3094)]
_HANGUL = [chr(code) for code in range(0xAC00, 0xAC00 + 11_172, 7)]


class Zipf:
    """Draws ranks below `size`; rank r comes with weight 1 / (r + 2.7) (Zipf, in Mandelbrot's form)."""

    def __init__(self, size: int) -> None:
        self._sums = list(accumulate(1 / (rank + 2.7) for rank in range(size)))

    def draw(self, rng: Random) -> int:
        return min(bisect(self._sums, rng.random() * self._sums[-1]), len(self._sums) - 1)


@dataclass(frozen=True)
class Language:
    """One script's words, the most frequent first, and its brands."""

    script: str
    words: Sequence[str]
    brands: Sequence[str]

    @property
    def joiner(self) -> str:
        return "" if self.script in UNSPACED else " "


def _word(script: str, rng: Random, rank: int) -> str:
    # Frequent words are short.
    syllables = 1 if rank < 60 else rng.choice((1, 2, 2)) if rank < 600 else rng.choice((2, 2, 3, 3, 4))
    if script == "han":
        return "".join(rng.choice(_HAN[: 300 + rank]) for _ in range(min(syllables, 3)))
    if script == "japanese":
        pool = _KANA if rng.random() < 0.6 else _HAN[: 300 + rank]
        return "".join(rng.choice(pool) for _ in range(1 + syllables))
    if script == "hangul":
        return "".join(rng.choice(_HANGUL) for _ in range(1 + syllables // 2))
    consonants, vowels = _CONSONANTS[script], _VOWELS[script]
    made = "".join(rng.choice(consonants) + rng.choice(vowels) for _ in range(syllables))
    return made + (rng.choice(consonants) if rng.random() < 0.4 else "")


def languages(seed: int, *, words: int = 20_000, brands: int = 20_000) -> dict[str, Language]:
    """The eleven kinds of writing (two of them Latin), each with `words` words and `brands` brands of its own."""
    made = {}
    for script in SHARES:
        rng = Random(f"{seed} {script}")
        seen: dict[str, None] = {}
        while len(seen) < words:
            seen.setdefault(_word(script, rng, len(seen)))
        names: dict[str, None] = {}
        while len(names) < brands:
            name = _word(script, rng, 600 if script != "han" else 3_000)
            if name not in seen and len(name) > 2:
                names.setdefault(name.capitalize() if script in ("latin", "accented", "cyrillic", "greek") else name)
        made[script] = Language(script, list(seen), list(names))
    return made
