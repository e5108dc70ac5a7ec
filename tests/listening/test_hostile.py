"""Queries and posts made to be slow or to break something. Work is counted in steps of the interpreter, not in time."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from analytics.listening.addresses import addresses_in, normal, site_keys
from analytics.listening.facts import Facts, Readable
from analytics.listening.matcher import Matcher
from analytics.listening.query import MAX_LENGTH, Node, QueryError, parse, to_text

UNITS = (
    "a ", "(", ")", "()", "(a ", "((a) ", "a OR ", "a AND ", "NOT ", "-", "- ", "a -b ", '"', '"a" ', '"a b"~3 ', "a~",
    "*", "?", "ab* ", "ab?c ", "ab*?*?", "*?", "東* ", "東*京 ", "#a* ", "#ab* ", "@a.b* ", "@a.", "#a_", "$A ", "$",
    "{a} ", "{", "{a ", "<<<a>>>", "<<<", ">>>", "<<<a>>>b ", "<<", "a NEAR/3 ", "NEAR/", "a NEAR/3 b ",
    "(a NEAR/3 b) NEAR/3 ",
    "lang:en ", "lang:(", "lang:(en OR ", "lang:", "a:", "title:(a ", "title:", "followers:[1 TO 2] ", "followers:[",
    "since:2026-01-01 ", "city:a ", 'city:"a" ', "links:a.example ", "links:", "https://a.example/b ", "www.",
    "https://",
    "https://a.example/?a=b&", "%41", "snippet:a ", "snippet:none ", "\u200b", "\u0301", "a\u0301", "\u202e",
    "👩\u200d", "İ", "\ufdfa*", "'", "&#", "[", "|", ":", "：", "AND", "ＡＮＤ ", "NEAR/3", "1" * 9,
)  # fmt: skip
SNIPPETS = {"a": "b OR c"}


def _steps(work: Callable[[], object]) -> int:
    """How many lines of Python, calls and calls of C some work takes."""
    count = 0

    def trace(_frame: Any, _event: str, _argument: Any) -> Any:
        nonlocal count
        count += 1
        return trace

    def profile(_frame: Any, _event: str, _argument: Any) -> None:
        nonlocal count
        count += 1

    before, profiled = sys.gettrace(), sys.getprofile()
    sys.settrace(trace)
    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.settrace(before)
        sys.setprofile(profiled)
    return count


def _tried(text: str) -> Node | QueryError:
    try:
        return parse(text, snippets=SNIPPETS, anchored=False)
    except QueryError as error:
        return error


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("closing", ["", 'b")'])
def test_reading_a_query_takes_steps_in_proportion_to_its_length(unit: str, closing: str) -> None:
    short, long = (unit * (length // len(unit)) + closing for length in (MAX_LENGTH // 10, MAX_LENGTH - 1))
    _tried(unit)  # what is remembered from call to call is not counted
    few, many = _steps(lambda: _tried(short)), _steps(lambda: _tried(long))
    assert many <= 12 * few + 500
    tree = _tried(short)
    if not isinstance(tree, QueryError):
        assert parse(to_text(tree), anchored=False) == tree


QUERIES = (
    "aa NEAR/100 b", '(aa OR "aa b") NEAR/3 b', "aa ONEAR/100 aa", "(aa NEAR/3 b) NEAR/3 aa", '"aa b c"~100',
    "aa*a*a*b", "aa?*b", '"aa aa*" OR zz', '"aa aa* aa"', "{aa AA}", "#aa* OR @aa*", '"#aa* aa"', "title:(aa NEAR/3 b)",
    "$AA",
    "東京 NEAR/5 東", "links:a.example", "@acme lang:en",
)  # fmt: skip


TEXTS = ("aa ", "aa b ", "東", "#aa ", "@aa ", "$aa ", "aa", "aa\n", "\x00", "\ud83d", "\u202eaa ", "aa\u0301",
         "\u0301", "👩\u200d", "www.a.example ", "https://", "a.a@")  # fmt: skip
MATCHER = Matcher([(query, parse(query)) for known in QUERIES for query in (known, f"zz {known}")])
FACTS = Facts(links=site_keys("https://a.example/x"), addressed=frozenset({"acme"}))


def _matched(unit: str, length: int) -> list[str]:
    text = unit * (length // len(unit))
    found = MATCHER.match(text, title_length=length // 2, facts=FACTS)
    for hit in found:
        assert all(0 <= start < end <= len(text) for start, end in hit.spans)
    return [hit.key for hit in found]


@pytest.mark.parametrize("unit", TEXTS)
def test_matching_a_long_post_takes_steps_in_proportion_to_its_length(unit: str) -> None:
    _matched(unit, 50)
    few, many = _steps(lambda: _matched(unit, 1_500)), _steps(lambda: _matched(unit, 12_000))
    assert many <= 10 * few + 2_000


@pytest.mark.parametrize("unit", TEXTS)
def test_a_long_post_is_matched(unit: str) -> None:
    found = _matched(unit, 50_000)
    assert {"links:a.example", "@acme lang:en"} <= set(found)
    text = unit * (50_000 // len(unit))
    assert [key for key, _ in MATCHER.pairs([Readable(text, 25_000, FACTS)])[0]] == found


@pytest.mark.slow
@pytest.mark.parametrize("unit", TEXTS)
def test_a_megabyte_is_matched(unit: str) -> None:
    assert "links:a.example" in _matched(unit, 1_000_000)


@pytest.mark.parametrize(
    "unit", ["https://a.example/", "www.", "http://", "/", "%", "a.", "?a=b&", "xn--", "@", ")", "é"]
)
def test_addresses_are_found_in_anything(unit: str) -> None:
    text = unit * (500_000 // len(unit))
    assert all(len(normal(found)) <= 300 for found in addresses_in(text))
    assert len(site_keys(text[:1_000])) <= 40


@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("HTTPS://WWW.Acme.Example:443/Menu//Tea/?b=2&utm_source=x&a=1#top", "acme.example/menu/tea?a=1&b=2"),
        ("http://user:secret@acme.example", "acme.example"),
        ("acme.example.", "acme.example"),
        ("xn--mller-kva.example/caf%C3%A9", "müller.example/café"),
        ("müller.example", "müller.example"),
        ("https://acme.example/a%20b%2Fc", "acme.example/a%20b/c"),
        ("acme.example/100%", "acme.example/100%25"),
        ("https://", ""),
        ("a b", ""),
        ("acme..example", ""),
        ("acme.example/" + "a" * 300, ""),
        ("\ud83d.example", ""),
    ],
)
def test_the_one_form_of_an_address(address: str, form: str) -> None:
    assert normal(address) == form
    assert normal(form) == form


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see https://acme.example/menu.", ["https://acme.example/menu"]),
        ("(https://acme.example/a_(b))", ["https://acme.example/a_(b)"]),
        ("(see www.acme.example)", ["www.acme.example"]),
        ("是https://acme.example/x，真的", ["https://acme.example/x，真的"]),
        ("me@www.acme.example acme.example", []),
    ],
)
def test_addresses_in_text(text: str, found: list[str]) -> None:
    assert list(addresses_in(text)) == found
