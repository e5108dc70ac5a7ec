"""What leaves privacy names nobody. All persons are invented."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.privacy.contracts import AuthorIdentity, PostIdentity, ProtectedPost
from analytics.privacy.protect import Protector
from analytics.sources.contracts import POST_KINDS, Media, Metrics, RawAuthor, RawPost
from kernel.crypto import EnvelopeError

KEY = bytes(range(32))
HANDLE = "zz_jane_sample_92"
OTHER = "zz_joe.muster_7"
NAME = "Zzjane Q. Zzsample"
EMAIL = "zzmail.sample@example.com"
PHONE = "+49 30 1239876"
PLANTED = f"{NAME} @{HANDLE} {HANDLE} @{OTHER} {OTHER} {EMAIL} {PHONE}"
MOMENT = datetime(2026, 11, 22, 12, tzinfo=UTC)


def planted_everywhere() -> RawPost:
    """Personal data in every field that holds text."""
    return RawPost(
        source=PLANTED,
        external_id=f"https://social.example/@{HANDLE}/1 {PLANTED}",
        text=PLANTED,
        created_at=MOMENT,
        author=RawAuthor(f"@{HANDLE}", NAME, f"https://social.example/@{HANDLE}?{EMAIL}", followers=12, verified=True),
        url=f"https://social.example/{HANDLE}/status/1?mail={EMAIL}&tel={PHONE}",
        title=PLANTED,
        language=PLANTED,
        kind=PLANTED,  # type: ignore[arg-type]
        reply_to=f"{OTHER}/17",
        repost_of=f"tag:{HANDLE}",
        quote_of=EMAIL,
        mentioned=(OTHER, f"@{HANDLE}", PLANTED),
        hashtags=(HANDLE, OTHER, EMAIL, PHONE, NAME, f"@{HANDLE}", "coffee"),
        media=(
            Media(PLANTED, f"https://cdn.example/{HANDLE}/1.jpg", PLANTED),
            Media("image", "https://cdn.example/Zzjane-Q-Zzsample.jpg", NAME),
            Media("image", f"https://cdn.example/{OTHER}.jpg"),
        ),
        metrics=Metrics(likes=3),
        country=PLANTED,
        rating=4.5,
        region=PLANTED,
        city=f"home of {NAME}",
    )


def test_planted_personal_data_is_nowhere_but_in_the_envelopes() -> None:
    protector = Protector(KEY)
    post = planted_everywhere()
    protected = protector.protect(post)
    shown = repr(protected).casefold()
    for secret in (HANDLE, OTHER, NAME, EMAIL, PHONE, "1239876", "sample", "muster"):
        assert secret.casefold() not in shown, secret
    assert protected.author_envelope is not None
    assert protected.author_pseudonym is not None
    assert protected.post_envelope is not None
    assert protector.open_author(protected.author_envelope, protected.author_pseudonym) == AuthorIdentity(
        "other", f"@{HANDLE}", NAME, f"https://social.example/@{HANDLE}?{EMAIL}"
    )
    assert protector.open_post(protected.post_envelope, protected.external_id) == PostIdentity(
        post.external_id, post.url
    )
    assert protected.hashtags == ("coffee",)
    assert (protected.followers, protected.verified, protected.rating) == (12, True, 4.5)


def test_every_field_of_a_raw_post_has_a_fate() -> None:
    """A new field in RawPost must be thought about here before it travels on."""
    raw = {field.name for field in dataclasses.fields(RawPost)}
    protected = {field.name for field in dataclasses.fields(ProtectedPost)}
    assert raw - protected == {"author"}
    new = {"author_pseudonym", "author_envelope", "post_envelope", "followers", "verified", "findings_count"}
    assert protected - raw == new
    planted = planted_everywhere()
    empty = RawPost("demo", "1", "", MOMENT)
    untouched = {
        field.name
        for field in dataclasses.fields(RawPost)
        if getattr(planted, field.name) == getattr(empty, field.name)
    }
    assert untouched == {"created_at"}


def test_an_innocent_post_passes_unchanged() -> None:
    post = RawPost(
        "demo",
        "1867512345678901234",
        "Great coffee ☕ at 10:30 for 4,50 €",
        MOMENT,
        url="https://news.example/2026/11/coffee",
        title="Coffee",
        language="de",
        kind="review",
        reply_to="17",
        hashtags=("coffee", "café"),
        media=(Media("image", "https://cdn.example/1.jpg", "a cup"),),
        country="de",
        rating=5.0,
        region="Nordrhein-Westfalen",
        city="Köln",
    )
    protected = Protector(KEY).protect(post)
    for field in dataclasses.fields(RawPost):
        if field.name not in {"author", "country"}:
            assert getattr(protected, field.name) == getattr(post, field.name), field.name
    assert protected.country == "DE"
    assert protected.author_pseudonym is protected.author_envelope is protected.post_envelope is None
    assert protected.findings_count == {}


def test_an_author_is_one_pseudonym_per_client_and_is_sealed_once() -> None:
    ours, theirs = Protector(KEY), Protector(bytes(32))
    first = ours.protect(RawPost("demo", "1", "a", MOMENT, author=RawAuthor("@Jane_99")))
    second = ours.protect(RawPost("demo", "2", "b", MOMENT, author=RawAuthor("@Jane_99")))
    spelled = ours.protect(RawPost("demo", "3", "b", MOMENT, author=RawAuthor("jane_99")))
    elsewhere = theirs.protect(RawPost("demo", "1", "a", MOMENT, author=RawAuthor("@Jane_99")))
    assert first.author_envelope == second.author_envelope
    assert (
        first.author_pseudonym
        == second.author_pseudonym
        == spelled.author_pseudonym
        == ours.pseudonym("demo", "jane_99")
    )
    assert first.author_pseudonym != elsewhere.author_pseudonym
    assert first.author_envelope is not None
    assert first.author_pseudonym is not None
    with pytest.raises(EnvelopeError):
        theirs.open_author(first.author_envelope, first.author_pseudonym)
    with pytest.raises(EnvelopeError):
        ours.open_author(first.author_envelope, bytes(16))


def test_an_author_without_handle_is_known_by_address_or_name() -> None:
    protector = Protector(KEY)
    named = protector.protect(RawPost("feed", "1", "by Jane Sample", MOMENT, author=RawAuthor("", "Jane Sample")))
    nobody = protector.protect(RawPost("feed", "1", "x", MOMENT, author=RawAuthor("", "", "")))
    assert named.author_pseudonym == protector.pseudonym("feed", "Jane Sample")
    assert named.text == "by [name]"
    assert named.findings_count == {"PERSON": 1}
    assert nobody.author_pseudonym is None


def test_a_reply_comes_to_the_same_reference_as_the_post_it_answers() -> None:
    protector = Protector(KEY)
    link = "https://social.example/@jane_99/1"
    post = protector.protect(RawPost("demo", link, "a", MOMENT, author=RawAuthor("jane_99"), url=link))
    reply = protector.protect(RawPost("demo", "2", "b", MOMENT, author=RawAuthor("joe_77"), reply_to=link))
    assert post.external_id == reply.reply_to
    assert post.external_id.startswith("ref-")
    assert post.url == ""


def test_a_plain_id_that_holds_the_handle_is_replaced() -> None:
    protected = Protector(KEY).protect(RawPost("demo", "jane_99:1", "a", MOMENT, author=RawAuthor("jane_99")))
    assert protected.external_id.startswith("ref-")


def test_brands_stay_readable_also_as_authors() -> None:
    protector = Protector(KEY, ["@Acme_Bakery"])
    protected = protector.protect(
        RawPost(
            "demo",
            "1",
            "We at @acme_bakery (acme_bakery) thank @jane_99",
            MOMENT,
            author=RawAuthor("acme_bakery", "Acme Bakery"),
            url="https://x.com/acme_bakery/status/1",
            mentioned=("acme_bakery", "jane_99"),
        )
    )
    label = protector.protect(RawPost("demo", "2", "@jane_99", MOMENT)).text
    assert protected.text == f"We at @acme_bakery (acme_bakery) thank {label}"
    assert protected.url == "https://x.com/acme_bakery/status/1"
    assert protected.mentioned == (protector.pseudonym("demo", "acme_bakery"), protector.pseudonym("demo", "jane_99"))
    assert protected.findings_count == {"HANDLE": 1}


def test_mentions_in_the_text_are_mentions_and_addresses_are_not() -> None:
    protector = Protector(KEY)
    text = "@jane_99 wrote to joe@example.com, see https://social.example/@moe/1 @Jane_99"
    protected = protector.protect(RawPost("demo", "1", text, MOMENT))
    assert protected.mentioned == (protector.pseudonym("demo", "jane_99"),)


def test_an_ordinary_word_as_handle_does_not_eat_the_text() -> None:
    protected = Protector(KEY).protect(
        RawPost("demo", "1", "I love coffee", MOMENT, author=RawAuthor("coffee", "Coffee"))
    )
    assert protected.text == "I love coffee"


@pytest.mark.parametrize(
    "text", ["Regards,\nJANE   sample", "谢谢jane_99你好", "Jane_99's view", "-jane_99@social.example"]
)
def test_signatures_are_found_in_every_spelling(text: str) -> None:
    protected = Protector(KEY).protect(RawPost("demo", "1", text, MOMENT, author=RawAuthor("jane_99", "Jane Sample")))
    assert "jane" not in protected.text.casefold()


ANY = st.text(alphabet=st.characters(), max_size=30)
POSTS = st.builds(
    RawPost,
    source=st.just("demo"),
    external_id=ANY,
    text=ANY,
    created_at=st.just(MOMENT),
    author=st.none() | st.builds(RawAuthor, ANY, ANY, ANY),
    url=ANY,
    title=ANY,
    language=ANY,
    kind=st.sampled_from(POST_KINDS),
    reply_to=ANY,
    mentioned=st.lists(ANY, max_size=3).map(tuple),
    hashtags=st.lists(ANY, max_size=3).map(tuple),
    media=st.lists(st.builds(Media, ANY, ANY, ANY), max_size=2).map(tuple),
    country=ANY,
)


@settings(max_examples=200)
@given(POSTS)
def test_any_post_can_be_protected_and_opened_again(post: RawPost) -> None:
    protector = Protector(KEY, ["acme"])
    protected = protector.protect(post)
    assert protected == dataclasses.replace(
        Protector(KEY, ["acme"]).protect(post),
        author_envelope=protected.author_envelope,
        post_envelope=protected.post_envelope,
    )
    if protected.author_envelope is not None and protected.author_pseudonym is not None:
        assert post.author is not None
        assert protector.open_author(protected.author_envelope, protected.author_pseudonym).handle == post.author.handle
    if protected.post_envelope is not None:
        assert protector.open_post(protected.post_envelope, protected.external_id) == PostIdentity(
            post.external_id, post.url
        )
    else:
        assert (protected.external_id, protected.url) == (post.external_id, post.url)
