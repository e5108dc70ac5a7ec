"""Language identification: short posts, writing systems, hints."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.language.langid import Guess, identify, normalise_tag

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()), max_size=200)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The delivery was late and nobody answered my questions", "en"),
        ("Der Kaffee war kalt und die Bedienung sehr unfreundlich", "de"),
        ("El servicio fue excelente, volveremos muy pronto con los niños", "es"),
        ("Le service était lent mais la cuisine est vraiment délicieuse", "fr"),
        ("Il cameriere è stato gentile e la pizza era buonissima", "it"),
        ("O atendimento foi péssimo e não vou voltar nunca mais", "pt"),
        ("Kahawa yao ni nzuri sana, nitarudi tena kesho asubuhi", "sw"),
        ("الخدمة كانت ممتازة والموظفون في غاية اللطف", "ar"),
        ("सेवा बहुत अच्छी थी और खाना स्वादिष्ट था", "hi"),
        ("Кофе был холодный, а обслуживание очень медленное", "ru"),
        ("このカフェは最高です", "ja"),
        ("커피가 정말 맛있어요", "ko"),
        ("กาแฟอร่อยมาก", "th"),
        ("这家咖啡馆的服务真好", "zh"),
    ],
)
def test_sentences(text: str, language: str) -> None:
    guess = identify(text)
    assert guess.language == language
    assert guess.confidence > 0.6


def test_a_writing_system_of_one_language_answers_however_short() -> None:
    assert identify("最高！ありがとう").language == "ja"
    assert identify("좋아").language == "ko"
    assert identify("ดี").language == "th"


def test_short_or_wordless_posts_are_undecided() -> None:
    for text in ("", "😡😡😡", "123 !!", "https://example.org/a @someone", "lol", "So gut"):
        guess = identify(text)
        assert guess.language == "und", text
        assert guess.confidence < 0.4


def test_confidence_grows_with_length() -> None:
    words = ["the", "service", "was", "slow", "but", "the", "coffee", "is", "good", "and", "we", "will", "come", "back"]
    assert identify(" ".join(words[:3]), "en").confidence < identify(" ".join(words), "en").confidence


def test_a_hint_decides_short_posts_and_loses_against_long_ones() -> None:
    assert identify("So gut", "de-DE").language == "de"
    assert identify("Bueno", "es").language == "es"
    assert identify("😡😡😡", "pt_BR") == Guess("pt", 0.3)
    assert identify("Das ist wirklich ein sehr schöner Laden, wir kommen gerne wieder!", "en").language == "de"
    assert identify("Me da wo ase paa", "tw").language == "tw"  # py3langid does not know Twi


def test_odd_hints_are_ignored() -> None:
    text = "The delivery was late and nobody answered"
    for hint in ("", "und", "zxx", "x-klingon", "!!", "é", "\x00", "english language"):
        assert identify(text, hint).language == "en"


@pytest.mark.parametrize(
    ("tag", "code"), [("pt-BR", "pt"), ("arz", "ar"), ("ENG", "en"), ("zh_Hant_TW", "zh"), ("und", ""), ("pcm", "pcm")]
)
def test_tags(tag: str, code: str) -> None:
    assert normalise_tag(tag) == code


@settings(max_examples=300, deadline=None)
@given(ANY_TEXT, st.one_of(st.just(""), st.sampled_from(["en", "tw", "ar-EG"]), ANY_TEXT))
def test_any_text_gets_a_guess(text: str, hint: str) -> None:
    guess = identify(text, hint)
    assert 0.0 <= guess.confidence <= 1.0
    assert guess.language.isascii()
    assert 2 <= len(guess.language) <= 3
    assert identify(text, hint) == guess


def test_threads_agree() -> None:
    texts = ["The delivery was late and nobody answered", "Der Kaffee war kalt und teuer", "這家店很好"] * 20
    alone = [identify(text) for text in texts]
    together: list[list[Guess]] = [[] for _ in range(4)]

    def work(place: int) -> None:
        together[place] = [identify(text) for text in texts]

    threads = [threading.Thread(target=work, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(found == alone for found in together)
