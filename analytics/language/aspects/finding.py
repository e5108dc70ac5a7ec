"""What a post speaks of, and which of its words say how that is. Pure; linear but for sorting."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace
from typing import Final

from analytics.language.aspects.clauses import Boundaries, cut, find_boundaries
from analytics.language.aspects.contracts import Opinion, Post, Span, Spoken, Subject
from analytics.language.aspects.wording import Lookout, Reach, Word
from analytics.listening.document import read
from analytics.listening.text import Scan, scan

LONGEST: Final = 20_000  # characters of a post that are looked at
MOST: Final = 60  # of what a post speaks of
_ENDING = re.compile(r"[!?.…।؟！？]{1,8}")
_UNREAL: Final = 4  # words behind "should" of which nothing is taken for said
_UNWANTED: Final = frozenset({"ambience.noise", "service.waiting", "crowding"})  # good to be without
_SIGILS: Final = "@#$~"
_COMPARED: Final = 2  # words between the opinion of a comparison and the word it hinges on


@dataclass(frozen=True, slots=True)
class _Target:
    subject: Subject
    span: Span
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class _Clue:
    """An opinion word: its words, which way it points with negation counted, and the aspect it counts for alone."""

    span: Span
    first: int
    end: int
    positive: bool
    of: str


@dataclass(frozen=True, slots=True)
class _Clause:
    first: int
    end: int
    span: Span
    targets: tuple[_Target, ...]
    clues: tuple[_Clue, ...]

    def clues_for(self, subject: Subject) -> list[_Clue]:
        """The opinion words that count for a subject here; those of the aspect alone go before general ones."""
        own = [clue for clue in self.clues if clue.of and clue.of == subject.key]
        taken = {place for clue in own for place in range(clue.first, clue.end)}
        general = [clue for clue in self.clues if not clue.of and not taken.intersection(range(clue.first, clue.end))]
        return sorted([*own, *general], key=lambda clue: clue.span)


def find(post: Post, lookout: Lookout) -> list[Spoken]:
    """What a post speaks of, in reading order; [] for nothing. Never raises for what the text contains."""
    text = post.text[:LONGEST]
    if not lookout.subjects and len({entity for entity, _ in post.entities}) < 2:
        return _alone(text, post.entities)
    scanned = scan(text)
    spans: dict[Subject | Word, list[Span]] = defaultdict(list)
    for match in lookout.matcher.match_document(read(scanned, title_length=min(post.title_length, len(text)))):
        spans[match.key] += match.spans
    targets = _targets(scanned, spans, [entity for entity in post.entities if entity[1][1] <= len(text)])
    if not targets:
        return []
    boundaries = find_boundaries(
        scanned,
        contrast=_of(spans, "contrast"),
        after_comma=_of(spans, "after_comma"),
        joins=_of(spans, "joins"),
    )
    clues = [*_clues(scanned, spans), *_absences(scanned, spans, targets)]
    clues.sort(key=lambda clue: (clue.first, clue.of))
    pieces = cut(
        len(scanned.words),
        boundaries,
        targets=[(target.first, target.end) for target in targets],
        opinions=[clue.first for clue in clues if not clue.of],
    )
    negators = sorted(bisect_left(scanned.starts, start) for start, _ in _of(spans, "negators"))
    clauses = _clauses(scanned, boundaries, pieces, targets, clues, negators, lookout.reach)
    found = [
        *_aspects(clauses, scanned),
        *_entities(clauses, [bisect_left(scanned.starts, s) for s, _ in _of(spans, "than")]),
    ]
    return sorted(found, key=lambda each: (each.start, each.end, each.subject))[:MOST]


def _alone(text: str, entities: Sequence[tuple[str, Span]]) -> list[Spoken]:
    """What there is to find where nothing is looked for and at most one entity is named."""
    named = sorted((span, entity) for entity, span in entities if span[0] < span[1] <= len(text))[:1]
    return [Spoken(Subject("entity", entity), *span, ((0, len(text)),), about=entity) for span, entity in named]


def _of(spans: dict[Subject | Word, list[Span]], role: str) -> list[Span]:
    return sorted(set(spans.get(Word(role), [])))


def _targets(
    scanned: Scan, spans: dict[Subject | Word, list[Span]], entities: Iterable[tuple[str, Span]]
) -> list[_Target]:
    named = [(key, span) for key, found in spans.items() if isinstance(key, Subject) for span in found]
    named += [(Subject("entity", entity), span) for entity, span in entities]
    targets = []
    for subject, (start, end) in named:
        first, last = bisect_left(scanned.starts, start), bisect_left(scanned.starts, end)
        if last > first:
            targets.append(_Target(subject, (start, end), first, last))
    return sorted(set(targets), key=lambda target: (target.first, target.end, target.subject))


def _clues(scanned: Scan, spans: dict[Subject | Word, list[Span]]) -> list[_Clue]:
    """The opinion words, without those in hollow phrases; where two overlap, the longer one counts."""
    hollow = {
        place
        for start, end in _of(spans, "hollow")
        for place in range(bisect_left(scanned.starts, start), bisect_left(scanned.starts, end))
    }
    found = []
    for key, places in spans.items():
        if isinstance(key, Word) and key.role in ("positive", "negative"):
            for start, end in places:
                first, last = bisect_left(scanned.starts, start), bisect_left(scanned.starts, end)
                if last > first and first not in hollow:
                    found.append(_Clue((start, end), first, last, key.role == "positive", key.of))
    unreal = [bisect_left(scanned.starts, end) for _, end in _of(spans, "unreal")]
    kept: list[_Clue] = []
    taken: dict[str, set[int]] = defaultdict(set)
    for clue in sorted(set(found), key=lambda clue: (clue.first - clue.end, clue.first, clue.of, clue.positive)):
        words = set(range(clue.first, clue.end))
        if not words & taken[clue.of]:
            taken[clue.of] |= words
            near = bisect_left(unreal, clue.first - _UNREAL), bisect_left(unreal, clue.first + 1)
            if near[0] == near[1] or not clue.positive:
                kept.append(clue)
    return sorted(kept, key=lambda clue: (clue.first, clue.of))


def _absences(scanned: Scan, spans: dict[Subject | Word, list[Span]], targets: Sequence[_Target]) -> list[_Clue]:
    """ "No parking", "without wifi": that something is not there says how it is, of that aspect alone."""
    ends = {bisect_left(scanned.starts, end): (start, end) for start, end in _of(spans, "absent")}
    return [
        _Clue(ends[target.first], target.first - 1, target.first, target.subject.key in _UNWANTED, target.subject.key)
        for target in targets
        if target.first in ends and target.subject.kind == "aspect"
    ]


def _clauses(
    scanned: Scan,
    boundaries: Boundaries,
    pieces: Sequence[tuple[int, int]],
    targets: Sequence[_Target],
    clues: Sequence[_Clue],
    negators: Sequence[int],
    reach: Reach,
) -> list[_Clause]:
    firsts, heads = [target.first for target in targets], [clue.first for clue in clues]
    clauses = []
    for first, end in pieces:
        said = [
            replace(clue, positive=clue.positive != _negated(clue, negators, reach, first, end))
            for clue in clues[bisect_left(heads, first) : bisect_left(heads, end)]
        ]
        of_it = targets[bisect_left(firsts, first) : bisect_left(firsts, end)]
        begin = min(boundaries.skips.get(first, first), end - 1)
        if of_it:
            begin = min(begin, of_it[0].first)
        clauses.append(_Clause(first, end, _bounds(scanned, begin, end), tuple(of_it), tuple(said)))
    return clauses


def _bounds(scanned: Scan, first: int, end: int) -> Span:
    """Where a clause of these words begins and ends: with the sign of a tag in front (what stands for a person is only
    known by it) and the signs that end a sentence; from and to the very ends of a post."""
    text = scanned.text
    start = scanned.starts[first] if first else 0
    while start and text[start - 1] in _SIGILS:
        start -= 1
    if end == len(scanned.words):
        return start, len(text)
    closing = _ENDING.match(text, scanned.ends[end - 1])
    return start, closing.end() if closing else scanned.ends[end - 1]


def _negated(clue: _Clue, negators: Sequence[int], reach: Reach, first: int, end: int) -> bool:
    """Whether an odd number of negators of the clause reach the opinion."""
    before = bisect_left(negators, clue.first) - bisect_left(negators, max(first, clue.first - reach.before))
    after = bisect_left(negators, min(end, clue.end + reach.after)) - bisect_left(negators, clue.end)
    return (before + after) % 2 == 1


def _aspects(clauses: Sequence[_Clause], scanned: Scan) -> list[Spoken]:
    found = []
    owners = _owners(clauses)
    for number, clause in enumerate(clauses):
        present: dict[Subject, list[_Target]] = defaultdict(list)
        for target in clause.targets:
            if not _is_entity(target):
                present[target.subject].append(target)
        of_industry = [subject for subject in present if subject.kind == "aspect"]
        opinions = {place for clue in clause.clues for place in range(clue.first, clue.end)}
        for subject in sorted(present):
            if any(other.within(subject) for other in of_industry):
                continue  # the part is spoken of, not the whole
            wholes = [subject, *(other for other in of_industry if subject.within(other))]
            named = [target for whole in wholes for target in present[whole]]
            told = _told(named, subject, clause.end, opinions, scanned)
            clues, stretches = clause.clues_for(subject), [clause.span]
            following = clauses[number + 1] if number + 1 < len(clauses) else None
            if not clues and following is not None and not following.targets and following.clues:
                # "The pizza? Amazing!", "The pool, however, was cold"
                clues, stretches = following.clues_for(subject), [clause.span, following.span]
            found.append(Spoken(subject, *told, tuple(stretches), tuple(map(_opinion, clues)), about=owners[number]))
        if len(found) >= MOST:  # later clauses come behind these
            break
    return found


def _told(named: Sequence[_Target], subject: Subject, end: int, opinions: Set[int], scanned: Scan) -> Span:
    """The target to show, of a clause that ends before a word: words that are no opinion themselves if there are any,
    also of the aspect that it is a part of. Of some words together with the opinion on them ("slow service"), the
    longest other one."""
    target = min(
        named,
        key=lambda target: (
            opinions >= set(range(target.first, target.end)),
            target.subject != subject,
            target.first,
        ),
    )
    words = range(target.first, target.end)
    plain = [word for word in words if word < end and word not in opinions]
    if len(plain) in (0, len(words)):
        return target.span
    chosen = max(plain, key=lambda word: (scanned.ends[word] - scanned.starts[word], -word))
    return scanned.starts[chosen], scanned.ends[chosen]


def _opinion(clue: _Clue) -> Opinion:
    return Opinion(*clue.span, clue.positive)


def _owners(clauses: Sequence[_Clause]) -> list[str]:
    """The entity that each clause is about: the one it names, or else the last clause named; "" for none or several."""
    owners: list[str] = []
    owner = ""
    everywhere = {target.subject.key for clause in clauses for target in clause.targets if _is_entity(target)}
    if len(everywhere) == 1:
        return list(everywhere) * len(clauses)
    for clause in clauses:
        named = {target.subject.key for target in clause.targets if _is_entity(target)}
        if named:
            owner = named.pop() if len(named) == 1 else ""
        owners.append(owner)
    return owners


def _is_entity(target: _Target) -> bool:
    return target.subject.kind == "entity"


def _entities(clauses: Sequence[_Clause], hinges: Sequence[int]) -> list[Spoken]:
    """Each entity once, with all clauses that are about it. A post that names one alone is about it as a whole: what
    the engine reads in it stands, whatever its words."""
    targets = [target for clause in clauses for target in clause.targets if _is_entity(target)]
    if len({target.subject for target in targets}) == 1:
        alone = targets[0]
        whole = clauses[0].span[0], clauses[-1].span[1]
        return [Spoken(alone.subject, *alone.span, (whole,), about=alone.subject.key)]
    owners = _owners(clauses)
    found = []
    for key in dict.fromkeys(target.subject.key for target in targets):
        said = [
            clause
            for clause, owner in zip(clauses, owners, strict=True)
            if owner == key or any(target.subject.key == key for target in clause.targets if _is_entity(target))
        ]
        first = next(target for target in targets if target.subject.key == key)
        clues = [clue for clause in said for clue in clause.clues_for(first.subject)]
        found.append(
            Spoken(
                first.subject,
                *first.span,
                _joined([clause.span for clause in said]),
                tuple(map(_opinion, clues)),
                inverted=len(said) == 1 and _compared(said[0], first, hinges),
                about=key,
            )
        )
    return found


def _compared(clause: _Clause, target: _Target, hinges: Sequence[int]) -> bool:
    """Whether the clause says how something else is in comparison with the target: "better than" it."""
    others = [each.first for each in clause.targets if _is_entity(each) and each.subject != target.subject]
    for hinge in hinges[bisect_left(hinges, clause.first) : bisect_left(hinges, target.first)]:
        if any(other < hinge for other in others) and any(
            0 <= hinge - clue.end <= _COMPARED for clue in clause.clues if not clue.of
        ):
            return True
    return False


def _joined(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Stretches that follow each other as one; what lies between them belongs to them."""
    joined: list[Span] = []
    for start, end in spans:
        if joined and start - joined[-1][1] <= 2:
            joined[-1] = joined[-1][0], end
        else:
            joined.append((start, end))
    return tuple(joined)
