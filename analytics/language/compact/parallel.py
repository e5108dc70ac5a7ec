"""Lines of XED that say the same in different languages, found without a translator.

XED's projection files hold subtitle lines of the same films with the labels carried over, film after film in the order
of the film, but with no sentence id and each with other gaps. Runs of equal label sets, long enough to be unique, show
which stretches belong together; between two of them the lines are aligned by their labels (longest common
subsequence). The English lines that were annotated are sorted by the alphabet; `dictionary.complete` finds them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations, pairwise
from pathlib import Path
from typing import Final

from analytics.language.compact.sources import columns_of, names_in

LANGUAGES: Final = ("en", "es", "pt", "br", "it", "fr", "de", "ar", "fi", "ro", "nl", "sv")
"""File names of XED; "br" is Brazilian Portuguese."""
RUN: Final = 5  # labels that must agree in a row
_REACH: Final = 40  # lines within which a neighbour supports an anchor
_SLACK: Final = 12
_SUPPORT: Final = 2
_NEIGHBOURS: Final = 6

Lines = Sequence[tuple[str, str]]
"""(text, labels) of each line of a file; labels in one spelling."""
Group = Mapping[str, int]
"""Lines that say the same: the place of each in its language's file."""


def read_lines(data: Path) -> dict[str, Lines]:
    """The projection files of `LANGUAGES` under `data`/train. Raises FileNotFoundError."""
    folder = data / "train" / "xed" / "projections"
    return {language: _read(folder, names_in(folder, f"{language}-*")[0]) for language in LANGUAGES}


def read_annotated(data: Path) -> Lines:
    """The English lines that people annotated."""
    return _read(data / "train" / "xed" / "annotated", "en-annotated.tsv")


def _read(folder: Path, name: str) -> Lines:
    return [
        (cells[0], ",".join(sorted(cells[1].replace(" ", "").split(","))))
        for cells in columns_of(folder / name)
        if len(cells) >= 2
    ]


def align(one: Lines, other: Lines) -> list[tuple[int, int]]:
    """Places of lines that say the same, one to one, in order of the first."""
    labels, others = [label for _, label in one], [label for _, label in other]
    anchors = _supported(_anchors(labels, others))
    found = {(i + step, j + step) for i, j in anchors for step in range(RUN)}
    for (i, j), (after_i, after_j) in pairwise(anchors):
        first, second = slice(i + RUN, after_i), slice(j + RUN, after_j)
        if 0 < after_i - i - RUN <= _REACH and 0 < after_j - j - RUN <= _REACH:
            found.update((i + RUN + x, j + RUN + y) for x, y in _common(labels[first], others[second]))
    lefts, rights = Counter(i for i, _ in found), Counter(j for _, j in found)
    return [(i, j) for i, j in sorted(found) if lefts[i] == 1 and rights[j] == 1]


def _anchors(labels: Sequence[str], others: Sequence[str]) -> list[tuple[int, int]]:
    """Where a run of labels stands once in both."""

    def places(sequence: Sequence[str]) -> dict[tuple[str, ...], list[int]]:
        found: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for place in range(len(sequence) - RUN + 1):
            found[tuple(sequence[place : place + RUN])].append(place)
        return found

    theirs = places(others)
    return sorted(
        (where[0], theirs[run][0])
        for run, where in places(labels).items()
        if len(where) == 1 and len(theirs.get(run, ())) == 1
    )


def _supported(anchors: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Anchors with others beside them on nearly the same diagonal: a chance agreement has none."""
    kept = []
    for number, (i, j) in enumerate(anchors):
        near = anchors[max(0, number - _NEIGHBOURS) : number + _NEIGHBOURS + 1]
        support = sum(
            (k, m) != (i, j) and abs(k - i) <= _REACH and abs(m - j) <= _REACH and (k - i) * (m - j) > 0
            and abs((k - i) - (m - j)) <= _SLACK
            for k, m in near
        )  # fmt: skip
        if support >= _SUPPORT:
            kept.append((i, j))
    return kept


def _common(first: Sequence[str], second: Sequence[str]) -> list[tuple[int, int]]:
    """Places of a longest common subsequence."""
    best = [[0] * (len(second) + 1) for _ in range(len(first) + 1)]
    for x in reversed(range(len(first))):
        for y in reversed(range(len(second))):
            same = first[x] == second[y]
            best[x][y] = best[x + 1][y + 1] + 1 if same else max(best[x + 1][y], best[x][y + 1])
    found, x, y = [], 0, 0
    while x < len(first) and y < len(second):
        if first[x] == second[y]:
            found.append((x, y))
            x, y = x + 1, y + 1
        elif best[x + 1][y] >= best[x][y + 1]:
            x += 1
        else:
            y += 1
    return found


def grouped(lines: Mapping[str, Lines]) -> list[Group]:
    """Lines of all files that say the same, at most one of each file. What would bring two lines of one file together
    is left out."""
    above: dict[tuple[str, int], tuple[str, int]] = {}
    members: dict[tuple[str, int], dict[str, int]] = {}

    def root(line: tuple[str, int]) -> tuple[str, int]:
        while (higher := above.get(line, line)) != line:
            line = higher
        return line

    for one, other in combinations(lines, 2):
        for i, j in align(lines[one], lines[other]):
            first, second = root((one, i)), root((other, j))
            mine, theirs = (members.setdefault(top, {top[0]: top[1]}) for top in (first, second))
            if first != second and not mine.keys() & theirs.keys():
                above[second] = first
                mine.update(members.pop(second))
    return [group for group in members.values() if len(group) > 1]
