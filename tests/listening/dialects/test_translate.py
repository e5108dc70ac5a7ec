"""Queries as analysts write them in each tool, and what becomes of them."""

from __future__ import annotations

import pytest

from analytics.listening.dialects.translate import DIALECTS, translate
from analytics.listening.query import MAX_LENGTH, parse

SAME = [
    # Brandwatch
    ("brandwatch", '"juniper bakery" OR @juniper OR #juniper*', '"juniper bakery" OR @juniper OR #juniper*'),
    ("brandwatch", "(apple OR orange) AND juice", "(apple OR orange) AND juice"),
    ("brandwatch", "apple NOT (bitter OR sour)", "apple NOT (bitter OR sour)"),
    ("brandwatch", "apple AND NOT bitter", "apple NOT bitter"),
    ("brandwatch", "NOT bitter AND apple", "apple NOT bitter"),
    ("brandwatch", "apple juice", "apple AND juice"),
    ("brandwatch", "appl* OR customi?e", "appl* OR customi?e"),
    ("brandwatch", '"apple juice"~5', '"apple juice"~5'),
    ("brandwatch", "logitech NEAR/2f keyboard", "logitech ONEAR/3 keyboard"),
    ("brandwatch", "(apple OR orange) NEAR/5 (phone OR smartphone)", "(apple OR orange) NEAR/6 (phone OR smartphone)"),
    ("brandwatch", "a1 NEAR/3 b2 NEAR/3 c3", "(a1 NEAR/4 b2) NEAR/4 c3"),
    ("brandwatch", "((cake OR pie) AND birthday)~5", "(cake OR pie) NEAR/6 birthday"),
    ("brandwatch", "{BrandWatch} AND tool", "{BrandWatch} AND tool"),
    ("brandwatch", 'raw:"Juniper Bakery"', "{Juniper Bakery}"),
    ("brandwatch", 'title:"apple juice"', 'title:"apple juice"'),
    ("brandwatch", "title:(apple AND (juice OR cider))", "title:(apple AND (juice OR cider))"),
    ("brandwatch", 'title:"apple juice"~5', 'title:("apple juice"~5)'),
    ("brandwatch", "apple AND site:shop.example", "apple AND site:shop.example"),
    ("brandwatch", "apple NOT site:(a.example OR b.example)", "apple NOT (site:a.example OR site:b.example)"),
    ("brandwatch", "links:shop.example", "links:shop.example"),
    ("brandwatch", "at_mentions:juniper", "@juniper"),
    ("brandwatch", "hashtags:juniper", "#juniper"),
    ("brandwatch", "apple AND country:usa", "apple AND country:us"),
    ("brandwatch", "apple AND (country:gbr OR country:deu)", "apple AND (country:gb OR country:de)"),
    ("brandwatch", "apple AND language:en", "apple AND lang:en"),
    ("brandwatch", "apple AND rating:[3 TO 5]", "apple AND rating:[3 TO 5]"),
    ("brandwatch", "apple AND rating:5", "apple AND rating:5"),
    ("brandwatch", "apple AND authorFollowers:[1000 TO 50000]", "apple AND followers:[1000 TO 50000]"),
    ("brandwatch", "apple AND authorVerified:true", "apple AND verified:true"),
    ("brandwatch", "apple AND engagementType:RETWEET", "apple AND type:repost"),
    ("brandwatch", "apple NOT engagementType:(REPLY OR COMMENT)", "apple NOT (type:reply OR type:comment)"),
    ("brandwatch", "apple AND sentiment:negative", "apple AND sentiment:negative"),
    ("brandwatch", "apple <<<the fruit>>> AND juice", "apple AND <<<the fruit>>> juice"),
    ("brandwatch", "coca-cola OR mcdonald's OR AT&T", "coca-cola OR mcdonald's OR AT&T"),
    ("brandwatch", "\u201capple juice\u201d", '"apple juice"'),
    ("brandwatch", "東京 AND (カフェ OR ラーメン)", "東京 AND (カフェ OR ラーメン)"),
    ("brandwatch", "🍎 OR apple", "🍎 OR apple"),
    # Talkwalker
    ("talkwalker", "BMW AND NOT bike", "BMW NOT bike"),
    ("talkwalker", "chocolate -swiss", "chocolate NOT swiss"),
    ("talkwalker", 'BMW -site:"www.shop.example"', "BMW NOT site:shop.example"),
    ("talkwalker", "cat dog mouse", '"cat dog mouse"~20'),
    ("talkwalker", "ABC", "{ABC}"),
    ("talkwalker", "cats OR dogs", "cats OR dogs"),
    ("talkwalker", '++"ABC" AND shop', "{ABC} AND shop"),
    ("talkwalker", "cats ONEAR/5 dogs", "cats ONEAR/6 dogs"),
    ("talkwalker", "cats AND content:dogs", "cats AND dogs"),
    ("talkwalker", "cats AND lang:en AND sourcecountry:lu", "cats AND lang:en AND country:lu"),
    ("talkwalker", "cats AND sourcetype:SOCIALMEDIA_REDDIT", "cats AND source:reddit"),
    ("talkwalker", "cats AND sentiment:>0", "cats AND sentiment:positive"),
    ("talkwalker", "cats AND engagement:>100", "cats AND engagement:>100"),
    ("talkwalker", "cats AND followers:>=100", "cats AND followers:>=100"),
    ("talkwalker", "cats AND posttype:VIDEO", "cats AND has:video"),
    ("talkwalker", "cats AND domainurl:https://www.shop.example", "cats AND site:shop.example"),
    # Meltwater
    ("meltwater", 'apple and (watch or iwatch) not "apple sauce"', 'apple AND (watch OR iwatch) NOT "apple sauce"'),
    ("meltwater", "apple near watch", "apple NEAR/5 watch"),
    ("meltwater", "apple NEAR/10 watch", "apple NEAR/11 watch"),
    ("meltwater", "apple onear/10 watch", "apple ONEAR/11 watch"),
    ("meltwater", "a1 or b2 and c3", "a1 OR (b2 AND c3)"),
    (
        "meltwater",
        'title:apple and country:"United States" and language:German',
        "title:apple AND country:us AND lang:de",
    ),
    ("meltwater", "apple and hashtag:watch", "apple AND #watch"),
    # Brand24
    ("brand24", "juniper", "juniper"),
    ("brand24", 'juniper, "juniper bakery", #jb', 'juniper OR "juniper bakery" OR #jb'),
    (
        "brand24",
        "Keywords: juniper\nRequired words: bread\nExcluded words: jobs; tree\nExcluded sites: jobs.example",
        "juniper AND bread NOT (jobs OR tree) NOT site:jobs.example",
    ),
    ("brand24", 'apple AND "iPhone 16" NOT (fruit OR recipe)', 'apple AND "iPhone 16" NOT (fruit OR recipe)'),
]


@pytest.mark.parametrize(("dialect", "theirs", "ours"), SAME)
def test_a_query_that_can_be_said_is_translated(dialect: str, theirs: str, ours: str) -> None:
    found = translate(theirs, dialect=dialect)

    assert found.text is not None, found.notes
    assert " ".join(found.text.split()) == ours
    parse(found.text)
    assert [note for note in found.notes if note.severity == "error"] == []


@pytest.mark.parametrize(
    ("dialect", "theirs", "ours", "token", "position"),
    [
        ("brandwatch", "raw:Google+", "{Google+}", "raw:Google+", 0),
        ("brandwatch", "apple AND author:juniper", "apple AND author:juniper", "author:juniper", 10),
        ("brandwatch", "a1 AND b2 OR c3", "(a1 AND b2) OR c3", "OR", 10),
        ("brandwatch", "apple -pear", "apple NOT pear", "-", 6),
        ("brandwatch", "apple NEAR/500 pear", "apple NEAR/100 pear", "NEAR/500", 6),
        ("brandwatch", '"apple pear"~500', '"apple pear"~100', "~500", 12),
        (
            "brandwatch",
            'apple AND city:"usa.ca.san francisco"',
            'apple AND (country:us AND city:"san francisco")',
            'city:"usa.ca.san francisco"',
            10,
        ),
        ("talkwalker", '+"P&G" OR soap', '"P&G" OR soap', '"P&G"', 1),
        ("talkwalker", '"cats" "dogs"', '"cats" AND "dogs"', '"dogs"', 7),
        (
            "talkwalker",
            "cats AND published:[2026-03-01 TO 2026-03-31]",
            "cats AND (since:2026-03-01 AND until:2026-04-01)",
            "published:[2026-03-01 TO 2026-03-31]",
            9,
        ),
        ("meltwater", "apple watch", "apple AND watch", "watch", 6),
        ("brand24", "juniper bakery", '"juniper bakery"', "juniper bakery", 0),
        ("brand24", "keywords: a1\nrequired: b2, c3", "a1 AND (b2 OR c3)", "c3", 27),
    ],
)
def test_what_differs_a_little_is_translated_with_a_warning(
    dialect: str, theirs: str, ours: str, token: str, position: int
) -> None:
    found = translate(theirs, dialect=dialect)

    assert found.text == ours, found.notes
    assert [(n.token, n.position, n.length) for n in found.notes if n.severity == "warning"] == [
        (token, position, len(token))
    ]
    assert all(note.reason for note in found.notes)


@pytest.mark.parametrize(
    ("dialect", "theirs", "named"),
    [
        ("brandwatch", "apple AND imageType:logo AND authorGender:F", [(10, "imageType:logo"), (29, "authorGender:F")]),
        ("brandwatch", "apple AND foo:bar", [(10, "foo:bar")]),
        ("brandwatch", "apple AND continent:europe NOT *tion", [(10, "continent:europe"), (31, "*tion")]),
        ("brandwatch", "apple AND subreddit:(pie OR cake)", [(21, "pie"), (28, "cake")]),
        ("brandwatch", "apple NEAR/5 (pear AND plum)", [(6, "NEAR/5")]),
        ("brandwatch", "apple NEAR pear", [(6, "NEAR")]),
        ("brandwatch", "apple NEAR/x pear", [(6, "NEAR/x")]),
        ("brandwatch", "apple~2 AND pear", [(5, "~2")]),
        ("brandwatch", "apple && pear", [(6, "&&")]),
        ("brandwatch", "apple AND engagementType:LIKE", [(10, "engagementType:LIKE")]),
        ("brandwatch", "apple AND country:atlantis", [(10, "country:atlantis")]),
        ("brandwatch", "apple AND (pear", [(10, "(")]),
        ("brandwatch", "apple) AND pear", [(5, ")")]),
        ("brandwatch", 'apple AND "pear', [(10, '"pear')]),
        ("brandwatch", "apple AND <<<pear", [(10, "<<<pear")]),
        ("brandwatch", "apple AND", [(6, "AND")]),
        ("brandwatch", "OR apple", [(0, "OR")]),
        ("brandwatch", "apple AND ()", [(10, "()")]),
        ("brandwatch", "apple AND title:", [(10, "title:")]),
        ("brandwatch", "apple AND {pear", [(10, "{")]),
        ("brandwatch", "NOT apple", [(0, "NOT apple")]),
        ("brandwatch", "", [(0, "")]),
        ("talkwalker", "cats SENTENCE dogs", [(5, "SENTENCE")]),
        ("talkwalker", "cats AND reach:>100", [(9, "reach:>100")]),
        ("talkwalker", "cats AND {Dogs}", [(9, "{Dogs}")]),
        ("talkwalker", "cats AND sentiment:>3", [(9, "sentiment:>3")]),
        ("meltwater", "title:apple and ingress:watch", [(16, "ingress:watch")]),
        ("meltwater", "apple and catf/3 watch", [(10, "catf/3")]),
        ("brand24", "keywords: apple\nmood: good", [(16, "mood:"), (22, "good")]),
        ("brand24", "required: apple", [(0, "required: apple")]),
    ],
)
def test_what_cannot_be_said_is_named_where_it_stands(dialect: str, theirs: str, named: list[tuple[int, str]]) -> None:
    found = translate(theirs, dialect=dialect)
    errors = [note for note in found.notes if note.severity == "error"]

    assert found.text is None
    assert [(note.position, note.token) for note in errors] == named
    assert all(theirs[note.position : note.position + note.length] == note.token for note in errors)
    assert all(note.reason for note in errors)


def test_every_field_of_every_dialect_is_translated_or_refused_with_a_reason() -> None:
    for name, dialect in DIALECTS.items():
        for field in dialect.fields:
            found = translate(f"apple AND {field}:zz", dialect=name)
            assert found.text is not None or all(note.reason for note in found.notes), (name, field)


def test_a_query_that_is_too_long_is_refused_as_a_whole() -> None:
    found = translate("a" * (MAX_LENGTH + 1), dialect="brandwatch")

    assert found.text is None
    assert [(note.code, note.position) for note in found.notes] == [("too_long", 0)]
    assert len(found.notes[0].token) == 100
