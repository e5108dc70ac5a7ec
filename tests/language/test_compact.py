"""The compact engine: what every engine promises, and what this model and its card say."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.language.compact import engine as compact
from analytics.language.compact.arrays import sha256_of
from analytics.language.compact.engine import FOLDER, CompactEngine
from analytics.language.contracts import ABSTAIN_REASONS, EMOTIONS, SENTIMENTS, Engine, EngineUnavailable, Reading
from analytics.language.engines import ENGINES, get_engine

ENGINE = get_engine("compact")
ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()), max_size=300)

OBVIOUS = [
    ("en", "positive", "I love this place, the coffee is amazing and the staff are so kind!"),
    ("en", "negative", "Terrible service, rude staff and cold food. I hate it, never again."),
    ("de", "positive", "Ich liebe dieses Café, tolle Leute und super leckerer Kuchen, vielen Dank! :)"),
    ("de", "negative", "Total schlecht und peinlich, so ein Mist, ich bin echt sauer und enttäuscht."),
    ("es", "positive", "Estoy muy feliz, me encanta este lugar, ¡gracias por todo!"),
    ("es", "negative", "Qué asco, me da mucha rabia y tristeza, es horrible."),
    ("pt", "positive", "Adoro este lugar, estou muito feliz, parabéns e obrigado!"),
    ("pt", "negative", "Que horror, odeio isto, é uma vergonha e estou muito triste."),
    ("id", "positive", "makanannya enak sekali, tempatnya nyaman dan pelayanannya ramah"),
    ("id", "negative", "pelayanan sangat buruk, saya kecewa dan makanannya tidak enak"),
    ("ko", "positive", "정말 최고의 영화 너무 재미있고 감동적이다"),
    ("ko", "negative", "정말 재미없다 시간 아까운 쓰레기 영화 최악"),
    ("th", "positive", "อร่อยมาก ชอบมากๆ ดีที่สุดเลย"),
    ("th", "negative", "แย่มาก บริการห่วย ไม่อร่อยเลย"),
    ("ru", "positive", "Я так счастлива, это прекрасный день, люблю вас!"),
    ("ru", "negative", "Ненавижу это, мне так грустно и страшно, ужас"),
]


def assert_valid(reading: Reading) -> None:
    assert reading.negative + reading.neutral + reading.positive == pytest.approx(1.0, abs=1e-9)
    assert min(reading.negative, reading.neutral, reading.positive) >= 0.0
    if reading.abstained:
        assert reading.sentiment == ""
        assert reading.abstain_reason in ABSTAIN_REASONS
    else:
        assert reading.abstain_reason == ""
        shares = {"negative": reading.negative, "neutral": reading.neutral, "positive": reading.positive}
        assert reading.sentiment in SENTIMENTS
        assert shares[reading.sentiment] == max(shares.values())
    assert reading.model_id == ENGINE.model_id
    assert (reading.emotions is None) == (reading.emotion_scores is None)
    if reading.abstain_reason in ("empty_text", "too_short", "undecided_language"):
        assert reading.emotions is reading.irony is None
    for emotion in reading.emotions or ():
        assert reading.emotion_scores is not None
        assert reading.emotion_scores[EMOTIONS.index(emotion)] is not None


@settings(max_examples=200, deadline=None)
@given(st.lists(ANY_TEXT, max_size=12), st.sampled_from(["", "en", "tw", "de-AT", "\x00"]))
def test_any_text_gets_a_valid_reading_the_same_alone_and_in_company(texts: list[str], hint: str) -> None:
    together = ENGINE.read(texts, [hint] * len(texts))
    assert len(together) == len(texts)
    for text, reading in zip(texts, together, strict=True):
        assert_valid(reading)
        assert ENGINE.read([text], [hint]) == [reading]


@pytest.mark.parametrize(
    "text",
    [
        *("", " \n\t", "\x00", "a\x00b", "\ud800", "\udfff great", "\U0010ffff", "&#0;&#xD800;&amp;" * 9_000),
        *("x" * 100_000, "é" * 100_000, "ﷺ" * 100_000, "😡" * 100_000, "\u0301" * 5_000, "@" * 100_000),
        "http://" * 20_000,
    ],
)
def test_hostile_texts(text: str) -> None:
    (reading,) = ENGINE.read([text])
    assert_valid(reading)


def test_batches_larger_than_the_engines_own_keep_the_order() -> None:
    texts = [f"{text} {number}" for number in range(40) for _, _, text in OBVIOUS]
    assert len(texts) > 512
    together = ENGINE.read(texts)
    for place in range(0, len(texts), 97):
        assert together[place] == ENGINE.read([texts[place]])[0]


@pytest.mark.parametrize(("language", "sentiment", "text"), OBVIOUS)
def test_obvious_posts(language: str, sentiment: str, text: str) -> None:
    (reading,) = ENGINE.read([text], [language])
    assert (reading.language, reading.sentiment) == (language, sentiment)


def test_plain_statements_are_neutral() -> None:
    texts = ["The shop opens at 9 on Monday.", "The meeting takes place in the town hall at 3 pm."]
    assert [reading.sentiment for reading in ENGINE.read(texts, ["en", "en"])] == ["neutral", "neutral"]


def test_abstention() -> None:
    def reason(text: str, hint: str = "") -> str:
        return ENGINE.read([text], [hint])[0].abstain_reason

    assert reason("") == reason(" \n") == reason("\x00") == "empty_text"
    assert reason("k") == reason(".") == "too_short"
    assert reason("To jest bardzo dobra kawa i miła obsługa, polecam wszystkim") == "unsupported_language"
    assert reason("zxqv wkrt plmb") == "undecided_language"
    assert reason("😡") not in ("empty_text", "too_short")
    assert reason("I love this place, the coffee is amazing!") == ""


def test_low_confidence_is_an_abstention(tmp_path: Path) -> None:
    card = json.loads((FOLDER / "card.json").read_text(encoding="utf-8"))
    card["engine"]["sentiment"]["min_probability"] = {"": 1.1}
    shutil.copy(FOLDER / "weights.npz", tmp_path)
    (tmp_path / "card.json").write_text(json.dumps(card), encoding="utf-8")
    (reading,) = CompactEngine(tmp_path).read(["I love this place, the coffee is amazing!"])
    assert (reading.sentiment, reading.abstain_reason) == ("", "low_confidence")
    assert reading.positive > reading.negative


def test_hints_must_be_as_many_as_texts() -> None:
    with pytest.raises(ValueError, match="hints"):
        ENGINE.read(["one", "two"], ["en"])


def test_emotions_and_irony_are_told_where_they_are_claimed() -> None:
    posts = [
        ("I am so angry and furious about this, what an outrage!", "en", "anger"),
        ("This makes me so happy, I love it, what a joy!", "en", "joy"),
        ("I miss her so much, I can't stop crying, so sad", "en", "sadness"),
        ("I hope everything will be fine, looking forward to it", "en", "anticipation"),
        ("Я так счастлива, это прекрасный день, люблю вас!", "ru", "joy"),
    ]
    readings = ENGINE.read([text for text, _, _ in posts], [language for _, language, _ in posts])
    for reading, (text, _, emotion) in zip(readings, posts, strict=True):
        assert reading.emotions is not None, text
        assert emotion in reading.emotions, text
        assert reading.emotion_scores is not None
        assert reading.emotion_scores[EMOTIONS.index("trust")] is None
    assert readings[0].irony is not None
    assert readings[4].irony is None
    (finnish,) = ENGINE.read(["Olen niin vihainen tästä asiasta, mikä häpeä!"], ["fi"])
    assert finnish.emotions is finnish.emotion_scores is finnish.irony is None


def test_the_card_is_complete_and_about_these_weights() -> None:
    card = json.loads((FOLDER / "card.json").read_text(encoding="utf-8"))
    assert ENGINE.card() == card
    assert card["weights_sha256"] == sha256_of(FOLDER / "weights.npz")
    assert card["weights_bytes"] == (FOLDER / "weights.npz").stat().st_size
    assert ENGINE.model_id == card["id"]
    assert len(card["heads"]["sentiment"]["languages"]) >= 25
    (diagram,) = card["heads"]["sentiment"]["calibration"]["diagrams"]
    assert diagram["ece"]["value"] <= 0.05
    for name, main in (("sentiment", "macro_f1"), ("emotion", "macro_f1")):
        head = card["heads"][name]
        for language in head["languages"]:
            scores = [score["metrics"][main] for score in head["scores"] if score["language"] == language]
            assert max(score["value"] for score in scores) >= 0.40, (name, language)
    for language, area in card["engine"]["irony"]["area_under_curve"].items():
        assert area["low"] > 0.5, language


def test_the_weights_are_small() -> None:
    shipped = (FOLDER / "weights.npz", FOLDER / "characters.npz", FOLDER / "evaluation_keys.npz")
    assert sum(path.stat().st_size for path in shipped) <= 25_000_000


def test_weights_that_are_not_the_cards_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable) as refusal:
        CompactEngine(tmp_path)
    assert refusal.value.code == "weights_unreadable"
    for name in (compact.WEIGHTS, compact.CARD):
        shutil.copy(FOLDER / name, tmp_path)
    card = json.loads((tmp_path / compact.CARD).read_text(encoding="utf-8"))
    (tmp_path / compact.CARD).write_text(json.dumps({**card, "weights_sha256": "0" * 64}), encoding="utf-8")
    with pytest.raises(EngineUnavailable) as refusal:
        CompactEngine(tmp_path)
    assert refusal.value.code == "weights_mismatch"


def test_the_registry() -> None:
    assert isinstance(ENGINE, Engine)
    assert get_engine("compact") is ENGINE
    assert set(ENGINES) == {"compact", "transformers"}
    for spec, code in (
        ("nobody", "unknown_engine"),
        ("compact:large", "bad_engine_spec"),
        ("transformers", "bad_engine_spec"),
    ):
        with pytest.raises(EngineUnavailable) as refusal:
            get_engine(spec)
        assert refusal.value.code == code
