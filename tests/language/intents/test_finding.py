"""Intents found in sentences written for the purpose, and in hostile text."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.language.contracts import INTENTS, Reading
from analytics.language.intents import LANGUAGES, THRESHOLD, find_intents, find_many, with_intents
from analytics.language.intents.rules import build, rules_of

ANGRY, HAPPY, CALM = (0.85, 0.05), (0.03, 0.9), (0.1, 0.2)


@pytest.mark.parametrize(
    ("language", "text", "mood", "intent"),
    [
        ("en", "Worst service ever, I have been on hold for two hours and want my refund", ANGRY, "complaint"),
        ("en", "My parcel never arrived and your website is useless", ANGRY, "complaint"),
        ("en", "Does anyone know whether they are open on Sunday?", CALM, "question"),
        ("en", "Thank you for the quick help, great service!", HAPPY, "praise"),
        ("en", "Where can I buy one of these mugs?", CALM, "purchase_interest"),
        ("en", "I'm cancelling my subscription today", ANGRY, "churn_risk"),
        ("en", "Never flying with you again, I am taking my business elsewhere", ANGRY, "churn_risk"),
        ("en", "20% off everything today, click here https://shop.example/", CALM, "spam"),
        ("de", "Seit zwei Wochen warte ich auf die Bestellung, die Hotline ist nicht erreichbar", ANGRY, "complaint"),
        ("de", "Kennt jemand einen guten Friseur in der Nähe?", CALM, "question"),
        ("de", "Vielen Dank, das Essen war einfach großartig", HAPPY, "praise"),
        ("de", "Wo kann man das Rad kaufen?", CALM, "purchase_interest"),
        ("de", "Ich habe meinen Vertrag gekündigt", ANGRY, "churn_risk"),
        ("de", "Angebot des Tages mit 50 % Rabatt https://shop.example/", CALM, "spam"),
        ("es", "Pésimo servicio, el pedido nunca llegó y nadie responde", ANGRY, "complaint"),
        ("es", "¿Alguien sabe a qué hora abren?", CALM, "question"),
        ("es", "Me encanta este lugar, muchas gracias", HAPPY, "praise"),
        ("es", "¿Dónde puedo comprar esas zapatillas?", CALM, "purchase_interest"),
        ("es", "Voy a cancelar mi suscripción", ANGRY, "churn_risk"),
        ("es", "Suscríbete a mi canal", CALM, "spam"),
        ("pt", "Péssimo atendimento, o pedido não chegou até hoje", ANGRY, "complaint"),
        ("pt", "Alguém sabe se abre no domingo?", CALM, "question"),
        ("pt", "Amei esse lugar, muito obrigada!", HAPPY, "praise"),
        ("pt", "Quanto custa esse vestido?", CALM, "purchase_interest"),
        ("pt", "Vou cancelar minha assinatura", ANGRY, "churn_risk"),
        ("pt", "Cupom: PROMO10, clique aqui https://loja.example/", CALM, "spam"),
    ],
)  # fmt: skip
def test_what_is_plain_is_found_and_shown(language: str, text: str, mood: tuple[float, float], intent: str) -> None:
    found = find_intents(text, language, *mood)
    assert found is not None
    assert intent in found.asserted
    assert found.scores[INTENTS.index(intent)] >= THRESHOLD
    shown = [text[each.start : each.end] for each in found.evidence if each.intent == intent]
    assert all(shown)
    assert shown


@pytest.mark.parametrize(
    ("language", "text", "mood"),
    [
        ("en", "The shop opens at nine on Monday", CALM),
        ("en", "I don't recommend it, not a great place", CALM),
        ("en", "Have a look at https://shop.example/?q=1&page=2", CALM),
        ("en", "He never answered my letters and I miss him", ANGRY),
        ("de", "Nie wieder Krieg!", ANGRY),
        ("de", "Das geht so nicht weiter mit dieser Regierung", ANGRY),
        ("es", "Hoy llueve en Madrid", CALM),
        ("pt", "Hoje choveu o dia inteiro", CALM),
    ],
)
def test_what_is_none_stays_none(language: str, text: str, mood: tuple[float, float]) -> None:
    found = find_intents(text, language, *mood)
    assert found is not None
    assert found.asserted == ()


@pytest.mark.parametrize(
    ("language", "text", "intent", "shown"),
    [
        ("en", "Not great service at the till today, yet upstairs they have great service", "praise", "great service"),
        ("en", "Don't want to buy the large one at all; I do however want to buy a small one", "purchase_interest",
         "want to buy"),
        ("de", "Das ist kein toller Service, aber dafür gab es abends wirklich tolles Essen", "praise", "tolles essen"),
        ("es", "No es muy bueno el menú de los lunes, el de los domingos sí es muy bueno", "praise", "muy bueno"),
        ("pt", "Não quero comprar nada desta loja, daquela ali eu quero comprar tudo", "purchase_interest",
         "quero comprar"),
    ],
)  # fmt: skip
def test_a_rule_that_is_negated_once_still_finds_what_stands_later(
    language: str, text: str, intent: str, shown: str
) -> None:
    found = find_intents(text, language, *HAPPY)
    assert found is not None
    evidence = [each for each in found.evidence if each.intent == intent]
    assert [text[each.start : each.end].lower() for each in evidence] == [shown], "one for a rule"
    assert evidence[0].start == text.lower().rfind(shown), "the place that is not negated"


def test_what_is_negated_everywhere_is_not_found_and_a_place_is_ruled_out_whole() -> None:
    for text in ("Not great service, and again no great service", "It was never really quite such great food"):
        found = find_intents(text, "en", *HAPPY)
        assert found is not None
        assert found.evidence == (), text


def test_a_trigger_inside_another_word_does_not_stand_for_the_next_one() -> None:
    found = find_intents("ask #customer_service about my flight", "en", *ANGRY)
    assert found is not None
    assert {(each.intent, each.start) for each in found.evidence} == {("complaint", 31)}


def test_no_more_than_some_places_of_a_rule_are_looked_at() -> None:
    later = "and since last summer the kitchen has great food"
    few, many = (find_intents("not great food; " * count + later, "en", *HAPPY) for count in (7, 8))
    assert few is not None
    assert many is not None
    assert ("praise" in few.asserted, many.evidence) == (True, ())


def test_the_mood_decides_what_words_alone_do_not() -> None:
    text = "The app, well. Great work, thank you!"
    happy, angry = find_intents(text, "en", *HAPPY), find_intents(text, "en", *ANGRY)
    assert happy is not None
    assert angry is not None
    assert "praise" in happy.asserted
    assert "praise" not in angry.asserted


def test_other_languages_are_not_spoken_about() -> None:
    assert find_intents("Où puis-je acheter ce vélo ?", "fr", *CALM) is None
    assert find_intents("", "und", *CALM) is None
    assert LANGUAGES == ("de", "en", "es", "pt")
    assert find_many(["a", "b"], ["en", "fr"], [0.1, 0.1], [0.1, 0.1])[1] is None
    with pytest.raises(ValueError, match="zip"):
        find_many(["a"], [], [], [])


def test_a_reading_is_given_its_intents() -> None:
    known = {
        "language_confidence": 1.0, "negative": 0.1, "neutral": 0.2, "positive": 0.7, "sentiment": "positive",
        "abstained": False, "abstain_reason": "", "model_id": "m",
    }  # fmt: skip
    english, french = Reading(language="en", **known), Reading(language="fr", **known)  # type: ignore[arg-type]
    said = replace(english, intents=(), intent_scores=(0.0,) * 6)
    refused = replace(english, sentiment="", abstained=True, abstain_reason="mixed_language")
    text = "Where can I buy one of these mugs?"
    found = with_intents([text] * 4, [english, french, said, refused])
    assert found[0].intents == ("question", "purchase_interest")
    assert found[0].intent_scores is not None
    assert found[1:] == [french, said, refused]


@settings(max_examples=200, deadline=None)
@given(
    st.text(alphabet=st.characters(exclude_categories=()), max_size=200)
    | st.lists(
        st.sampled_from(["never ", "refund ", "?", "kaufen ", "waiting ", "İ", "\x00", "\ud800", "10% off "])
    ).map("".join),
    st.sampled_from(LANGUAGES),
    st.floats(0, 1),
)
def test_any_text_is_read_and_evidence_lies_inside(text: str, language: str, negative: float) -> None:
    found = find_intents(text, language, negative, 1.0 - negative)
    assert found is not None
    assert all(0.0 <= score <= 1.0 for score in found.scores)
    assert all(0 <= each.start < each.end <= len(text) for each in found.evidence)
    assert set(found.asserted) <= {each.intent for each in found.evidence}


def test_long_texts_are_read_in_proportion() -> None:
    """What is looked at is bounded: a megabyte says what its beginning says."""
    for piece in ("never again ", "waiting for ", "? ", "werde ich ", "a" * 50 + " "):
        text = piece * (1_000_000 // len(piece))
        assert find_intents(text, "en", *ANGRY) == find_intents(text[:2_000], "en", *ANGRY)


def test_a_hostile_post_takes_no_longer_than_another() -> None:
    """Words that a rule could take in two ways would double its time each."""
    begun = time.process_time()
    find_intents("wartet " + "ich wir jetzt " * 8 + ".", "de", *ANGRY)
    assert time.process_time() - begun < 0.5


def test_rules_are_well_made() -> None:
    for language in LANGUAGES:
        rules = rules_of(language)
        assert rules is not None
        assert {rule.intent for each in rules.by_trigger.values() for rule in each} == set(INTENTS)
        assert all(word == word.lower() and not word.isspace() for word in rules.by_trigger)
    with pytest.raises(ValueError, match="strength"):
        build([("spam", 1.5, "", "x", "")], "", "", "")
