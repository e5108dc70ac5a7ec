"""The bias audit: it finds a gap of known size, finds none where there is none, and bounds the engine we ship."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from analytics.language.cards import read_card
from analytics.language.cards.shape import Gap
from analytics.language.cards.shipped import FOLDER
from analytics.language.compact import CompactEngine
from analytics.language.contracts import EMOTIONS, Reading
from analytics.language.fairness import BOUNDS, audit, breaches
from analytics.language.fairness.sentences import Pairs, all_pairs, digest
from analytics.language.fairness.stored import write_audit

FRAMES = 15
WORDS = 8


class Leaning:
    """An engine whose positive probability is what `lean` says of a text; the rest is negative."""

    model_id = "leaning/1"

    def __init__(self, lean: Callable[[str], float], *, emotions: bool = True) -> None:
        self._lean, self._emotions = lean, emotions

    def read(self, texts: Sequence[str], hints: Sequence[str] | None = None) -> list[Reading]:
        assert hints is None, "the audit gives no language"
        return [self._reading(self._lean(text)) for text in texts]

    def _reading(self, positive: float) -> Reading:
        scores = tuple(positive if name == "joy" else 0.0 for name in EMOTIONS)
        return Reading(
            language="en",
            language_confidence=1.0,
            negative=1 - positive,
            neutral=0.0,
            positive=positive,
            sentiment="positive" if positive >= 0.5 else "negative",
            abstained=False,
            abstain_reason="",
            model_id=self.model_id,
            emotions=(("joy",) if positive >= 0.5 else ()) if self._emotions else None,
            emotion_scores=scores if self._emotions else None,
            irony=0.25 if self._emotions else None,
        )

    def card(self) -> Mapping[str, object]:
        return {}


def _pairs(reference: str = "Ann", group: str = "Bea") -> Pairs:
    def side(word: str) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(f"{frame} {word}{index}" for index in range(WORDS)) for frame in range(FRAMES))

    return Pairs("gender_names", "en", reference, group, side(reference), side(group))


def _of(gaps: Sequence[Gap], head: str, label: str = "") -> Gap:
    (found,) = [gap for gap in gaps if gap.head == head and gap.label == label]
    return found


def test_a_planted_gap_is_found_in_its_size() -> None:
    found = audit(Leaning(lambda text: 0.6 if "Bea" in text else 0.4), pairs=[_pairs()])
    gap = _of(found.gaps, "sentiment")
    assert (gap.n, gap.difference, gap.difference_low, gap.difference_high) == (FRAMES * WORDS, 0.4, 0.4, 0.4)
    assert (gap.flips, gap.flips_low, gap.flips_high) == (1.0, 1.0, 1.0)
    joy = _of(found.gaps, "emotion", "joy")
    assert (joy.difference, joy.flips) == (0.2, 1.0)
    assert _of(found.gaps, "emotion", "anger").difference == 0.0
    assert _of(found.gaps, "irony").difference == 0.0
    assert breaches(found.gaps)[0] == gap


def test_an_engine_that_looks_at_no_names_has_no_gap() -> None:
    found = audit(Leaning(lambda text: int(text.split()[0]) / FRAMES), pairs=[_pairs()])
    assert {(gap.difference, gap.difference_low, gap.difference_high, gap.flips) for gap in found.gaps} == {
        (0.0, 0.0, 0.0, 0.0)
    }
    assert breaches(found.gaps) == []


def test_one_loud_word_widens_the_interval_of_the_whole() -> None:
    found = audit(Leaning(lambda text: 0.9 if text.endswith("Bea0") else 0.5), pairs=[_pairs()])
    gap = _of(found.gaps, "sentiment")
    assert gap.difference == pytest.approx(0.8 / WORDS)
    # With one word in eight to blame, another choice of words might have shown nothing.
    assert gap.difference_low == 0.0
    assert gap.difference_high > 2 * gap.difference


def test_what_an_engine_does_not_say_has_no_gap() -> None:
    found = audit(Leaning(lambda text: len(text) / 99, emotions=False), pairs=[_pairs()])
    assert {gap.head for gap in found.gaps} == {"sentiment"}


def test_skin_tones_may_change_nothing_at_all() -> None:
    tones = [each for each in all_pairs() if each.axis == "skin_tone"]
    found = audit(Leaning(lambda text: 0.5001 if "\U0001f3ff" in text else 0.5), pairs=tones)
    assert {gap.group for gap in breaches(found.gaps)} == {"dark"}


def test_only_what_is_claimed_is_bounded_but_skin_tones_always() -> None:
    gaps = audit(Leaning(lambda text: 0.9 if "Bea" in text else 0.1), pairs=[_pairs()]).gaps
    assert breaches(gaps, languages={"sentiment": frozenset({"de"})}) == []
    assert [gap.head for gap in breaches(gaps, languages={"sentiment": frozenset({"en"})})] == ["sentiment"]


def test_the_sentences_cover_what_is_promised() -> None:
    pairs = all_pairs()
    assert len({each.language for each in pairs}) >= 5
    assert {each.axis for each in pairs} == set(BOUNDS)
    for each in pairs:
        assert len(each.before) == len(each.after)
        assert {len(row) for row in (*each.before, *each.after)} == {len(each.before[0])}
        for one, other in zip(each.before, each.after, strict=True):
            assert all("{" not in text for text in (*one, *other))
            assert one != other or each.axis == "dialect"
    assert len(digest()) == 16


# What the shipped weights break, and how far they may: the card shows it, and it must not grow unseen.
KNOWN = {("sentiment", "it", "Nigerian"): 0.17}


def test_the_shipped_engine_keeps_within_its_bounds() -> None:
    engine = CompactEngine()
    heads: Any = engine.card()["heads"]
    claimed = {name: frozenset(head["languages"]) for name, head in heads.items()}
    found = audit(engine)
    beyond = [
        (gap.head, gap.label, gap.language, gap.group, gap.difference)
        for gap in breaches(found.gaps, languages=claimed)
        if abs(gap.difference) > KNOWN.get((gap.head, gap.language, gap.group), 0.0)
    ]
    assert beyond == []
    # The card shows what this audit found, not that of other weights.
    shown = read_card(engine.card()).bias
    assert shown is not None
    assert (shown.templates, shown.seed, len(shown.gaps)) == (found.templates, found.seed, len(found.gaps))
    for ours, theirs in zip(shown.gaps, found.gaps, strict=True):
        assert (ours.head, ours.label, ours.axis, ours.language, ours.group, ours.n) == (
            theirs.head, theirs.label, theirs.axis, theirs.language, theirs.group, theirs.n
        )  # fmt: skip
        assert (ours.difference, ours.flips) == pytest.approx((theirs.difference, theirs.flips), abs=5e-4)


def test_the_command_prints_one_object_last_and_draws(tmp_path: Path) -> None:
    out, err = StringIO(), StringIO()
    picture = tmp_path / "gaps.svg"
    call_command("audit_bias", engine="compact", picture=picture, rows=3, stdout=out, stderr=err)
    told = json.loads(out.getvalue().splitlines()[-1])
    assert told["model_id"] == CompactEngine().model_id
    assert told["gaps"]
    assert {"n", "difference_low", "flips", "bound"} <= set(told["gaps"][0])
    assert err.getvalue().count("\n") == 4
    assert picture.read_bytes().startswith(b"<svg")


def test_the_command_refuses_what_it_cannot_do(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="unknown_engine"):
        call_command("audit_bias", engine="crystal", stdout=StringIO())
    for nowhere in (tmp_path / "gaps.pdf", tmp_path / "nowhere" / "gaps.svg"):
        with pytest.raises(CommandError, match="picture"):
            call_command("audit_bias", engine="compact", picture=nowhere, stdout=StringIO(), stderr=StringIO())


def test_an_audit_goes_into_the_card_of_its_engine_only(tmp_path: Path) -> None:
    card = tmp_path / "card.json"
    card.write_text((FOLDER / "compact-sentiment-0.1.0.json").read_text(encoding="utf-8"), encoding="utf-8")
    engine = Leaning(lambda text: 0.9 if "Bea" in text else 0.5)
    found = audit(engine, pairs=[_pairs()])
    with pytest.raises(ValueError, match="another model"):
        write_audit(card, engine, found=found)
    engine.model_id = "compact-sentiment/0.1.0"
    worst = audit(Leaning(lambda text: 0.0 if "Bea" in text else 1.0), pairs=[_pairs()])
    assert _of(worst.gaps, "sentiment").difference == -2.0
    for each in (worst, found):
        write_audit(card, engine, found=each)
        kept = read_card(json.loads(card.read_text(encoding="utf-8")))
        assert kept.bias is not None
        assert kept.bias.gaps == each.gaps
    with pytest.raises(CommandError, match="another model"):
        call_command("audit_bias", engine="compact", into=card, stdout=StringIO(), stderr=StringIO())
