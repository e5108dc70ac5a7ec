"""Which language a text is in: py3langid's model, with a policy for short posts and for what the source says.

py3langid is built for sentences and pages. On a post of a few letters its answer is close to a guess, so
writing systems that belong to one language answer first, the source's hint weighs as a prior, and confidence
falls with length.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.util import find_spec
from typing import Any, Final

import numpy as np

from analytics.language.contracts import UNDECIDED, AbstainReason
from analytics.language.identification.cleaned import Cleaned, Floats, Integers
from analytics.language.identification.ethiopic import lean
from analytics.language.identification.library import labels
from analytics.language.identification.romanised import NOT_LATIN, Words, is_hindi, is_mixed
from analytics.language.identification.writing import SCRIPT_LANGUAGES

MAX_CHARS: Final = 1_000
MIN_CONFIDENCE: Final = 0.40
SHORT_LETTERS: Final = 20
HINT_ODDS: Final = 20.0
COMMON_ODDS: Final = 4.0
ROMANISED_CONFIDENCE: Final = 0.9
CLOSE_CONFIDENCE, CLOSE_CALL = 0.9, 0.6
MIXED_CONFIDENCE: Final = 0.6
_SMALLEST_SHARE: Final = 1e-4
_BATCH: Final = 1_024

_SHARED_SCRIPT: Final = frozenset({"he", "zh", "bn"})  # Yiddish, Cantonese, Assamese: py3langid or a hint decides
_ALIASES: Final = {
    "arz": "ar", "ary": "ar", "arq": "ar", "aeb": "ar", "apc": "ar", "cmn": "zh", "wuu": "zh", "yue": "zh",
    "nb": "no", "nn": "no", "iw": "he", "in": "id", "jw": "jv", "mo": "ro", "fil": "tl", "sh": "sr", "aka": "tw",
    "ak": "tw", "twi": "tw", "hau": "ha", "ibo": "ig", "yor": "yo", "swa": "sw", "kin": "rw", "amh": "am",
    "tir": "ti", "tso": "ts", "orm": "om", "eng": "en", "deu": "de", "ger": "de", "fra": "fr", "fre": "fr",
    "spa": "es", "por": "pt", "ita": "it", "ara": "ar", "rus": "ru", "ukr": "uk", "zho": "zh", "chi": "zh",
    "jpn": "ja", "kor": "ko", "tha": "th", "hin": "hi", "mar": "mr", "ind": "id", "sun": "su", "swe": "sv",
    "ron": "ro", "rum": "ro", "afr": "af", "tat": "tt", "nld": "nl", "dut": "nl", "pol": "pl", "tur": "tr",
    "uzs": "uz", "sdh": "ku", "kik": "ki",
}  # fmt: skip
# Languages with much public posting. Without this prior a short Portuguese post is as likely Galician, a short
# German one Luxembourgish: py3langid weighs its 140 languages alike.
_COMMON: Final = frozenset(
    (
        "ar", "bg", "bn", "cs", "da", "de", "el", "en", "es", "fa", "fi", "fr", "ha", "he", "hi", "hr", "hu", "id",
        "ig", "it", "ja", "ko", "mr", "ms", "nl", "no", "pcm", "pl", "pt", "ro", "ru", "sr", "sv", "sw", "ta", "te",
        "th", "tl", "tr", "uk", "ur", "vi", "yo", "zh",
    )
)  # fmt: skip
_NO_LANGUAGE: Final = frozenset({"", "zxx", "und", "mul", "qme", "qst", "qht", "qam", "art"})


@dataclass(frozen=True, slots=True)
class Guess:
    """A language code (ISO 639-1, or 639-3 where there is no two-letter code) or "und", and how sure, in 0..1.

    `refusal` is why an engine should not speak about the text though the language is known, or "":
    "romanised_language" for Hindi in Latin letters, and any language with letters of its own that its source names but
    the text does not use; "mixed_language" for Hindi and English in one.
    """

    language: str
    confidence: float
    refusal: AbstainReason = ""


@lru_cache(maxsize=4_096)
def normalise_tag(tag: str) -> str:
    """The language of a BCP 47 tag as we write it ("pt-BR" -> "pt", "arz" -> "ar"); "" for no or a void tag."""
    primary = tag.strip().lower().replace("_", "-").split("-", 1)[0]
    if primary in _NO_LANGUAGE or not (primary.isascii() and primary.isalpha() and 2 <= len(primary) <= 3):
        return ""
    return _ALIASES.get(primary, primary)


def identify(text: str, hint: str = "") -> Guess:
    """The language of `text`; `hint` is the source's own BCP 47 tag or "". As `identify_many`."""
    return identify_many([text], [hint])[0]


def identify_many(texts: Sequence[str], hints: Sequence[str] | None = None) -> list[Guess]:
    """The language of each text; `hints` are the sources' own BCP 47 tags, "" where unknown, as many as texts.

    Looks at the first 1,000 characters without links, accounts and marks. A text without letters follows its
    hint with confidence 0.3, or is "und" with 0. Below confidence 0.4 without a hint the answer is "und".
    Never raises for what a text contains; a hint that is not a tag is ignored. A text's answer does not depend on the
    others. Where numba is missing the same is worked out in Python, some thirty times slower.
    """
    if hints is not None and len(hints) != len(texts):
        raise ValueError("as many hints as texts, please")
    guesses: list[Guess] = []
    for start in range(0, len(texts), _BATCH):
        part = texts[start : start + _BATCH]
        tags = [normalise_tag(hint[:64]) for hint in hints[start : start + _BATCH]] if hints else [""] * len(part)
        guesses += _batch([text[:MAX_CHARS] for text in part], tags)
    return guesses


def _batch(texts: Sequence[str], tags: Sequence[str]) -> list[Guess]:
    batch = _texts()(texts)
    letters = batch.cleaned.letters.tolist()
    guesses: list[Guess | None] = []
    open_places = []
    for place, (count, script, believed) in enumerate(zip(letters, batch.cleaned.scripts.tolist(), tags, strict=True)):
        by_script = SCRIPT_LANGUAGES[script] if script >= 0 else ""
        if not count:
            guesses.append(Guess(believed, 0.3) if believed else Guess(UNDECIDED, 0.0))
        elif by_script and not (by_script in _SHARED_SCRIPT and believed not in ("", by_script)):
            guesses.append(Guess(by_script, 0.99 if count > 3 else 0.9))
        else:
            guesses.append(None)
            open_places.append(place)
    places = np.array(open_places, dtype=np.int64)
    if len(places):
        columns = _columns()
        shares = _shares(batch.rank(places), columns)
        believed_columns = np.array([columns.index.get(tags[place], -1) for place in open_places], dtype=np.int64)
        alone = _best(shares)
        weighed = _with_odds(shares, believed_columns)
        hinted = _best(weighed)
        of_hints = weighed[np.arange(len(places)), believed_columns].tolist()
        for row, place in enumerate(open_places):
            first, share = alone[row]
            language, tag = columns.codes[first], tags[place]
            if not tag:
                guesses[place] = _without_hint(letters[place], language, share)
            elif tag not in columns.index:
                guesses[place] = _with_unknown_hint(tag, letters[place], language, share)
            else:
                first, share = hinted[row]
                guesses[place] = _with_hint(tag, letters[place], columns.codes[first], share, of_hints[row])
    found = [
        _told_apart(guess, text, tag)
        for guess, text, tag in zip(guesses, texts, tags, strict=True)
        if guess is not None
    ]
    return _with_refusals(found, batch.cleaned)


def _told_apart(guess: Guess, text: str, tag: str) -> Guess:
    """Tigrinya where py3langid, which does not know it, says Amharic; a hint takes three letters more to overrule."""
    if guess.language == "am" and (towards := lean(text)) > (3 if tag == "am" else 0):
        return Guess("ti", CLOSE_CONFIDENCE if towards > 3 else CLOSE_CALL)
    return guess


def _with_refusals(guesses: list[Guess], cleaned: Cleaned) -> list[Guess]:
    """The guesses, those of texts changed that are romanised or mixed."""
    evidence = cleaned.words[:, 1] + cleaned.words[:, 2] > 0
    for place in np.flatnonzero(evidence & (cleaned.latin > 0)).tolist():
        words = Words(*cleaned.words[place].tolist())
        if is_mixed(words):
            guesses[place] = Guess("hi", MIXED_CONFIDENCE, "mixed_language")
        elif is_hindi(words):
            guesses[place] = Guess("hi", ROMANISED_CONFIDENCE, "romanised_language")
    latin = 10 * cleaned.latin >= 9 * np.maximum(cleaned.letters, 1)
    for place in np.flatnonzero(latin).tolist():
        guess = guesses[place]
        if guess.language in NOT_LATIN and not guess.refusal:
            guesses[place] = Guess(guess.language, guess.confidence, "romanised_language")
    return guesses


def _without_hint(letters: int, language: str, share: float) -> Guess:
    confidence = round(min(1.0, share) * min(1.0, 0.5 + 0.5 * letters / SHORT_LETTERS), 6)
    if confidence < MIN_CONFIDENCE or language in _NO_LANGUAGE:
        return Guess(UNDECIDED, confidence if language not in _NO_LANGUAGE else 0.0)
    return Guess(language, confidence)


def _with_unknown_hint(believed: str, letters: int, language: str, share: float) -> Guess:
    """py3langid does not know the hint's language (Twi, Tsonga, Tigrinya, Sundanese …): it cannot speak against it
    fairly, unless the text is plainly English."""
    if language == "en" and share > 0.97 and letters > 3 * SHORT_LETTERS:
        return Guess(language, round(share, 6))
    return Guess(believed, 0.6)


def _with_hint(believed: str, letters: int, language: str, share: float, share_of_hint: float) -> Guess:
    """Bayes with the hint's odds. A source hint is right far more often than a guess on a short post, but a long
    text that is plainly something else overrules it (platforms tag by the account's settings)."""
    if language in _NO_LANGUAGE:
        return Guess(believed, 0.3)
    sure = min(1.0, 0.6 + 0.4 * letters / SHORT_LETTERS)
    if language != believed and share * sure < MIN_CONFIDENCE:
        language, share = believed, share_of_hint
    return Guess(language, round(min(1.0, share) * sure, 6))


@dataclass(frozen=True, slots=True)
class _Columns:
    """py3langid's columns under our codes: `codes` are the codes in alphabetical order, `index` their places, `order`
    the columns sorted by code, `firsts` where each code's begin there, `odds` what each of these columns weighs."""

    codes: tuple[str, ...]
    index: dict[str, int]
    order: Integers
    firsts: Integers
    odds: Floats


@cache
def _columns() -> _Columns:
    named = [_ALIASES.get(label, label) for label in labels()]
    codes = tuple(sorted(set(named)))
    order = sorted(range(len(named)), key=lambda column: named[column])
    sorted_names = [named[column] for column in order]
    return _Columns(
        codes=codes,
        index={code: place for place, code in enumerate(codes)},
        order=np.array(order, dtype=np.int64),
        firsts=np.array([sorted_names.index(code) for code in codes], dtype=np.int64),
        odds=np.array([COMMON_ODDS if code in _COMMON else 1.0 for code in sorted_names]),
    )


def _shares(probabilities: Floats, columns: _Columns) -> Floats:
    """Share per language that matters (at least one in 10,000), aliases merged, common languages favoured, sum 1."""
    kept = probabilities[:, columns.order]
    kept[kept < _SMALLEST_SHARE] = 0.0
    kept *= columns.odds
    merged: Floats = np.add.reduceat(kept, columns.firsts, axis=1)
    merged /= merged.sum(axis=1, keepdims=True)
    return merged


def _with_odds(shares: Floats, believed: Integers) -> Floats:
    rows = np.flatnonzero(believed >= 0)
    if not len(rows):
        return shares
    weighed = shares.copy()
    weighed[rows, believed[rows]] *= HINT_ODDS
    weighed /= weighed.sum(axis=1, keepdims=True)
    return weighed


def _best(shares: Floats) -> list[tuple[int, float]]:
    """The column with the largest share of each row (of equal ones the last), and the share."""
    last = shares.shape[1] - 1
    places = last - shares[:, ::-1].argmax(axis=1)
    return list(zip(places.tolist(), shares[np.arange(len(shares)), places].tolist(), strict=True))


@cache
def _texts() -> Any:
    """How a batch is cleaned and ranked here."""
    if find_spec("numba") is None:
        from analytics.language.identification import reference

        return reference.Texts
    from analytics.language.identification import kernel

    return kernel.Texts
