"""The training sets that carry emotions, as rows.

GoEmotions (Ekman's six), XED and BRIGHTER are labelled by people; a set that does not annotate an emotion says nothing
about it. XED is never held out, because a line and its translations repeat each other across files; its anticipation
and trust are left out (what will happen next in a film is not what people hope for).

Nobody labelled anticipation in posts. It is learned in English from markers of hope (`cues/emotion_words.txt` and
`_HOPE`, our own) in posts that people gave joy or nothing: Plutchik's (1980) optimism is anticipation with joy.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from analytics.language.compact.keys import Part, is_evaluated, key_of, part_of
from analytics.language.compact.sources import CODES, XED_CODES, columns_of, lines_of, names_in, open_set
from analytics.language.contracts import EMOTIONS, Emotion

CUES: Final = Path(__file__).parent / "cues"
LEARNED: Final[tuple[Emotion, ...]] = ("anger", "anticipation", "disgust", "fear", "joy", "sadness", "surprise")
HOPEFUL: Final[tuple[str, ...]] = ("goemotions", "brighter-eng")
_SIX: Final[tuple[Emotion, ...]] = ("anger", "disgust", "fear", "joy", "sadness", "surprise")
_BAD: Final = frozenset({"anger", "disgust", "fear", "sadness"})
_XED: Final[dict[str, Emotion]] = {
    "1": "anger",
    "3": "disgust",
    "4": "fear",
    "5": "joy",
    "6": "sadness",
    "7": "surprise",
}

_HOPE: Final = re.compile(
    r"""(?ix) (?<!\w) (?:
      hop(?:e|es|ing|eful|efully) | optimis\w+ | look(?:ing|s)?\sforward | can['’]?t\swait | excited\s(?:for|about|to)
    | believe\sin | keep\s(?:going|fighting|smiling|moving|trying|up) | (?:never|don['’]?t)\sgive\sup | faith
    | bless(?:ed|ings?) | better\sdays | yet\sto\scome | gets?\sbetter | got\sthis | can\sdo\sit | dreams? | inspir\w+
    | will\sbe\s(?:ok|okay|fine|alright|great|better|good|amazing|awesome) | motivat\w+ | positiv(?:e|ity) | some\s?day
    | one\sday | future | succe(?:ss|ed)\w* | stay\sstrong | courage | good\sluck | fingers\scrossed | rooting\sfor
    | wish(?:ing)?\s(?:you|him|her|them) | best\sof\sluck | proud\sof | on\syour\sway | it['’]?ll\sbe
    | you(?:['’]ll|\swill)\s(?:be|do|get|make) | opportunit\w+ | improv\w+ | progress | grow(?:th|ing)? | goals?
    ) (?!\w)"""
)


@dataclass(frozen=True, slots=True)
class EmotionRow:
    """One text with the emotions that it was given (`present`) among those that its set annotates. `weights` says how
    much each of `EMOTIONS` counts in learning, 0 where the set says nothing."""

    text: str
    present: frozenset[str]
    weights: tuple[float, ...]
    dataset: str
    domain: str
    language: str
    part: Part


def read_emotion_rows(data: Path, exam: frozenset[int] = frozenset()) -> list[EmotionRow]:
    """Every usable row under `data`/train, in a fixed order. Left out of what is learned from: rows whose text stands
    in a test split, in `exam` (keys of other heads' test rows) or in an evaluation file, and repetitions within a set.
    Raises FileNotFoundError when a set is missing."""
    root = data / "train"
    rows = [row for reader in _READERS for row in reader(root)]
    forbidden = exam | {key_of(row.text) for row in rows if row.part == "test"}
    seen: set[tuple[str, int]] = set()
    kept = []
    for row in rows:
        key = key_of(row.text)
        if row.part == "test":
            kept.append(row)
        elif key not in forbidden and (row.domain, key) not in seen and not is_evaluated(row.text):
            seen.add((row.domain, key))
            kept.append(_with_hope(row) if row.domain in HOPEFUL else row)
    cues = (row for row in _cues(root) if key_of(row.text) not in forbidden and not is_evaluated(row.text))
    return [*kept, *cues]


def _weights(known: Iterable[str], weight: float = 1.0) -> tuple[float, ...]:
    annotated = frozenset(known)
    return tuple(weight if emotion in annotated else 0.0 for emotion in EMOTIONS)


def _with_hope(row: EmotionRow) -> EmotionRow:
    """The row with a guess at anticipation: there with a marker of hope and nothing bad, less surely without joy."""
    bad = bool(row.present & _BAD)
    hopeful = not bad and bool(_HOPE.search(row.text))
    weights = list(row.weights)
    weights[EMOTIONS.index("anticipation")] = (1.0 if "joy" in row.present else 0.5) if hopeful else 0.5 if bad else 0.2
    present = row.present | {"anticipation"} if hopeful else row.present
    return replace(row, present=present, weights=tuple(weights))


def _goemotions(root: Path) -> Iterator[EmotionRow]:
    labels = (root / "goemotions" / "ekman_labels.txt").read_text(encoding="utf-8").split()
    for official in ("train", "dev", "test"):
        for cells in columns_of(root / "goemotions" / f"ekman_{official}.tsv"):
            text = cells[0].replace("[NAME]", " @user ")
            present = frozenset(labels[int(number)] for number in cells[1].split(",")) - {"neutral"}
            part = part_of(text, official)
            yield EmotionRow(text, present, _weights(_SIX), "goemotions", "goemotions", "en", part)


def _brighter(root: Path) -> Iterator[EmotionRow]:
    for name in names_in(root / "brighter", "*.csv*"):
        code, official = name.removesuffix(".csv").split("_")
        with open_set(root / "brighter" / name) as stream:
            for cells in csv.DictReader(stream):
                if cells["joy"] not in ("0", "1"):
                    continue  # the English test file carries no labels
                known = [emotion for emotion in _SIX if emotion in cells]
                present = frozenset(emotion for emotion in known if cells[emotion] == "1")
                text, language = cells["text"], CODES.get(code, code)
                part = part_of(text, official)
                yield EmotionRow(text, present, _weights(known), "brighter", f"brighter-{code}", language, part)


def _xed(root: Path) -> Iterator[EmotionRow]:
    def present_in(cell: str) -> frozenset[str]:
        return frozenset(_XED[mark.strip()] for mark in cell.split(",") if mark.strip() in _XED)

    annotated, projections = root / "xed" / "annotated", root / "xed" / "projections"
    half, less = _weights(_SIX, 0.5), _weights(_SIX, 0.3)
    for code in ("en", "fi"):
        domain = f"xed-annotated-{code}"
        for cells in columns_of(annotated / f"{code}-annotated.tsv"):
            if len(cells) == 2:
                yield EmotionRow(cells[0], present_in(cells[1]), half, "xed", domain, code, "train")
        for cells in columns_of(annotated / f"neu_{code}.txt"):
            if len(cells) >= 2:  # the text is the second column here
                yield EmotionRow(cells[1], frozenset(), half, "xed", domain, code, "train")
    for name in names_in(projections, "*-projections*.tsv*"):
        code = name.split("-")[0]
        language = XED_CODES.get(code, code)
        for cells in columns_of(projections / name):
            if len(cells) == 2:
                domain = f"xed-projection-{code}"
                yield EmotionRow(cells[0], present_in(cells[1]), less, "xed", domain, language, "train")


def _cues(root: Path) -> Iterator[EmotionRow]:
    """Our own words and phrases, and emoji by their names, each as a post."""
    shown: dict[str, set[str]] = {}
    for cells in columns_of(CUES / "emotion_words.txt"):
        if not cells[0].startswith("#"):
            for word in cells[1].split(", "):
                shown.setdefault(word, set()).add(cells[0])
    for word, emotions in shown.items():
        for text in (word, "#" + word.replace(" ", "")):
            yield _cue(text, emotions, "cues-words")
    parts = [line.split("\t") for line in lines_of(CUES / "emoji_names.txt") if not line.startswith("#")]
    for cells in columns_of(root / "vader" / "emoji_utf8_lexicon.txt"):
        for emotion, names in parts:
            if len(cells) > 1 and any(name in cells[1] for name in names.split(", ")):
                yield _cue(cells[0], {emotion}, "cues-emoji")
                break


def _cue(text: str, emotions: set[str], domain: str) -> EmotionRow:
    weights = tuple(0.0 if emotion not in LEARNED else 1.0 if emotion in emotions else 0.3 for emotion in EMOTIONS)
    return EmotionRow(text, frozenset(emotions), weights, "cues", domain, "en", "train")


_READERS: Final[tuple[Callable[[Path], Iterator[EmotionRow]], ...]] = (_goemotions, _brighter, _xed)
