"""Word dictionaries learned from lines that say the same: IBM Model 1 (Brown et al., 1993)."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from analytics.language.compact.parallel import Group, Lines

Words = Sequence[str]
Table = Mapping[str, Mapping[str, float]]
"""P(word | word of the other language)."""

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+")
_MASK = re.compile(r"\[[A-Z]+\]")  # how XED writes names
_MOST_WORDS: Final = 40
_LEAST: Final = 0.003
_NULL: Final = 2e-4  # of words that translate nothing
ROUNDS: Final = 5
_SURE: Final = (0.35, 0.25, 0.25)  # how alike an English line must be, by round
_AHEAD: Final = 0.05  # and by how much more than the next


def words_of(text: str) -> list[str]:
    """The first 40 words of a line, folded."""
    plain = unicodedata.normalize("NFKC", _MASK.sub(" ", text)).lower().replace("\u2019", "'")
    return _WORD.findall(plain)[:_MOST_WORDS]


def learn_table(pairs: Sequence[tuple[Words, Words]], rounds: int = ROUNDS) -> Table:
    """P(second's word | first's word) from pairs of lines, by expectation maximisation."""
    table: dict[str, dict[str, float]] = defaultdict(dict)
    for first, second in pairs:
        for word in dict.fromkeys(first):
            table[word].update(dict.fromkeys(second, 1.0))
    for row in table.values():
        for other in row:
            row[other] = 1.0 / len(row)
    for _ in range(rounds):
        counts: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        for first, second in pairs:
            for other in second:
                shares = [(word, table[word].get(other, 0.0)) for word in first]
                total = _NULL + sum(share for _, share in shares)
                for word, share in shares:
                    if share > 1e-4 * total:
                        counts[word][other] += share / total
        table = defaultdict(dict)
        for word, row in counts.items():
            mass = sum(row.values())
            table[word] = {other: count / mass for other, count in row.items() if count > _LEAST * mass}
    return table


def complete(
    groups: Sequence[Group], lines: Mapping[str, Lines], annotated: Lines, *, rounds: int = len(_SURE)
) -> list[tuple[Group, int]]:
    """Which annotated English line belongs to which group that has no English line: (group, place). Of the lines with
    the very same labels that one is taken whose words the group's words translate to, if it is plainly ahead; in turns
    with better dictionaries."""
    words = {language: [words_of(text) for text, _ in rows] for language, rows in lines.items()}
    english = [words_of(text) for text, _ in annotated]
    by_label: dict[str, list[int]] = defaultdict(list)
    for place, (_, label) in enumerate(annotated):
        by_label[label].append(place)
    frequency = Counter(word for line in english for word in set(line))
    rarity = {word: math.log(len(english) / (1 + count)) for word, count in frequency.items()}
    wanting = [group for group in groups if "en" not in group]
    found: list[tuple[Group, int]] = []
    for turn in range(rounds):
        tables = {
            language: learn_table(
                [(words[language][g[language]], words["en"][g["en"]]) for g in groups if language in g and "en" in g]
                + [(words[language][g[language]], english[place]) for g, place in found if language in g]
            )
            for language in lines
            if language != "en"
        }
        offers: dict[int, list[tuple[float, float, int]]] = defaultdict(list)
        for number, group in enumerate(wanting):
            said = _translated(group, words, tables)
            label = next(lines[language][place][1] for language, place in group.items())
            length = sum(len(words[language][place]) for language, place in group.items()) / len(group)
            ranked = sorted(
                ((_likeness(english[place], said, rarity, length), place) for place in by_label.get(label, ())),
                reverse=True,
            )[:2]
            if ranked:
                ahead = ranked[0][0] - (ranked[1][0] if len(ranked) > 1 else 0.0)
                offers[ranked[0][1]].append((ranked[0][0], ahead, number))
        found = []
        for place, offered in sorted(offers.items()):
            likeness, ahead, number = max(offered)
            if likeness > _SURE[min(turn, len(_SURE) - 1)] and ahead > _AHEAD:
                found.append((wanting[number], place))
    return found


def _translated(group: Group, words: Mapping[str, Sequence[Words]], tables: Mapping[str, Table]) -> dict[str, float]:
    """How sure it is that an English word is in what the group says."""
    unsaid: dict[str, float] = defaultdict(lambda: 1.0)
    for language, place in group.items():
        best: dict[str, float] = {}
        for word in words[language][place]:
            for other, share in tables[language].get(word, {}).items():
                if share > max(0.05, best.get(other, 0.0)):
                    best[other] = share
        for other, share in best.items():
            unsaid[other] *= 1 - 0.9 * share
    return {word: 1 - chance for word, chance in unsaid.items()}


def _likeness(line: Words, said: Mapping[str, float], rarity: Mapping[str, float], length: float) -> float:
    """Dice's coefficient of rare words, less for another length."""
    own = dict.fromkeys(line)  # in order, so that the sums below are the same in every run
    if not own:
        return 0.0
    shared = sum(rarity[word] * said[word] for word in own if word in said)
    mass = sum(rarity.get(word, 0.0) * share for word, share in said.items()) + sum(rarity[word] for word in own)
    return 2 * shared / mass - 0.15 * abs(math.log((1 + len(line)) / (1 + length))) if mass else 0.0
