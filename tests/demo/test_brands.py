"""Which brands a stranger's texts speak about."""

from __future__ import annotations

from analytics.listening.matcher import Matcher
from analytics.listening.query import parse
from api.demo.brands import FoundBrand, find_brands


def heard(brand: FoundBrand, text: str) -> bool:
    return bool(Matcher([("q", parse(brand.query))]).match(text))


def test_handles_come_first_and_are_spelt_as_written() -> None:
    texts = ["@KestrelCoffee thanks"] * 30 + ["@mossbean is shut #rain"] * 20 + ["#rain again"] * 50
    brands, topic = find_brands(texts)
    assert [(brand.name, brand.posts) for brand in brands] == [("Kestrel Coffee", 30), ("mossbean", 20)]
    for text in ("@kestrelcoffee hello", "#KestrelCoffee", "at Kestrel Coffee today"):
        assert heard(brands[0], text)
    assert not heard(brands[0], "a kestrel drank coffee")
    assert topic is not None
    assert (topic.name, topic.query) == ("#rain", "#rain")


def test_without_handles_hashtags_stand_in() -> None:
    brands, topic = find_brands(["#kestrel is good"] * 30 + ["#mossbean is not"] * 20 + ["neither of them"] * 50)
    assert [brand.name for brand in brands] == ["kestrel", "mossbean"]
    assert heard(brands[0], "so good #Kestrel")
    assert topic is None


def test_without_either_long_words_do() -> None:
    brands, topic = find_brands(["my kestrel is late"] * 30 + ["mossbean was here"] * 20)
    assert [brand.name for brand in brands] == ["kestrel", "mossbean"]
    assert heard(brands[1], "a Mossbean, please")
    assert topic is None


def test_one_handle_alone_is_nothing_to_compare_with() -> None:
    brands, _ = find_brands(["@kestrel #soon"] * 30 + ["#soon #later"] * 30)
    assert [brand.name for brand in brands] == ["soon", "later"]


def test_what_few_posts_name_is_no_brand() -> None:
    texts = ["@kestrel"] * 500 + ["@mossbean"] * 480 + ["@stranger"] * 9
    assert [brand.name for brand in find_brands(texts)[0]] == ["kestrel", "mossbean"]


def test_no_more_than_six() -> None:
    texts = [f"@brand{number % 20:02} hello" for number in range(2_000)]
    assert len(find_brands(texts)[0]) == 6


def test_a_post_counts_once_however_often_it_shouts() -> None:
    brands, _ = find_brands(["@kestrel @Kestrel @KESTREL"] * 10 + ["@mossbean"] * 12)
    assert [(brand.name.lower(), brand.posts) for brand in brands] == [("mossbean", 12), ("kestrel", 10)]


def test_nothing() -> None:
    assert find_brands([]) == ([], None)
    assert find_brands(["", "  ", "🥐", "a b c"]) == ([], None)
    assert find_brands(["unlike anything", "different altogether"]) == ([], None)


def test_every_query_found_parses_and_hears_what_it_was_found_in() -> None:
    texts = [
        *["@möwe_röster guten Morgen"] * 9,
        *["@under_score_ hi"] * 8,
        *["@UPPERCase9 hi"] * 7,
        *["@notandor or not"] * 6,
        *["@and hi"] * 5,
    ]
    brands, _ = find_brands(texts)
    assert len(brands) >= 4
    for brand in brands:
        assert sum(heard(brand, text) for text in texts) >= brand.posts
