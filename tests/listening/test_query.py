"""The query language: each operator, the canonical text, the errors and the limits."""

from __future__ import annotations

from math import inf, nextafter

import pytest

from analytics.listening.query import (
    MAX_DEPTH,
    MAX_LENGTH,
    MAX_WORDS,
    And,
    Between,
    Cased,
    Cashtag,
    Handle,
    Hashtag,
    Is,
    Near,
    Node,
    Not,
    Or,
    Pattern,
    Phrase,
    Prefix,
    QueryError,
    Term,
    Title,
    handles,
    leaves,
    parse,
    parse_placed,
    terms,
    to_text,
)

A, B, C = Term("a"), Term("b"), Term("c")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("Café", Term("cafe")),
        ("a AND b", And((A, B))),
        ("a b", And((A, B))),
        ("a AND b c", And((A, B, C))),
        ("a OR b", Or((A, B))),
        ("a OR b AND c", Or((A, And((B, C))))),
        ("a b OR c", Or((And((A, B)), C))),
        ("(a OR b) c", And((Or((A, B)), C))),
        ("(a b) c", And((And((A, B)), C))),
        ("((a))", A),
        ("a NOT b", And((A, Not(B)))),
        ("a AND NOT b", And((A, Not(B)))),
        ("a -b", And((A, Not(B)))),
        ("a -(b OR c)", And((A, Not(Or((B, C)))))),
        ('a -"b c"', And((A, Not(Phrase(("b", "c")))))),
        ("a -#b", And((A, Not(Hashtag("b"))))),
        ("NOT NOT a", A),
        ("a NOT (NOT b)", And((A, B))),
        ("a NOT NOT NOT b", And((A, Not(B)))),
        ("a and b", And((A, Term("and"), B))),
        ('"Flat White"', Phrase(("flat", "white"))),
        ("“flat white”", Phrase(("flat", "white"))),
        ('"flat"', Term("flat")),
        ('"AND"', Term("and")),
        ("coca-cola", Phrase(("coca", "cola"))),
        ("a-b", Phrase(("a", "b"))),
        ("東京", Term("東京")),
        ('"東京 タワー"', Phrase(("東京", "タワー"))),
        ("（東京　OR　大阪）", Or((Term("東京"), Term("大阪")))),
        ("#Café", Hashtag("cafe")),
        ("＃東京", Hashtag("東京")),
        ('"love #cafe"', Phrase(("love", "#cafe"))),
        ("@Acme", Handle("acme")),
        ("@Acme.Example", Handle("acme.example")),
        ("@acme@social.example", Handle("acme@social.example")),
        ("caf*", Prefix("caf")),
        ("Müll*", Prefix("mull")),
        ("กาแฟ*", Term("กาแฟ")),
        ("👍🏽", Term("👍")),
        ("\u200f\u202bשָׁלוֹם\u202c", Term("שלום")),
        ("https://acme.example/menu", Or((Is("links", "acme.example/menu"), Phrase(("acme", "example", "menu"))))),
        ("www.Acme.example", Or((Is("links", "acme.example"), Phrase(("acme", "example"))))),
        ("https://localhost", Phrase(("https", "localhost"))),
        ("acme.example/menu", Phrase(("acme", "example", "menu"))),
        ('"https://acme.example/x?y=1"', Phrase(("https", "acme", "example", "x", "y", "1"))),
        ("$ACME", Cashtag("acme")),
        ("$BRK-B", Cashtag("brk.b")),
        ("$50", Term("50")),
        ("caf?", Pattern("caf?")),
        ("wom?n*", Pattern("wom?n*")),
        ("caf**", Prefix("caf")),
        ("caf*?", Pattern("caf?*")),
        ("Caf*té", Pattern("caf*te")),
        ("coca-col*", Phrase(("coca", "col*"))),
        ("iPhone東京*", Phrase(("iphone", "東京"))),
        ('"flat whi*"', Phrase(("flat", "whi*"))),
        ('"fl?t white"', Phrase(("fl?t", "white"))),
        ('"how are you?"', Phrase(("how", "are", "you"))),
        ('"you?"', Term("you")),
        ('"¿qué? (really?)"', Phrase(("que", "really"))),
        ("#caf*", Hashtag("caf*")),
        ("@Acme.Ex*", Handle("acme.ex*")),
        ('"love #caf*"', Phrase(("love", "#caf*"))),
        ('"flat white"~5', Near((Term("flat"), Term("white")), 5)),
        ('"a #b caf* wom?n $C"~3', Near((A, Hashtag("b"), Prefix("caf"), Pattern("wom?n"), Cashtag("c")), 3)),
        ("a NEAR/3 b", Near((A, B), 2)),
        ("a NEAR/1 b", Near((A, B), 0)),
        ("a ONEAR/3 b", Near((A, B), 2, ordered=True)),
        ("a NEAR/3f b", Near((A, B), 2, ordered=True)),
        ("a NEAR/3 a", Near((A, A), 2, ordered=True)),
        ("a NEAR/3 b NEAR/2 c", Near((Near((A, B), 2), C), 1)),
        ("a NEAR/3 (b OR c)", Near((A, Or((B, C))), 2)),
        ("c NOT a NEAR/3 b", And((C, Not(Near((A, B), 2))))),
        ("c -a NEAR/3 b d", And((C, Not(Near((A, B), 2)), Term("d")))),
        ("a b NEAR/3 c OR a", Or((And((A, Near((B, C), 2))), A))),
        ('"a b" NEAR/3 {C}', Near((Phrase(("a", "b")), Cased(("C",))), 2)),
        ("near a", And((Term("near"), A))),
        ("{Apple}", Cased(("Apple",))),
        ("{Cafe\u0301 Noir}", Cased(("Café", "Noir"))),
        ("{東京 Tower}", Cased(("東京", "Tower"))),
        ("a{b}", Phrase(("a", "b"))),
        ("a lang:en", And((A, Is("lang", "en")))),
        ("a Lang:EN", And((A, Is("lang", "en")))),
        ("a lang：en", And((A, Is("lang", "en")))),
        ("a lang:(en OR de)", And((A, Or((Is("lang", "en"), Is("lang", "de")))))),
        ("a -lang:en", And((A, Not(Is("lang", "en"))))),
        ("a lang:(NOT en)", And((A, Not(Is("lang", "en"))))),
        ("a lang:((en OR (de)))", And((A, Or((Is("lang", "en"), Is("lang", "de")))))),
        ("a has:(image link)", And((A, And((Is("has", "image"), Is("has", "link")))))),
        ("a country:DE", And((A, Is("country", "de")))),
        ('a city:"São  Paulo"', And((A, Is("city", "sao paulo")))),
        ("a city:東京", And((A, Is("city", "東京")))),
        ("a region:Nordrhein-Westfalen", And((A, Is("region", "nordrhein westfalen")))),
        ("a source:Bluesky", And((A, Is("source", "bluesky")))),
        ("a verified:TRUE", And((A, Is("verified", "true")))),
        ("a type:repost", And((A, Is("type", "repost")))),
        ("a sentiment:negative", And((A, Is("sentiment", "negative")))),
        ("a emotion:(joy OR fear)", And((A, Or((Is("emotion", "joy"), Is("emotion", "fear")))))),
        ("author:@Acme.Example", Is("author", "acme.example")),
        ("author:acme@social.example", Is("author", "acme@social.example")),
        ("site:https://www.Acme.example/News/", Is("site", "acme.example/news")),
        ("links:(acme.example OR rival.example)", Or((Is("links", "acme.example"), Is("links", "rival.example")))),
        ("a followers:[10 TO 500]", And((A, Between("followers", 10, 500)))),
        ("a followers:[* TO 1.5k]", And((A, Between("followers", None, 1500)))),
        ("a followers:>=2m", And((A, Between("followers", 2_000_000)))),
        ("a rating:4.5", And((A, Between("rating", 4.5, 4.5)))),
        ("a engagement:>10", And((A, Between("engagement", nextafter(10, inf))))),
        ("a rating:<3", And((A, Between("rating", None, nextafter(3, -inf))))),
        ("a since:2026-01-01", And((A, Between("posted", 1_767_225_600)))),
        ("a until:2026-01-01T01:00+01:00", And((A, Between("posted", None, nextafter(1_767_225_600, -inf))))),
        ("title:a", Title(A)),
        ('title:(a OR "b c")', Title(Or((A, Phrase(("b", "c")))))),
        ('title:"a b"~3', Title(Near((A, B), 3))),
        ("title:(a NOT b)", Title(And((A, Not(B))))),
        ("title:https://acme.example", Title(Phrase(("https", "acme", "example")))),
        ('a <<<one\n(two "three>>> b', And((A, B))),
        ("<<<x>>>a<<<y>>>b<<<>>>", And((A, B))),
        ("note:this 3:30", And((Phrase(("note", "this")), Phrase(("3", "30"))))),
    ],
)
def test_parse(text: str, tree: Node) -> None:
    assert parse(text) == tree
    assert parse(to_text(tree)) == tree


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ('Café  "Flat  White" -decaf', 'cafe AND "flat white" AND NOT decaf'),
        ("(a OR (b c)) #D @e ef*", "(a OR b AND c) AND #d AND @e AND ef*"),
        ("a NOT(b OR c)", "a AND NOT (b OR c)"),
        ("a OR (b OR c)", "a OR (b OR c)"),
        ("coca-cola", '"coca cola"'),
        ("A NEAR/3 (b NEAR/5f c)", "a NEAR/3 (b ONEAR/5 c)"),
        ('"a b"~5', "a NEAR/6 b"),
        ('"a b"~100', '"a b"~100'),
        ('"a b c"~5', '"a b c"~5'),
        ("NOT a NEAR/3 (b OR c) d", "NOT a NEAR/3 (b OR c) AND d"),
        ("{Apple  Pie}", "{Apple Pie}"),
        ("title:(a)", "title:a"),
        ("title:(a OR (b c))", "title:(a OR b AND c)"),
        ("a followers:>1k -rating:<=2.5", "a AND followers:>1000 AND NOT rating:<=2.5"),
        ("a followers:[1 TO 1]", "a AND followers:1"),
        ("a followers:[* TO *]", "a AND followers:[* TO *]"),
        ("a since:2026-01-01T00:00Z", "a AND since:2026-01-01"),
        ("a until:2026-01-01T08:30:15", "a AND until:2026-01-01T08:30:15Z"),
        ('a city:"New York" lang:"en"', 'a AND city:"new york" AND lang:en'),
        (
            "www.acme.example/a%20b?y=2&x=1#top a",
            '(links:acme.example/a%20b?x=1&y=2 OR "acme example a 20b y 2 x 1") AND a',
        ),
        ("$acme #caf* @acme* col*r?", "$acme AND #caf* AND @acme* AND col*r?"),
    ],
)
def test_canonical_text(text: str, canonical: str) -> None:
    assert to_text(parse(text)) == canonical
    assert parse(canonical) == parse(text)


def test_an_error_never_repeats_the_query() -> None:
    with pytest.raises(QueryError) as caught:
        parse("secretword AND (secretword")
    error = caught.value
    assert "secretword" not in f"{error}{error!r}{error.message}{error.expected}{error.suggestion}"
    assert str(error) == "This parenthesis is never closed. (at character 15)"
    assert error.expected == ")"


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("coffee " * 7_500, MAX_LENGTH, "The query has more than 20,000 characters."),
        ("(" * 5_000 + "a" + ")" * 5_000, MAX_DEPTH, "The query is nested more than 100 levels deep."),
        ("(" * 19_999, MAX_DEPTH, "The query is nested more than 100 levels deep."),
        (")" * 5_000, 0, "This closing parenthesis was never opened."),
        ("a " * 2_001, 4_000, "The query has more than 2,000 words."),
        (("東" * 63 + " ") * 32, 31 * 64, "The query has more than 2,000 words."),
    ],
)
def test_limits(text: str, position: int, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert (caught.value.position, caught.value.message) == (position, message)


def test_what_lies_just_within_the_limits_is_read() -> None:
    assert parse("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH) == A
    assert parse(" ".join("a" * MAX_WORDS)) == And((A,) * MAX_WORDS)
    assert parse(" " * (MAX_LENGTH - 1) + "a") == A
    assert parse("NOT " * 4_998 + "a") == A


def test_a_tree_as_deep_as_allowed_can_be_written_and_read_again() -> None:
    text = "a OR (b " * 49 + "a OR b" + ")" * 49
    tree = parse(text)
    assert parse(to_text(tree)) == tree
    assert terms(tree) == ("a", "b")
    with pytest.raises(QueryError, match="nested more than 100"):
        parse("a OR (b -(c " * 40 + "a" + "))" * 40)


def test_terms_and_handles_are_those_looked_for_not_those_excluded() -> None:
    tree = parse('Café OR @Acme "ask @acme.example" (#tea OR te*) cafe -@rival -(spam OR @other)')
    assert terms(tree) == ("cafe", "@acme", '"ask @acme.example"', "#tea", "te*")
    assert handles(tree) == {"acme", "acme.example"}


def test_terms_are_words_not_facts() -> None:
    tree = parse("title:Café lang:en author:@acme followers:>5 (tea NEAR/3 $ACME) {Tea} @ac* te?")
    assert terms(tree) == ("cafe", "tea", "$acme", "{Tea}", "@ac*", "te?")
    assert handles(tree) == frozenset()


def test_places_say_where_each_leaf_was_written() -> None:
    text = 'a <<<b>>> ("c d"~5 OR lang:(en OR de)) -snippet:x title:(e) www.f.example'
    tree, places = parse_placed(text, snippets={"x": "y OR z"})
    assert len(places) == len(list(leaves(tree)))
    assert [text[start:end] for start, end in places] == [
        "a", '"c d"~5', '"c d"~5', "en", "de", "snippet:x", "snippet:x", "e", "www.f.example", "www.f.example",
    ]  # fmt: skip


def test_patterns_are_limited() -> None:
    parse(" ".join(f"ab?{number}" for number in range(200)))
    parse(" ".join(f"ab{number}*" for number in range(2_000)))
    with pytest.raises(QueryError, match="more than 200 patterns"):
        parse(" ".join(f"ab?{number}" for number in range(201)))
