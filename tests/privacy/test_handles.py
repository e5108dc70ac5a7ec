from __future__ import annotations

import pytest

from analytics.privacy.handles import find_handles, find_profiles, strip_handle_from_url

NAMED = [
    ("https://social.example/@jane_sample/1", "jane_sample"),
    ("https://social.example/JANE_SAMPLE/status/1", "@jane_sample"),
    ("https://social.example/profile/jane%5Fsample", "jane_sample"),
    ("https://social.example/profile/jane%255Fsample", "jane_sample"),
    ("https://social.example/?user=jane_sample&x=1", "jane_sample"),
    ("https://social.example/#jane_sample", "jane_sample"),
    ("https://jane.blog.example/2026/post", "jane"),
    ("https://blog.example/author/jane-sample/", "Jane Sample"),
    ("https://blog.example/author/janesample", "Jane Sample"),
    ("https://blog.example/jane_sample_and_friends", "jane_sample"),
    ("https://social.example/@jane@other.example/1", "jane@other.example"),
    ("https://bsky.example/profile/jane.social.example/post/3k", "jane.social.example"),
    ("https://social.example/ＪＡＮＥ/1", "jane"),
    ("https://social.example/小明/1", "小明"),
    ("https://social.example/bo/1", "bo"),
    ("https://social.example/bo/1", "bo@"),
    ("https://social.example/no-bo/bo", "bo"),
]
UNNAMED = [
    ("https://shop.example/bottles/1", "bo"),
    ("https://news.example/2026/11/coffee", "jane"),
    ("https://news.example/2026", ""),
    ("https://news.example/2026", "@"),
    ("", "jane"),
]


@pytest.mark.parametrize(("url", "handle"), NAMED)
def test_an_address_that_names_somebody_is_dropped(url: str, handle: str) -> None:
    assert strip_handle_from_url(url, ["nobody_else", handle]) == ""


@pytest.mark.parametrize(("url", "handle"), UNNAMED)
def test_an_address_that_names_nobody_stays(url: str, handle: str) -> None:
    assert strip_handle_from_url(url, [handle]) == url


def test_handles_are_found_with_their_place() -> None:
    text = "hi @jane.sample, ask @joe@social.example or u/moe_99!"
    found = list(find_handles(text, frozenset()))
    assert [(one.handle, one.prefix, text[one.start : one.end]) for one in found] == [
        ("jane.sample", "@", "@jane.sample"),
        ("joe@social.example", "@", "@joe@social.example"),
        ("moe_99", "", "moe_99"),
    ]


def test_profiles_are_told_from_the_networks_own_pages() -> None:
    text = "https://www.instagram.com/jane.sample/ https://instagram.com/explore/ https://t.me/joe_99. https://shop.example/x"
    assert [one.handle for one in find_profiles(text)] == ["jane.sample", "joe_99"]
