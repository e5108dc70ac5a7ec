"""In scripts without spaces the kernel looks for pairs of characters, and still answers like the reference."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.listening.anchors import find_anchors
from analytics.listening.engine.frequencies import Frequencies
from analytics.listening.engine.matching import BatchMatcher
from analytics.listening.engine.worker import Tally
from analytics.listening.facts import Readable
from analytics.listening.matcher import Matcher
from analytics.listening.query import And, Cased, Near, Node, Not, Or, Pattern, Phrase, Prefix, Term, Title, parse

# Few characters of each script, so that the same pairs come again and again: also as half-width letters with a voicing
# mark of their own, decomposed, as ligatures and as Thai vowels in both spellings.
SCRIPTS = (
    ("東", "京", "大", "学", "\u6771", "\U00020000"),
    ("カ", "ガ", "ｶ", "ｶﾞ", "カ\u3099", "タ", "ー", "ｰ", "ア"),
    ("ก", "น้", "นํา", "นำ", "า", "เ", "ม"),
    ("東", "京", "タ", "ワ", "ー", "の", "ก", "が"),
    ("ກ", "ນ", "ໜ", "က", "ខ", "东"),
)
# What may stand between two of them: some of it cannot be seen and leaves them glued, some parts them.
GAPS = (
    "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u200b\u200d", "\ufe0f", " ", "、", "\n", "\0", "_",
    "#", "@", "$", "☕", "👍🏽", "\u0301", "\u3099", "a", "tea", "é", "1", "한", "㌀", "\u202e", "\ud83d", "&#",
)  # fmt: skip
LATIN = ("a", "tea", "cafe")


def _run(rng: Random, longest: int, gaps: float) -> str:
    pieces: list[str] = []
    script = rng.choice(SCRIPTS)
    for _ in range(rng.randint(1, longest)):
        pieces.append(rng.choice(script))
        if rng.random() < gaps:
            pieces.append(rng.choice(GAPS))
    return "".join(pieces)


def _word(rng: Random) -> str:
    """A term: characters in a row, some with what cannot be seen between them."""
    if rng.random() < 0.1:
        return rng.choice(LATIN)
    script = rng.choice(SCRIPTS)
    return rng.choice(("", "", "", "\u200b", "\u200d")).join(rng.choices(script, k=rng.choice((1, 2, 2, 3, 3, 4))))


def _phrase_part(rng: Random) -> str:
    kind = rng.random()
    if kind < 0.75:
        return _word(rng)
    return rng.choice(("#東", "#カ*", "#東京", "@東*", "@tea", "te*", "ca?e", "#tea"))


def _leaf(rng: Random) -> Node:
    kind = rng.random()
    if kind < 0.45:
        return Term(_word(rng))
    if kind < 0.7:
        return Phrase(tuple(_phrase_part(rng) for _ in range(rng.randint(2, 3))))
    if kind < 0.78:
        return Cased(tuple(_word(rng) for _ in range(rng.randint(1, 2))))
    if kind < 0.83:
        return rng.choice((Prefix("te"), Pattern("te?"), Pattern("ca*e")))
    return Near(tuple(Term(_word(rng)) for _ in range(rng.randint(2, 3))), rng.randrange(5), rng.random() < 0.5)


def _tree(rng: Random, depth: int = 0) -> Node:
    kind = rng.random()
    if depth > 1 or kind < 0.5:
        return _leaf(rng)
    if kind < 0.6:
        return Title(_leaf(rng))
    children = tuple(_tree(rng, depth + 1) for _ in range(rng.randint(2, 3)))
    if kind < 0.8:
        return Or(children)
    return And((*children, Not(_leaf(rng))) if rng.random() < 0.3 else children)


def _post(rng: Random) -> Readable:
    text = "".join(_run(rng, 7, rng.choice((0.0, 0.1, 0.5))) + rng.choice((*GAPS, "")) for _ in range(rng.randrange(5)))
    return Readable(text, rng.choice((0, 0, len(text) // 2)))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_pairs_of_characters_change_no_answer(seed: int) -> None:
    rng = Random(seed)
    pairs = [(number, tree) for number in range(40) if find_anchors(tree := _tree(rng)) is not None]
    posts = [_post(rng) for _ in range(40)]
    matcher = BatchMatcher(pairs[::2]).with_changes(pairs[1::2])
    expected = Matcher(pairs).pairs(posts)
    assert [sorted(found) for found in matcher.pairs(posts)] == expected
    # And where anchors are chosen by what was counted.
    assert [sorted(found) for found in matcher.compacted().pairs(posts)] == expected


def test_such_queries_match_often_enough_to_prove_something() -> None:
    rng = Random(5)
    trees = [tree for tree in (_tree(rng) for _ in range(400)) if find_anchors(tree) is not None]
    texts = [_post(rng) for _ in range(400)]
    answers = sum(map(len, BatchMatcher(enumerate(trees)).pairs(texts)))
    assert answers > len(trees) * len(texts) // 100


def test_only_glued_pairs_make_candidates() -> None:
    matcher = BatchMatcher([("tower", parse("東京タワー"))])
    for text, candidates, matches in (
        ("東京タワー", 1, 1),
        ("東\u200b京\u200dタワー", 1, 1),
        ("ｶﾞ東京ﾀﾜｰ", 1, 1),
        ("ー ワ タ 京 東", 0, 0),
        ("東 京 タ ワ ー", 0, 0),
        ("東、京、タ、ワ、ー", 0, 0),
        ("東☕京☕タ☕ワ☕ー", 0, 0),
        ("ーワタ京東", 0, 0),
    ):
        tally = Tally()
        assert len(matcher.pairs([Readable(text)], tally)[0]) == matches, text
        assert tally.candidates == candidates, text


def test_a_tag_of_which_the_beginning_is_asked_for_is_as_wide_as_its_characters() -> None:
    queries = [
        (text, parse(text)) for text in ('"#東京* 大"', '"#東京* 学"', '"#東京* a"', '"a #東京* 学"', '"@カメ* 大"')
    ]
    posts = [
        Readable(text)
        for text in ("#東京大学", "#東京大 学", "a #東京大 学", "#東京 a #東京大 学", "@カメラ、大", "#東京大a、a")
    ]
    found = BatchMatcher(queries).pairs(posts)
    assert found == Matcher(queries).pairs(posts)
    assert any(found)


def test_two_posts_are_no_pair() -> None:
    matcher = BatchMatcher([("tokyo", parse("東京"))])
    assert matcher.pairs([Readable("東"), Readable("京"), Readable("東京")]) == [[], [], [("tokyo", False)]]


@pytest.mark.parametrize("text", ["京大 大学", "東京 大学", "東京 京大"])
def test_the_rarest_pair_is_looked_for_once_posts_were_counted(text: str) -> None:
    frequencies = Frequencies()
    queries = [("q", parse("東京大学"))]
    seen = [Readable(text)] * 16_000
    BatchMatcher(queries, frequencies).pairs(seen)
    tally = Tally()
    assert BatchMatcher(queries, frequencies).pairs(seen[:100], tally) == [[]] * 100
    assert tally.candidates == 0
