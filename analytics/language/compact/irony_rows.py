"""The training sets that tell irony, as rows: 1 ironic, 0 not.

iSarcasmEval is labelled by the authors of the tweets themselves. GoEmotions comments that end in the Reddit mark "/s"
(or carry #sarcasm and the like) are ironic by their authors' word; the mark is taken away. To these come posts put
together from our own parts (`cues/irony_parts.txt`): praise for an unpleasant situation, after Riloff et al. (2013).

Tried and left out: the same thoughts said plainly that iSarcasmEval gives (area under the curve on its held-out posts
0.61 with them and 0.62 without in English, 0.887 and 0.894 in Arabic), and unmarked GoEmotions comments as plain ones
(no change).
"""

from __future__ import annotations

import csv
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from analytics.language.compact.keys import is_evaluated, key_of, part_of_whole
from analytics.language.compact.rows import Row
from analytics.language.compact.sources import columns_of, open_set

IRONIC: Final = 1
_CUES: Final = Path(__file__).parent / "cues" / "irony_parts.txt"
_MARKS: Final = re.compile(r"(?i)#(?:sarcasm|irony|ironic|sarcastic|ironie|sarkasmus)\b|(?<!\S)/s(?!\w)")
_COMPOSED: Final = 3_000
_ENDS: Final = ("", "", "!", "!!", "...", ".", " 🙃", " 😒", " :)", " lol")


def read_irony_rows(data: Path, *, seed: int, exam: frozenset[int] = frozenset()) -> list[Row]:
    """Every usable row under `data`/train, in a fixed order; what is left out is what `read_emotion_rows` leaves out.
    `seed` puts the composed posts together. Raises FileNotFoundError when a set is missing."""
    root = data / "train"
    rows = [*_isarcasm(root), *_marked(root), *_composed(seed)]
    forbidden = exam | {key_of(row.text) for row in rows if row.part == "test"}
    return [row for row in rows if row.part == "test" or not (key_of(row.text) in forbidden or is_evaluated(row.text))]


def _isarcasm(root: Path) -> Iterator[Row]:
    for language in ("en", "ar"):
        domain = f"isarcasmeval-{language}"
        with open_set(root / "isarcasmeval" / f"train_{language}.csv") as stream:
            for cells in csv.DictReader(stream):
                text = cells.get("tweet") or cells.get("text") or ""
                if text:
                    part = part_of_whole(text)
                    yield Row(text, int(cells["sarcastic"]), "isarcasmeval", domain, language, part)


def _marked(root: Path) -> Iterator[Row]:
    for official in ("train", "dev"):
        for cells in columns_of(root / "goemotions" / f"ekman_{official}.tsv"):
            text = cells[0].replace("[NAME]", " @user ")
            if _MARKS.search(text):
                yield Row(_MARKS.sub(" ", text), IRONIC, "goemotions", "goemotions-marked", "en", "train")


def _composed(seed: int) -> Iterator[Row]:
    parts: dict[str, list[str]] = {}
    for kind, part in columns_of(_CUES):
        if not kind.startswith("#"):
            parts.setdefault(kind, []).append(part)
    dice = random.Random(seed)  # noqa: S311
    for begin, end, label in (
        ("praise", "unpleasant", IRONIC),
        ("praise", "pleasant", 0),
        ("complaint", "unpleasant", 0),
    ):
        for _ in range(_COMPOSED):
            text = f"{dice.choice(parts[begin])} {dice.choice(parts[end])}{dice.choice(_ENDS)}"
            yield Row(text, label, "cues", "cues-irony", "en", "train", 0.3)
