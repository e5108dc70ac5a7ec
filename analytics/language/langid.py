"""Which language a text is in: py3langid, with a policy for short posts and for what the source says.

py3langid is built for sentences and pages. On a post of a few letters its answer is close to a guess, so
writing systems that belong to one language answer first, the source's hint weighs as a prior, and confidence
falls with length.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Final

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from analytics.language.contracts import UNDECIDED

MAX_CHARS: Final = 1_000
MIN_CONFIDENCE: Final = 0.40
SHORT_LETTERS: Final = 20
HINT_ODDS: Final = 20.0
COMMON_ODDS: Final = 4.0
_SMALLEST_SHARE: Final = 1e-4

_MASKED = re.compile(r"https?://\S+|www\.\S+|@\w+|\bhttps?\b|[#_]|&\w+;")

# One entry per writing system that stands for one language among those we can read; Han alone is Chinese once
# kana and Hangul are ruled out. Ethiopic, Arabic, Cyrillic, Devanagari … write several languages: no shortcut.
_SCRIPTS: Final = (
    ("ja", (0x3041, 0x30FF)),
    ("ja", (0x31F0, 0x31FF)),
    ("ja", (0xFF66, 0xFF9F)),
    ("ko", (0x1100, 0x11FF)),
    ("ko", (0x3131, 0x318E)),
    ("ko", (0xAC00, 0xD7A3)),
    ("th", (0x0E01, 0x0E5B)),
    ("lo", (0x0E81, 0x0EDF)),
    ("my", (0x1000, 0x109F)),
    ("km", (0x1780, 0x17FF)),
    ("ka", (0x10A0, 0x10FF)),
    ("hy", (0x0531, 0x058F)),
    ("el", (0x0370, 0x03FF)),
    ("he", (0x0591, 0x05F4)),
    ("bn", (0x0980, 0x09FF)),
    ("pa", (0x0A00, 0x0A7F)),
    ("gu", (0x0A80, 0x0AFF)),
    ("or", (0x0B00, 0x0B7F)),
    ("ta", (0x0B80, 0x0BFF)),
    ("te", (0x0C00, 0x0C7F)),
    ("kn", (0x0C80, 0x0CFF)),
    ("ml", (0x0D00, 0x0D7F)),
    ("si", (0x0D80, 0x0DFF)),
    ("zh", (0x3400, 0x4DBF)),
    ("zh", (0x4E00, 0x9FFF)),
    ("zh", (0xF900, 0xFAFF)),
    ("zh", (0x20000, 0x323AF)),
)
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
_BEYOND_LATIN = re.compile("[\u0370-\U0010ffff]")
_NO_LANGUAGE: Final = frozenset({"", "zxx", "und", "mul", "qme", "qst", "qht", "qam", "art"})

_lock = threading.Lock()
_identifier: LanguageIdentifier | None = None


@dataclass(frozen=True, slots=True)
class Guess:
    """A language code (ISO 639-1, or 639-3 where there is no two-letter code) or "und", and how sure, in 0..1."""

    language: str
    confidence: float


def normalise_tag(tag: str) -> str:
    """The language of a BCP 47 tag as we write it ("pt-BR" -> "pt", "arz" -> "ar"); "" for no or a void tag."""
    primary = tag.strip().lower().replace("_", "-").split("-", 1)[0]
    if primary in _NO_LANGUAGE or not (primary.isascii() and primary.isalpha() and 2 <= len(primary) <= 3):
        return ""
    return _ALIASES.get(primary, primary)


def identify(text: str, hint: str = "") -> Guess:
    """The language of `text`; `hint` is the source's own BCP 47 tag or "".

    Looks at the first 1,000 characters without links, accounts and marks. A text without letters follows its
    hint with confidence 0.3, or is "und" with 0. Below confidence 0.4 without a hint the answer is "und".
    Never raises for what a text contains; a hint that is not a tag is ignored.
    """
    believed = normalise_tag(hint)
    cleaned = _MASKED.sub(" ", text[:MAX_CHARS])
    letters = sum(map(str.isalpha, cleaned))
    if not letters:
        return Guess(believed, 0.3) if believed else Guess(UNDECIDED, 0.0)
    by_script = _by_script(cleaned, letters)
    if by_script and not (by_script in _SHARED_SCRIPT and believed not in ("", by_script)):
        return Guess(by_script, 0.99 if letters > 3 else 0.9)
    scores = _scores(cleaned)
    if believed:
        return _with_hint(scores, believed, letters)
    language, share = max(scores.items(), key=lambda pair: (pair[1], pair[0]))
    confidence = round(min(1.0, share) * min(1.0, 0.5 + 0.5 * letters / SHORT_LETTERS), 6)
    if confidence < MIN_CONFIDENCE or language in _NO_LANGUAGE:
        return Guess(UNDECIDED, confidence if language not in _NO_LANGUAGE else 0.0)
    return Guess(language, confidence)


def _with_hint(scores: dict[str, float], believed: str, letters: int) -> Guess:
    """Bayes with the hint's odds. A source hint is right far more often than a guess on a short post, but a long
    text that is plainly something else overrules it (platforms tag by the account's settings)."""
    if believed not in _known():
        # py3langid does not know it (Twi, Tsonga, Tigrinya, Sundanese …) and cannot speak against it fairly.
        language, share = max(scores.items(), key=lambda pair: (pair[1], pair[0]))
        if language not in _NO_LANGUAGE and share > 0.97 and letters > 3 * SHORT_LETTERS and language == "en":
            return Guess(language, round(share, 6))
        return Guess(believed, 0.6)
    weighed = {language: share * (HINT_ODDS if language == believed else 1.0) for language, share in scores.items()}
    total = sum(weighed.values())
    language, share = max(weighed.items(), key=lambda pair: (pair[1], pair[0]))
    if language in _NO_LANGUAGE:
        return Guess(believed, 0.3)
    sure = min(1.0, 0.6 + 0.4 * letters / SHORT_LETTERS)
    if language != believed and share / total * sure < MIN_CONFIDENCE:
        language, share = believed, weighed.get(believed, 0.0)
    return Guess(language, round(min(1.0, share / total) * sure, 6))


def _by_script(text: str, letters: int) -> str:
    """The language of a writing system that holds at least half of the letters, kana first, or ""."""
    counts: dict[str, int] = {}
    for character in _BEYOND_LATIN.findall(text):
        code = ord(character)
        if not character.isalpha():
            continue
        for language, (first, last) in _SCRIPTS:
            if first <= code <= last:
                counts[language] = counts.get(language, 0) + 1
                break
    if "ja" in counts:  # Japanese mixes kana with Han
        counts["ja"] += counts.pop("zh", 0)
    if "ko" in counts:
        counts["ko"] += counts.pop("zh", 0)
    if not counts:
        return ""
    language, most = max(counts.items(), key=lambda pair: (pair[1], pair[0]))
    return language if 2 * most >= letters else ""


def _scores(text: str) -> dict[str, float]:
    """Share per language that matters (at least one in 10,000), aliases merged, common languages favoured, sum 1."""
    merged: dict[str, float] = {}
    cleaned = unicodedata.normalize("NFC", " ".join(text.split())).encode("utf-8", "replace").decode("utf-8")
    for language, share in _loaded().rank(cleaned):
        if share < _SMALLEST_SHARE:
            break
        code = _ALIASES.get(language, language)
        merged[code] = merged.get(code, 0.0) + float(share) * (COMMON_ODDS if code in _COMMON else 1.0)
    total = sum(merged.values())
    return {code: share / total for code, share in merged.items()}


@cache
def _known() -> frozenset[str]:
    """The languages py3langid can tell, in our codes."""
    return frozenset(_ALIASES.get(label, label) for label in _loaded().labels)


def _loaded() -> LanguageIdentifier:
    """One identifier per process, read on first use (0.7 s). Ranking reads shared tables only: thread-safe."""
    global _identifier
    if _identifier is None:
        with _lock:
            if _identifier is None:
                _identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    return _identifier
