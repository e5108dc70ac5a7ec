"""The training sets as rows: which files, which mapping to sentiment, which part each row belongs to.

Nothing here is labelled for sentiment by us; where a set carries emotions or ratings the mapping is ours:
joy (and trust) is positive; anger, disgust, fear and sadness are negative; both at once, or only surprise or
anticipation, is left out. XED is never held out (a line and its translations repeat each other across files);
NSMC and the Arabic emoji tweets have no neutral class and train negative against positive only.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from analytics.language.compact.keys import Part, is_evaluated, key_of, part_of, part_of_whole
from analytics.language.compact.sources import CODES, XED_CODES, columns_of, lines_of, names_in, open_set

NEGATIVE, NEUTRAL, POSITIVE = 0, 1, 2
_NAMES: Final = {"negative": NEGATIVE, "neutral": NEUTRAL, "positive": POSITIVE}


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled text. `label` is 0 negative, 1 neutral, 2 positive; `two_class` rows come from a set without
    neutral; `domain` names the set and variety, whose label balance is learned apart; `weight` is > 0."""

    text: str
    label: int
    dataset: str
    domain: str
    language: str
    part: Part
    weight: float = 1.0
    two_class: bool = False


def read_rows(data: Path) -> list[Row]:
    """Every usable row under `data`/train, in a fixed order.

    A row of a training split whose text stands in any test split is left out (BRIGHTER and AfriSenti share tweets), as
    is one that models are measured with elsewhere (`keys.is_evaluated`); one text is kept once per set. Raises
    FileNotFoundError when a set is missing.
    """
    root = data / "train"
    rows = [row for reader in _READERS for row in reader(root)]
    exam = {key_of(row.text) for row in rows if row.part == "test"}
    seen: set[tuple[str, int]] = set()
    kept = []
    for row in rows:
        key = key_of(row.text)
        if row.part == "test":
            kept.append(row)
        elif key not in exam and (row.domain, key) not in seen and not is_evaluated(row.text):
            seen.add((row.domain, key))
            kept.append(row)
    return kept


def _afrisenti(root: Path) -> Iterator[Row]:
    for name in names_in(root / "afrisenti", "*.tsv*"):
        code, official = name.removesuffix(".tsv").split("_")
        for cells in columns_of(root / "afrisenti" / name):
            if len(cells) == 2 and cells[1] in _NAMES:
                text, label = cells
                part = part_of(text, official)
                yield Row(text, _NAMES[label], "afrisenti", f"afrisenti-{code}", CODES.get(code, code), part)


def _emotions_to_label(good: bool, bad: bool) -> int | None:
    if good and bad:
        return None
    return POSITIVE if good else NEGATIVE if bad else None


def _brighter(root: Path) -> Iterator[Row]:
    for name in names_in(root / "brighter", "*.csv*"):
        code, official = name.removesuffix(".csv").split("_")
        with open_set(root / "brighter" / name) as stream:
            for cells in csv.DictReader(stream):
                if cells["joy"] not in ("0", "1"):
                    continue  # the English test file carries no labels
                bad = any(cells.get(e) == "1" for e in ("anger", "disgust", "fear", "sadness"))
                good = cells["joy"] == "1"
                surprised = cells.get("surprise") == "1"
                label = NEUTRAL if not (good or bad or surprised) else _emotions_to_label(good, bad)
                if label is not None:
                    text = cells["text"]
                    part = part_of(text, official)
                    language = CODES.get(code, code)
                    # No Spanish row is free of every emotion: the set has no neutral there.
                    yield Row(text, label, "brighter", f"brighter-{code}", language, part, two_class=code == "esp")


def _goemotions(root: Path) -> Iterator[Row]:
    labels = {1: NEGATIVE, 2: NEUTRAL, 3: POSITIVE}  # 0 is "ambiguous"
    for official in ("train", "dev", "test"):
        for cells in columns_of(root / "goemotions" / f"group_{official}.tsv"):
            if cells[1] in ("1", "2", "3"):
                text = cells[0].replace("[NAME]", " @user ")
                yield Row(text, labels[int(cells[1])], "goemotions", "goemotions", "en", part_of(text, official))


def _smsa(root: Path) -> Iterator[Row]:
    for official in ("train", "valid", "test"):
        for cells in columns_of(root / "smsa" / f"{official}.tsv"):
            if len(cells) == 2 and cells[1] in _NAMES:
                yield Row(cells[0], _NAMES[cells[1]], "smsa", "smsa", "id", part_of(cells[0], official))


def _nsmc(root: Path) -> Iterator[Row]:
    for cells in columns_of(root / "nsmc" / "reviews_60k.tsv"):
        if len(cells) == 6 and cells[2].isdigit() and not 5 <= int(cells[2]) <= 8:
            label = NEGATIVE if int(cells[2]) < 5 else POSITIVE
            yield Row(cells[0], label, "nsmc", "nsmc", "ko", part_of_whole(cells[0]), 0.7, two_class=True)


_BLANK_BEFORE = re.compile(r"\s+(?=[.,;:!?…)\]])(?![:;]['-]?[()DPp])")


def _potts(root: Path) -> Iterator[Row]:
    for cells in columns_of(root / "potts" / "corpus_label_text.tsv"):
        if len(cells) == 2 and cells[0] in _NAMES:
            text = _BLANK_BEFORE.sub("", cells[1])  # undo the tokeniser's blanks, keep smileys whole
            yield Row(text, _NAMES[cells[0]], "potts", "potts", "de", part_of_whole(text))


def _robot_talk(root: Path) -> Iterator[Row]:
    for line in lines_of(root / "german_robot_talk" / "emotions.txt"):
        mark, _, text = line.partition(" ")
        label = mark.removeprefix("__label__")
        if label in _NAMES and text.strip():
            yield Row(text, _NAMES[label], "german_robot_talk", "german_robot_talk", "de", "train", 0.3)


def _wisesight(root: Path) -> Iterator[Row]:
    for name, label in (("neg", NEGATIVE), ("neu", NEUTRAL), ("pos", POSITIVE)):
        for text in lines_of(root / "wisesight" / f"{name}.txt"):
            yield Row(text, label, "wisesight", "wisesight", "th", part_of_whole(text))


_EMOJI = re.compile("[\u2190-\u2bff\u3030\u303d\u3297\u3299\ufe0f\u200d\U0001f000-\U0001faff\U000e0020-\U000e007f]+")


def _arabic_emoji(root: Path) -> Iterator[Row]:
    for cells in columns_of(root / "arabic_emoji_tweets" / "tweets.tsv"):
        if len(cells) == 2 and cells[0] in ("pos", "neg"):
            text = _EMOJI.sub(" ", cells[1])  # the emoji gave the label: with it the model learns a list of emoji
            label = POSITIVE if cells[0] == "pos" else NEGATIVE
            if text.strip():
                yield Row(text, label, "arabic_emoji_tweets", "arabic_emoji_tweets", "ar", "train", 0.2, two_class=True)


def _xed_label(cell: str) -> int | None:
    emotions = {mark.strip() for mark in cell.split(",")}
    return _emotions_to_label(bool(emotions & {"5", "8"}), bool(emotions & {"1", "3", "4", "6"}))


def _xed(root: Path) -> Iterator[Row]:
    annotated, projections = root / "xed" / "annotated", root / "xed" / "projections"
    for code in ("en", "fi"):
        domain = f"xed-annotated-{code}"
        for cells in columns_of(annotated / f"{code}-annotated.tsv"):
            label = _xed_label(cells[1]) if len(cells) == 2 else None
            if label is not None:
                yield Row(cells[0], label, "xed", domain, code, "train", 0.5)
        for cells in columns_of(annotated / f"neu_{code}.txt"):
            if len(cells) >= 2:  # the text is the second column here
                yield Row(cells[1], NEUTRAL, "xed", domain, code, "train", 0.5)
    for name in names_in(projections, "*-projections*.tsv*"):
        code = name.split("-")[0]
        for cells in columns_of(projections / name):
            label = _xed_label(cells[1]) if len(cells) == 2 else None
            if label is not None:
                language = XED_CODES.get(code, code)
                yield Row(cells[0], label, "xed", f"xed-projection-{code}", language, "train", 0.5, two_class=True)


_READERS: Final[tuple[Callable[[Path], Iterator[Row]], ...]] = (
    _afrisenti, _brighter, _goemotions, _smsa, _nsmc, _potts, _robot_talk, _wisesight, _arabic_emoji, _xed,
)  # fmt: skip


def read_umsab(folder: Path, languages: tuple[str, ...] = ("ar", "de", "en", "es", "fr", "it", "pt")) -> list[Row]:
    """UMSAB validation posts, for reporting only. Hindi is left out: its labels do not belong to its texts."""
    return [
        Row(text, label, "umsab-val", f"umsab-val-{code}", code, "test")
        for code in languages
        for text, label in _validation(folder, code)
    ]


def read_irony_validation(folder: Path) -> list[Row]:
    """TweetEval's validation posts of irony (1) and none (0), for reporting only."""
    return [Row(text, label, "tweeteval", "tweeteval", "en", "test") for text, label in _validation(folder, "irony")]


def _validation(folder: Path, name: str) -> Iterator[tuple[str, int]]:
    texts = (folder / f"{name}_val_text.txt").read_text(encoding="utf-8").split("\n")
    labels = (folder / f"{name}_val_labels.txt").read_text(encoding="utf-8").split()
    if len(texts) - (texts[-1] == "") != len(labels):
        raise ValueError(f"{name}: texts and labels differ in number")
    for text, label in zip(texts, labels, strict=False):
        yield text, int(label)
