"""The kernel that tells languages against the reference: Python and py3langid itself."""

from __future__ import annotations

import io
import re
import unicodedata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.language import langid
from analytics.language.identification import kernel, reference
from analytics.language.identification.library import labels, loaded
from analytics.language.identification.writing import MASKED
from analytics.language.langid import identify, identify_many
from tests.language.corpora import judged_texts, spoken_texts

HOSTILE = (
    "",
    "\x00",
    "\ud800 lone \udfff halves \ud83d",
    "\u202ereversed\u202c and \u2066isolated\u2069",
    "e" + "\u0301" * 900,
    "i\u0307stanbul \u0130STANBUL \u0130",
    "A" * 1_000,
    "WHY IS EVERYTHING SO LOUD IN HERE",
    "\u01c5 TITLE",
    "\ufdfa" * 200,
    "\u1e9e\u2126\u212b\u0340",
    "http://",
    "https://x",
    "http https httpss xhttp http_ _http ahttps://b c",
    "httpshttps://a b",
    "www. www.a wwww.a",
    "@ @@ @a@b @é_1! #_#_ &amp; &amp &; &&lt;;",
    "a\x1cb\x85c\u3000d\u2028e\u200bf",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea",
    "日本語 かな 한국어 漢字",
    "漢字 한국어",
    "ქართული αβγ",
    "x" * 5_000,
    "\U000e0041\U000e0042",
    "\u1100\u1161\u11a8",
    "yeh bahut accha hai BHAI! yéh hai\u200dhai hai1hai the and",
)
ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()), max_size=120)
PIECES = st.lists(
    st.sampled_from(
        (
            *"htpsw:/.@#_&; éİß漢か한\x00\u0301\U0001f3fd",
            "http",
            "https://",
            "www.",
            "amp;",
            "hai",
            " nahi",
            "the ",
            "KYA ",
        )
    ),
    max_size=30,
).map("".join)

needs_numba = pytest.mark.skipif(find_spec("numba") is None, reason="numba is missing")


def check_alike(texts: list[str]) -> None:
    texts = [text[: langid.MAX_CHARS] for text in texts]
    ours, theirs = kernel.Texts(texts), reference.Texts(texts)
    assert ours.cleaned.letters.tolist() == theirs.cleaned.letters.tolist()
    assert ours.cleaned.scripts.tolist() == theirs.cleaned.scripts.tolist()
    assert ours.cleaned.latin.tolist() == theirs.cleaned.latin.tolist()
    assert ours.cleaned.words.tolist() == theirs.cleaned.words.tolist()
    every = np.arange(len(texts))
    found, wanted = ours.rank(every), theirs.rank(every)
    # The library adds up logarithms in single precision: sums of thousands, right to seven digits.
    assert np.abs(found - wanted).max(initial=0.0) < 2e-4
    for one, other in zip(found, wanted, strict=True):
        first, second = one.argmax(), other.argmax()
        assert first == second or abs(other[first] - other[second]) < 2e-4


@needs_numba
def test_corpora_get_the_librarys_probabilities() -> None:
    check_alike([*spoken_texts(), *judged_texts(), *HOSTILE])


@needs_numba
@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(ANY_TEXT, PIECES), max_size=4))
def test_any_text_gets_the_librarys_probabilities(texts: list[str]) -> None:
    check_alike(texts)


@needs_numba
def test_sums_are_what_double_precision_gives() -> None:
    """From the library's own numbers, the distance of the two best languages."""
    model: Any = loaded()
    texts = [text for text in spoken_texts() if len(text) > 40][:300]
    batch = kernel.Texts(texts)
    ours = np.log(batch.rank(np.arange(len(texts))) + 1e-300)
    worst = 0.0
    for row, text in enumerate(texts):
        encoded = model._encode(reference.clean(text))
        state, counts = 0, dict[int, int]()
        for byte in encoded:
            state = model.tk_nextmove[model._rowbase[state] + byte]
            if model.tk_output[state] >= 0:
                counts[model.tk_output[state]] = counts.get(model.tk_output[state], 0) + 1
        weights = model.nb_ptc[list(counts)].astype(np.float64)
        exact = np.log1p(np.array(list(counts.values()), dtype=np.float64)) @ weights + model.nb_pc
        exact = (exact - exact.max()) / np.sqrt(len(encoded))
        first, second = np.argsort(exact)[-2:][::-1]
        if {int(first), int(second)} & set(np.ravel(model._alias_pairs).tolist()):
            continue
        worst = max(worst, abs((exact[first] - exact[second]) - (ours[row, first] - ours[row, second])))
    assert worst < 5e-5


def test_without_numba_the_answers_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [*spoken_texts()[::7], *HOSTILE]
    hints = [("", "en", "tw", "ar-EG")[place % 4] for place in range(len(texts))]
    compiled = identify_many(texts, hints)
    monkeypatch.setattr(langid, "_texts", lambda: reference.Texts)
    plain = identify_many(texts, hints)
    for one, other in zip(compiled, plain, strict=True):
        assert one.confidence == pytest.approx(other.confidence, abs=1e-3)
        assert one.language == other.language or abs(one.confidence - langid.MIN_CONFIDENCE) < 1e-3


def test_a_text_is_read_alike_in_any_company() -> None:
    texts = [*spoken_texts()[:200], *HOSTILE]
    assert identify_many(texts) == [identify(text) for text in texts]
    assert identify_many(texts[::-1]) == identify_many(texts)[::-1]
    assert identify_many([]) == []


def test_there_are_as_many_hints_as_texts() -> None:
    with pytest.raises(ValueError, match="hints"):
        identify_many(["a", "b"], ["en"])


@needs_numba
def test_masking_is_what_the_pattern_says() -> None:
    """Letters left by the kernel are those that the pattern leaves."""
    texts = [*HOSTILE, "mail @you, see https://a.example/x?y=1 now", "http://a http b https. c"]
    batch = kernel.Texts(texts)
    for count, text in zip(batch.cleaned.letters.tolist(), texts, strict=True):
        left = MASKED.sub(" ", unicodedata.normalize("NFC", text))
        assert count == sum(map(str.isalpha, left)), text


def test_the_model_is_the_librarys_own() -> None:
    folder = Path(reference.__file__).parent
    assert not [path for path in folder.iterdir() if path.suffix in (".npz", ".bin", ".xz")]
    assert len(labels()) == len(loaded().nb_classes)
    assert re.fullmatch("[a-z]{2,3}", labels()[0])


@pytest.mark.parametrize(
    ("text", "hint", "language", "refusal"),
    [
        ("yeh phone bahut accha hai lekin battery kharab hai", "", "hi", "romanised_language"),
        ("bhai kya mast movie thi yaar", "en", "hi", "romanised_language"),
        ("Delivery abhi tak nahi aayi, kab milega?", "", "hi", "romanised_language"),
        ("the delivery was late aur unhone kuch nahi kiya so I am not happy with this", "", "hi", "mixed_language"),
        ("सेवा बहुत अच्छी थी", "", "hi", ""),
        ("7abibi wallah el akl kan helw awi", "ar", "ar", "romanised_language"),
        ("kalispera", "el", "el", "romanised_language"),
        ("The delivery was late and nobody answered my questions", "hi", "en", ""),
        ("Hai visto che bella pizza? Mi è piaciuta tanto", "", "it", ""),
        ("Hun tok bussen hjem og var veldig fornøyd med maten", "", "no", ""),
    ],
)  # fmt: skip
def test_foreign_letters_are_said_to_be_so(text: str, hint: str, language: str, refusal: str) -> None:
    guess = identify(text, hint)
    assert (guess.language, guess.refusal) == (language, refusal)


def test_a_wordless_post_is_in_no_letters_at_all() -> None:
    assert identify("😡😡", "hi").refusal == ""
    assert identify("", "ar").refusal == ""


def test_tigrinya_is_not_taken_for_amharic() -> None:
    tigrinya, amharic = "ሰላም ናይ ሓበሻ ሰብ ኣብ ዓዲ ኣሎ", "ሰላም እንዴት ነህ? ጥሩ ነኝ አመሰግናለሁ"
    assert identify(tigrinya).language == "ti"
    assert identify(amharic).language == "am"
    assert identify(amharic, "ti").language == "ti"  # a hint that py3langid cannot speak against


def test_the_command_that_warms_says_when_it_was_ready() -> None:
    shown = io.StringIO()
    call_command("warm_language", stdout=shown)
    assert re.search(r"ready after \d+\.\d s|numba is missing", shown.getvalue())
