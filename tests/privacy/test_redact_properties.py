"""Redaction of any text at all: no exception, nothing left that a second look would find, offsets that hold."""

from __future__ import annotations

import string

from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.privacy.handles import strip_handle_from_url
from analytics.privacy.redact import may_hold_personal_data, redact

ANY_TEXT = st.text(alphabet=st.characters(), max_size=120)  # NUL and lone surrogates included
_SHARDS = [
    "jane",
    "@",
    "＠",
    ".",
    "..",
    "-",
    " ",
    "  ",
    "\n",
    "\x00",
    "\ud800",
    "example",
    ".com",
    "[at]",
    " dot ",
    " at ",
    "+49",
    "00",
    "0171",
    "1234567",
    "(415)",
    "555-2671",
    "٠٣٠",
    "4111 1111 1111 1111",
    "DE89370400440532013000",
    "203.0.113.7",
    "::",
    "2001:db8",
    "tel ",
    "order ",
    "#",
    "x12",
    "u/",
    "https://",
    "x.com/",
    "wa.me/",
    "[phone]",
    "[email]",
    "[",
    "]",
    "@~abcdefghij",
    "~",
    "小明",
    "é",
    "2026-11-22",
    "€",
    "/",
    " - ",
    ")",
    "(",
]
SHARDS = st.lists(st.sampled_from(_SHARDS), max_size=14).map("".join)
COUNTRIES = st.sampled_from(["", "DE", "US", "ES", "zz", "\x00"])
HANDLES = st.text(alphabet=string.ascii_letters + string.digits + "_", min_size=1, max_size=15)


def label(handle: str) -> str:
    return "abcdefghij"


@settings(max_examples=400)
@given(st.one_of(ANY_TEXT, SHARDS), COUNTRIES)
def test_a_second_redaction_finds_nothing(text: str, country: str) -> None:
    once = redact(text, country_hint=country, pseudonym_of=label)
    again = redact(once.text, country_hint=country, pseudonym_of=label)
    assert again.text == once.text
    assert again.findings == ()


@settings(max_examples=400)
@given(st.one_of(ANY_TEXT, SHARDS))
def test_findings_are_in_order_inside_the_text_and_apart(text: str) -> None:
    result = redact(text, pseudonym_of=label)
    end = 0
    for finding in result.findings:
        assert end <= finding.start < finding.end <= len(text)
        end = finding.end
    if not result.findings:
        assert result.text == text


@settings(max_examples=200)
@given(SHARDS)
def test_what_stands_outside_the_findings_is_kept(text: str) -> None:
    result = redact(text, pseudonym_of=label)
    if result.text == "[redacted]":
        return
    rest, position = result.text, 0
    for finding in result.findings:
        kept = text[position : finding.start]
        assert kept in rest
        rest = rest[rest.index(kept) + len(kept) :]
        position = finding.end
    assert rest.endswith(text[position:])


@settings(max_examples=200)
@given(ANY_TEXT, HANDLES)
def test_no_handle_of_two_letters_or_more_survives_behind_an_at(before: str, handle: str) -> None:
    handle = "q" + handle + "Z9"
    assert f"@{handle}" not in redact(f"{before} @{handle} x", pseudonym_of=label).text


@settings(max_examples=200)
@given(ANY_TEXT)
def test_the_cheap_look_never_lies(text: str) -> None:
    if not may_hold_personal_data(text):
        assert redact("@x " + text, pseudonym_of=label).text == "@~abcdefghij " + text


@settings(max_examples=200)
@given(ANY_TEXT, ANY_TEXT)
def test_stripping_takes_any_text(url: str, handle: str) -> None:
    assert strip_handle_from_url(url, [handle]) in {"", url}


def test_long_hostile_texts_do_not_take_for_ever() -> None:
    for shard in _SHARDS:
        redact(shard * 1_000, pseudonym_of=label)
    for pattern in (
        "1 - ",
        "a.",
        "a@",
        "@a.",
        "1.",
        "1:",
        "(1",
        "0171 1234567 ",
        "a at b dot ",
        "DE89 ",
        "+1 ",
        "[at]",
    ):
        redact(pattern * 4_000, pseudonym_of=label)
