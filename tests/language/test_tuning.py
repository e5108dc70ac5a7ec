"""A client's own words and calibration: what they do to a reading, and when a calibration is good enough."""

from __future__ import annotations

import math
import string
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.language.contracts import Reading
from analytics.language.engines import get_engine
from analytics.language.tables import UnreadableFile
from analytics.language.tuning.contracts import Calibration, Tuning, logits_of, min_probability_of, softmax
from analytics.language.tuning.fitting import (
    Labelled,
    against,
    compare,
    fit_calibration,
    refusal,
    side_of,
    usually_against,
)
from analytics.language.tuning.lexicon import BOUND, Lexicon, key_of
from analytics.language.tuning.wordfile import read_words
from tests.language.toy import ToyEngine, said

WORDS = Lexicon(
    [
        ("en", "sick", 4),
        ("en", "sick leave", -2),
        ("", "🥖", 3),
        ("", "#breadfail", -5),
        ("de", "gefallt", 3),
        ("sv", "gott", 4),
        ("zh", "好 吃", 4),
        ("en", "good", 2),
    ]
)


def read(
    text: str = "x", *, language: str = "en", p: tuple[float, float, float] = (0.2, 0.6, 0.2), **more: str
) -> Reading:
    reason = more.get("reason", "")
    label = "" if reason else ("negative", "neutral", "positive")[p.index(max(p))]
    return Reading(language, 1.0, *p, label, bool(reason), reason, more.get("model", "toy/1"))  # type: ignore[arg-type]


def pull(text: str, language: str = "en") -> float:
    return WORDS.shift(text, language)


def pulled(total: float) -> float:
    return BOUND * math.tanh(total / 5)


@pytest.mark.parametrize(
    ("text", "language", "total"),
    [
        ("That loaf is SICK", "en", 4),
        ("on sick leave today", "en", -2),
        ("sick, sick leave", "en", 4 - 2),
        ("sick", "de", 0),
        ("Fresh 🥖🏽 today", "und", 3),
        ("what a #BreadFail", "fr", -5),
        ("breadfail", "fr", 0),
        ("Das gefällt mir", "de", 3),
        ("这个很好吃！", "zh", 4),
        ("not good", "en", 2 * -0.74),
        ("not a very good loaf", "en", 2 * -0.74),
        ("very good", "en", 2),
        ("No! Good bread", "en", 2),
        ("not in a hundred years good", "en", 2),
        ("Det är inte gott", "sv", 4 * -0.74),
        ("Gott är det inte", "sv", 4 * -0.74),
        ("Gott. Inte sant", "sv", 4),
        ("nicht gefällt", "de", 3),
    ],
)
def test_words_pull_by_their_valence_and_by_what_stands_around_them(text: str, language: str, total: float) -> None:
    assert pull(text, language) == pytest.approx(pulled(total))


def test_an_entry_of_the_language_goes_before_one_of_every_language() -> None:
    words = Lexicon([("", "gift", 3), ("de", "gift", -4)])
    assert words.shift("ein Gift", "de") == pytest.approx(pulled(-4))
    assert words.shift("a gift", "en") == pytest.approx(pulled(3))
    more = Lexicon([("", "gift shop", 1), ("de", "gift", -4), ("", "#gift", 5), ("de", "#gift", -5), ("", "da", 2)])
    assert more.shift("gift shop", "de") == pytest.approx(pulled(1)), "the longest goes before both"
    assert more.shift("gift da", "de") == pytest.approx(pulled(-4 + 2))
    assert more.shift("#gift", "de") == pytest.approx(pulled(-5))


@pytest.mark.parametrize("text", ["", " ", ":)", "...", "a b c d e f g h i", "\x00", "ﷺ" * 90, "\u202e"])
def test_what_no_text_can_hold_has_no_key(text: str) -> None:
    assert key_of(text) == ""


@given(st.text(max_size=60))
def test_a_key_is_found_where_it_came_from(text: str) -> None:
    key = key_of(text)
    if key:
        assert abs(Lexicon([("", key, 5)]).shift(text, "und")) > 0, key


@given(st.text(max_size=200), st.sampled_from(["en", "de", "zh", "und", "fr"]))
def test_no_text_is_pulled_beyond_the_bound_and_none_raises(text: str, language: str) -> None:
    assert -BOUND <= pull(text, language) <= BOUND
    (tuned,) = Tuning(1, "toy/1", None, WORDS).apply([text], [read(language=language)])
    assert abs(tuned.negative + tuned.neutral + tuned.positive - 1) < 1e-6


def test_a_long_text_full_of_beginnings_costs_no_more_than_its_length() -> None:
    many = Lexicon([("en", f"a {first}{second}", 1) for first in string.ascii_lowercase for second in "abcdefgh"])
    assert len(many.find("a " * 100_000, "en")) == 0


def test_many_words_in_many_languages_take_no_more_room_than_they_are() -> None:
    codes = [f"{a}{b}{c}" for a in "abcd" for b in string.ascii_lowercase for c in string.ascii_lowercase]
    entries = [("", f"word{n}", 1) for n in range(2_000)] + [(code, "word", 1) for code in codes]
    tracemalloc.start()
    words = Lexicon(entries)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000_000
    assert words.shift("word word7", "abc") == pytest.approx(pulled(2))


def test_a_tuning_shifts_and_relabels_and_says_who_it_was() -> None:
    tuned = Tuning(7, "toy/1", None, WORDS).apply(["so sick", "plain"], [read(p=(0.4, 0.3, 0.3)), read()])
    assert [each.model_id for each in tuned] == ["toy/1+t7"] * 2
    assert (tuned[0].sentiment, tuned[1].sentiment) == ("positive", "neutral")
    assert (tuned[1].negative, tuned[1].neutral) == (0.2, 0.6)
    odds = math.log(tuned[0].positive / tuned[0].negative) - math.log(0.3 / 0.4)
    assert odds == pytest.approx(2 * pulled(4), abs=1e-4)


def test_doubt_is_told_anew_and_other_silence_stays() -> None:
    tuning = Tuning(1, "toy/1", None, WORDS, min_probability={"": 0.5, "ha": 0.3})
    sure, doubtful, silent = tuning.apply(
        ["sick", "plain", "sick"],
        [
            read(p=(0.3, 0.36, 0.34), reason="low_confidence"),
            read(p=(0.3, 0.4, 0.3)),
            read(p=(0.3, 0.36, 0.34), reason="unsupported_language"),
        ],
    )
    assert (sure.sentiment, sure.abstain_reason) == ("positive", "")
    assert (doubtful.sentiment, doubtful.abstain_reason) == ("", "low_confidence")
    assert (silent.sentiment, silent.abstain_reason) == ("", "unsupported_language")
    assert silent.positive > 0.5
    (other,) = tuning.apply(["plain"], [read(p=(0.3, 0.4, 0.3), model="toy/2")])
    assert other.sentiment == "neutral", "the bound is the other engine's"
    (own,) = tuning.apply(["plain"], [read(p=(0.3, 0.4, 0.3), language="ha")])
    assert own.sentiment == "neutral", "the language has a bound of its own"


def test_engines_tell_by_their_cards_when_they_doubt() -> None:
    least = min_probability_of(get_engine("compact"))
    assert 0 < least[""] <= least["en"] < least["und"] < 1
    assert min_probability_of(ToyEngine("toy/1", lambda _: said("toy/1"))) == {}
    # What the engine doubts, and a word of the client's makes plain, has a label.
    reading = Reading("en", 1.0, 0.33, 0.34, 0.33, "", True, "low_confidence", "compact/x")
    (sure,) = Tuning(1, "compact/x", None, WORDS, least).apply(["sick"], [reading])
    assert (sure.sentiment, sure.abstained) == ("positive", False)


def test_a_calibration_is_for_its_engine_alone() -> None:
    calibration = Calibration("toy/1", 1.0, (2.0, 0.0, 0.0), {"de": (0.0, 0.0, 5.0)})
    same, other, german = Tuning(1, "toy/1", calibration).apply(
        ["a", "b", "c"], [read(), read(model="toy/2"), read(language="de")]
    )
    assert (same.sentiment, other.sentiment, german.sentiment) == ("negative", "neutral", "positive")
    assert other.neutral == 0.6
    assert Calibration.from_json(calibration.to_json()) == calibration


def labelled(n: int, seed: int, *, bias: tuple[float, float, float], scale: float = 1.0, copies: int = 1) -> Labelled:
    """Labels drawn from what the engine would say if it were off by this much."""
    rng = np.random.default_rng(seed)
    logits = logits_of(rng.dirichlet([1.5, 1.5, 1.5], size=n))
    true = softmax(scale * logits + np.array(bias))
    labels = (true.cumsum(axis=1) < rng.random((n, 1))).sum(axis=1)
    sayings = [f"s{row}" for row in range(n) for _ in range(copies)]
    return Labelled(np.repeat(logits, copies, axis=0), np.repeat(labels, copies), ["en"] * n * copies, sayings)


OFF = (1.0, -1.0, 0.0)


def test_a_calibration_finds_what_is_off_and_is_better_on_other_labels() -> None:
    fit, other = labelled(2_000, 1, bias=OFF, scale=0.6), labelled(600, 2, bias=OFF, scale=0.6)
    found = fit_calibration(fit, engine="toy/1")
    assert found == fit_calibration(fit, engine="toy/1")
    assert found.scale == pytest.approx(0.6, abs=0.15)
    assert found.bias[0] - found.bias[1] == pytest.approx(2.0, abs=0.3)
    gain = compare(other.logits, found.logits(other.logits, other.languages), other)
    assert gain.better
    assert gain.log_loss_interval[0] > 0.02
    assert gain.before.log_loss - gain.after.log_loss == pytest.approx(gain.log_loss_gain)
    assert gain.n == gain.texts == 600


def test_where_nothing_is_off_nothing_is_better() -> None:
    """How often a calibration passes that is no better: the interval's lower end is above 0 in few of many worlds."""
    passed = 0
    for seed in range(40):
        fit, other = labelled(150, 1_000 + seed, bias=(0, 0, 0)), labelled(60, 2_000 + seed, bias=(0, 0, 0))
        found = fit_calibration(fit, engine="toy/1")
        passed += compare(other.logits, found.logits(other.logits, other.languages), other).better
    assert passed <= 4


def test_copies_are_no_new_evidence() -> None:
    once, often = (labelled(80, 3, bias=OFF, copies=copies) for copies in (1, 25))
    found = Calibration("toy/1", 1.0, OFF)
    narrow, wide = (compare(side.logits, found.logits(side.logits, side.languages), side) for side in (often, once))
    assert narrow.texts == wide.texts == 80
    assert narrow.log_loss_interval == pytest.approx(wide.log_loss_interval, abs=1e-6)


def test_a_language_with_enough_labels_has_a_bias_of_its_own() -> None:
    english, german = labelled(400, 1, bias=(0, 0, 0)), labelled(400, 2, bias=(2.0, 0, 0))
    both = Labelled(
        np.vstack([english.logits, german.logits]),
        np.concatenate([english.labels, german.labels]),
        ["en"] * 400 + ["de"] * 380 + ["fr"] * 20,
        [*english.sayings, *(f"d{saying}" for saying in german.sayings)],
    )
    found = fit_calibration(both, engine="toy/1")
    assert set(found.languages) == {"en", "de"}
    assert found.languages["de"][0] > found.languages["en"][0] + 0.5
    copied = Labelled(both.logits, both.labels, both.languages, [*english.sayings, *["d0"] * 400])
    assert set(fit_calibration(copied, engine="toy/1").languages) == {"en"}, "one German text, 380 times"


def test_too_few_labels_or_only_the_engines_mistakes_are_refused() -> None:
    enough, held = labelled(200, 1, bias=(0, 0, 0)), labelled(60, 2, bias=(0, 0, 0))
    assert refusal(enough, held) == ""
    assert refusal(labelled(99, 1, bias=(0, 0, 0)), held) == "too_few_labels"
    assert refusal(enough, labelled(39, 1, bias=(0, 0, 0))) == "too_few_held_out"
    same = Labelled(enough.logits, np.zeros(200, dtype=np.int64), enough.languages, enough.sayings)
    assert refusal(same, held) == "too_few_labels"
    wrong = Labelled(enough.logits, (enough.logits.argmax(axis=1) + 1) % 3, enough.languages, enough.sayings)
    assert against(wrong) == 1.0
    assert refusal(wrong, held) == "against_the_engine"
    assert refusal(wrong, held, usual=None) == "", "a hold-out that was drawn at random tells by itself"


def test_copies_do_not_make_few_texts_enough() -> None:
    """Of one text the interval has no width, whatever is drawn; so it would always be better, or never."""
    enough, held = labelled(200, 1, bias=(0, 0, 0)), labelled(60, 2, bias=(0, 0, 0))
    assert refusal(enough, labelled(4, 5, bias=(0, 0, 0), copies=25)) == "too_few_held_out"
    assert refusal(labelled(20, 1, bias=(0, 0, 0), copies=25), held) == "too_few_labels"
    seldom = Labelled(enough.logits, np.zeros(200, dtype=np.int64), enough.languages, ["s0"] * 20 + enough.sayings[20:])
    seldom.labels[:20] = 1
    assert refusal(seldom, held) == "too_few_labels", "one text is said to be neutral, twenty times"


def test_what_is_usual_is_told_by_what_was_drawn_at_random() -> None:
    drawn = labelled(200, 1, bias=(0, 0, 0))
    share = against(drawn)
    assert share < usually_against(drawn) < share + 0.1
    few = Labelled(drawn.logits[:29], drawn.labels[:29], drawn.languages[:29], drawn.sayings[:29])
    assert usually_against(few) == 0.5


def test_sides_are_told_by_what_is_said_alone() -> None:
    sides = [side_of(f"story {n}") for n in range(4_000)]
    assert 0.27 < sides.count("held_out") / 4_000 < 0.33
    assert sides == [side_of(f"story {n}") for n in range(4_000)]
    assert side_of("\ud800") in ("fit", "held_out")


def test_a_file_of_words_names_its_bad_rows() -> None:
    good, bad = read_words(
        'Language;Text;Valence;note\nen;"so good";3;x\n;🥖;+2\nEN;bad;-6\nenglish;x;1\nde;:);1\nen;SO Good;1\n'
        'de;"two\nlines";0\nen;\'@handle;-1\n'.encode()
    )
    assert [(word.line, word.language, word.key, word.valence) for word in good] == [
        (2, "en", "so good", 3), (3, "", "🥖", 2), (8, "de", "two lines", 0), (10, "en", "@handle", -1),
    ]  # fmt: skip
    assert [(row.line, row.code) for row in bad] == [
        (4, "bad_valence"), (5, "bad_language"), (6, "nothing_to_find"), (7, "repeated"),
    ]  # fmt: skip


@pytest.mark.parametrize("content", [b"\xff\xfe", b"", b"text,valence\n", b"language,text,text,valence\n"])
def test_a_file_that_is_none_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableFile):
        read_words(content)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    whole = b"language,text,valence\n" + content
    try:
        whole.decode()
    except UnicodeDecodeError:
        with pytest.raises(UnreadableFile):
            read_words(whole)
    else:
        assert all(-5 <= word.valence <= 5 and word.key for word in read_words(whole)[0])
