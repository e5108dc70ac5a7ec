"""Labelled posts translated word by word, so that languages without neutral posts of their own learn what neutral is.

Cross-lingual transfer by dictionaries (Mihalcea et al., 2007; "translate-train"). A translation of this kind reads
badly, and serves: the model looks at words, pairs and parts of words.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from analytics.language.compact.dictionary import Table, Words, complete, learn_table, words_of
from analytics.language.compact.parallel import Group, grouped, read_annotated, read_lines
from analytics.language.compact.rows import NEUTRAL, Row

SOURCES: Final[Mapping[str, tuple[str, ...]]] = {
    "en": ("goemotions", "xed", "brighter"),
    "de": ("potts", "brighter"),
    "pt": ("afrisenti", "brighter"),
}
TARGETS: Final = ("es", "it", "fr", "ar", "pt", "de", "en")
MARK: Final = "tr-"
"""Opens the name of the set of every translated row."""
WEIGHT: Final = 0.3
_ROUNDS: Final = 6
_FEWEST: Final = 2  # words that must be known, and
_SHARE: Final = 0.5  # how many of all
_PIECE = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Corpus:
    """Lines in several languages that say the same: `words` by language and place, `groups`, and the annotated English
    lines that belong to some groups."""

    words: Mapping[str, Sequence[Words]]
    groups: Sequence[Group]
    english: Sequence[Words]
    completed: Sequence[tuple[Group, int]]

    def pairs(self, one: str, other: str) -> list[tuple[Words, Words]]:
        """Lines of two languages that say the same; Portuguese is that of Portugal and Brazil."""
        found = []
        for first in ("pt", "br") if one == "pt" else (one,):
            for second in ("pt", "br") if other == "pt" else (other,):
                found += [
                    (self.words[first][group[first]], self.words[second][group[second]])
                    for group in self.groups
                    if first in group and second in group
                ]
                if first == "en":
                    found += [
                        (self.english[at], self.words[second][g[second]]) for g, at in self.completed if second in g
                    ]
                if second == "en":
                    mine = self.words[first]
                    found += [(mine[group[first]], self.english[at]) for group, at in self.completed if first in group]
        return found


def read_corpus(data: Path) -> Corpus:
    """Align XED's files under `data`. Raises FileNotFoundError. Takes some minutes."""
    lines, annotated = read_lines(data), read_annotated(data)
    groups = grouped(lines)
    return Corpus(
        words={language: [words_of(text) for text, _ in rows] for language, rows in lines.items()},
        groups=groups,
        english=[words_of(text) for text, _ in annotated],
        completed=complete(groups, lines, annotated),
    )


def dictionary(there: Table, back: Table) -> dict[str, list[str]]:
    """The one or two best words for each word, by both directions: rare words seem to mean whatever is near them, and
    the way back tells."""
    found = {}
    for word, row in there.items():
        ranked = sorted(((share * (0.02 + back.get(other, {}).get(word, 0.0)), other) for other, share in row.items()))
        best = [(score, other) for score, other in reversed(ranked[-3:]) if score > 0.004]
        if best:
            found[word] = [other for score, other in best if score > 0.4 * best[0][0]][:2]
    return found


def translate(text: str, words: Mapping[str, Sequence[str]], chance: random.Random) -> str | None:
    """The text with each word in the other language, unknown ones left out, all else as it is; None where fewer than
    two words or than half of them are known."""
    written: list[str] = []
    known = total = 0
    for piece in _PIECE.findall(text):
        if not piece[0].isalpha():
            written.append(piece)
            continue
        total += 1
        if options := words.get(piece.lower().replace("\u2019", "'")):
            known += 1
            written.append(options[-1] if len(options) > 1 and chance.random() < 0.4 else options[0])
        elif piece.startswith("http"):
            written.append(piece)
    return "".join(written) if known >= max(_FEWEST, _SHARE * total) else None


def translated(rows: Iterable[Row], corpus: Corpus, *, seed: int) -> list[Row]:
    """Training rows of `SOURCES` in all `TARGETS` but their own; of XED only neutral ones, since the others are there
    in all languages. Deterministic for a seed."""
    chance = random.Random(seed)  # noqa: S311 - which of two words to take, not a secret
    rows, found = list(rows), []
    for source, sets in SOURCES.items():
        chosen = [
            row
            for row in rows
            if row.language == source and row.part == "train" and row.dataset in sets
            and (row.dataset != "xed" or row.label == NEUTRAL)
        ]  # fmt: skip
        for target in TARGETS:
            if target == source:
                continue
            there = learn_table(corpus.pairs(source, target), _ROUNDS)
            words = dictionary(there, learn_table(corpus.pairs(target, source), _ROUNDS))
            for row in chosen:
                if (text := translate(row.text, words, chance)) is not None:
                    domain = f"{MARK}{source}-{row.dataset}-{target}"
                    found.append(Row(text, row.label, f"{MARK}{row.dataset}", domain, target, "train", WEIGHT))
    return found
