"""The query language: each operator, the canonical text, the errors and the limits."""

from __future__ import annotations

import pytest

from analytics.listening.query import (
    MAX_DEPTH,
    MAX_LENGTH,
    MAX_WORDS,
    And,
    Handle,
    Hashtag,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    QueryError,
    Term,
    handles,
    parse,
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
        ("https://acme.example/menu", Phrase(("https", "acme", "example", "menu"))),
    ],
)
def test_parse(text: str, tree: Node) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ('Café  "Flat  White" -decaf', 'cafe AND "flat white" AND NOT decaf'),
        ("(a OR (b c)) #D @e ef*", "(a OR b AND c) AND #d AND @e AND ef*"),
        ("a NOT(b OR c)", "a AND NOT (b OR c)"),
        ("a OR (b OR c)", "a OR (b OR c)"),
        ("coca-cola", '"coca cola"'),
    ],
)
def test_canonical_text(text: str, canonical: str) -> None:
    assert to_text(parse(text)) == canonical
    assert parse(canonical) == parse(text)


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("", 0, "The query is empty."),
        ("   ", 3, "The query is empty."),
        ("()", 0, "There is nothing between these parentheses."),
        ("a ( )", 2, "There is nothing between these parentheses."),
        ("a AND", 5, "AND needs something after it."),
        ("a OR )", 5, "This closing parenthesis was never opened."),
        ("(a OR )", 6, "OR needs something after it."),
        ("a NOT", 5, "NOT needs something after it."),
        ("a NOT AND b", 6, "NOT needs something after it."),
        ("AND a", 0, "AND needs something before it."),
        ("a OR OR b", 5, "OR needs something before it."),
        ("a OR AND b", 5, "AND needs something before it."),
        ("(OR a)", 1, "OR needs something before it."),
        ("a (b OR c", 2, "This parenthesis is never closed."),
        ("a b)", 3, "This closing parenthesis was never opened."),
        ('a "b c', 2, "The phrase that begins here has no closing quotation mark."),
        ('a ""', 2, "There is no letter, digit or emoji to search for here."),
        ("a && b", 2, "There is no letter, digit or emoji to search for here."),
        ("a | b", 2, "The sign | has no meaning here."),
        ("caf?", 3, "The sign ? has no meaning here."),
        ("a - b", 2, "A minus stands directly before what it excludes."),
        ("xy a*", 3, "A prefix needs at least 2 letters or digits before the star."),
        ("*", 0, "A prefix needs at least 2 letters or digits before the star."),
        ("물*", 0, "A prefix needs at least 2 letters or digits before the star."),
        ("xy c*fe", 4, "A star can only stand at the end of a word."),
        ("*afe", 0, "A star can only stand at the end of a word."),
        ("caf**", 3, "A star can only stand at the end of a word."),
        ("coca-col*", 0, "A prefix must be a single word."),
        ("#caf*", 4, "A hashtag or handle cannot end in a star."),
        ('"flat whi*"', 9, "A star has no meaning inside a phrase."),
        ("a lang:en", 2, "A query looks at the text only: there are no fields."),
        ("a NEAR/3 b", 2, "There is no nearness operator."),
        ("NOT a", 0, "From here on the query would match posts that contain none of its terms."),
        ("a OR NOT b", 5, "From here on the query would match posts that contain none of its terms."),
        ("a OR (-b -c)", 6, "From here on the query would match posts that contain none of its terms."),
        ("NOT (a NOT b)", 0, "From here on the query would match posts that contain none of its terms."),
        ("a\x00b", 1, "The query contains a control character or half of a surrogate pair."),
        ("a \ud83d", 2, "The query contains a control character or half of a surrogate pair."),
        ("x" * 101, 0, "A word has more than 100 characters."),
        ('"' + "x " * 65 + '"', 0, "A phrase has more than 64 words."),
    ],
)
def test_errors_say_what_and_where(text: str, position: int, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert (caught.value.position, caught.value.message) == (position, message)
    assert caught.value.expected or caught.value.suggestion


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
