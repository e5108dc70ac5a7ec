"""Single cells of optional columns -> typed values. Nothing here raises: what cannot be read is None or empty."""

from __future__ import annotations

import re

from analytics.sources.contracts import PostKind
from analytics.sources.files.datewords import DIGITS

EMPTY: frozenset[str] = frozenset({"", "NULL", "null", "None", "NaN", "nan", "N/A", "n/a", "\\N", "NA", "<NA>", "-"})

_COUNT = re.compile(r"([\d][\d.,\u00a0\u202f' ]*)\s*([kKmMbB万억만]?)$")
_SCALES = {"": 1.0, "k": 1e3, "m": 1e6, "b": 1e9, "万": 1e4, "만": 1e4, "억": 1e8}
_RATING = re.compile(r"(\d{1,3}(?:[.,]\d+)?)")
_LANGUAGE = re.compile(r"([a-z]{2,3})(?:[-_].*)?$")
# Nothing has been counted a trillion times; a larger number is an id or a slip. Sums of counts fit a bigint.
MAX_COUNT = 10**12
MAX_PLACE = 100

_KINDS: dict[str, PostKind] = {
    "post": "post", "tweet": "post", "status": "post", "original": "post", "toot": "post",
    "reply": "reply", "replied_to": "reply", "antwort": "reply", "respuesta": "reply", "réponse": "reply",
    "repost": "repost", "retweet": "repost", "retweeted": "repost", "share": "repost", "reblog": "repost",
    "boost": "repost", "reshare": "repost", "quote": "quote", "quoted": "quote", "quote tweet": "quote",
    "quote_tweet": "quote", "quotetweet": "quote", "quote post": "quote", "review": "review", "bewertung": "review",
    "avis": "review", "comment": "comment", "kommentar": "comment", "commentaire": "comment",
    "comentario": "comment",
}  # fmt: skip

_LANGUAGES: dict[str, str] = {
    "english": "en", "german": "de", "deutsch": "de", "french": "fr", "français": "fr", "spanish": "es",
    "español": "es", "italian": "it", "italiano": "it", "portuguese": "pt", "português": "pt", "dutch": "nl",
    "nederlands": "nl", "polish": "pl", "polski": "pl", "russian": "ru", "русский": "ru", "ukrainian": "uk",
    "arabic": "ar", "العربية": "ar", "turkish": "tr", "türkçe": "tr", "japanese": "ja", "日本語": "ja",
    "chinese": "zh", "中文": "zh", "korean": "ko", "한국어": "ko", "hindi": "hi", "हिन्दी": "hi", "thai": "th",
    "ไทย": "th", "swedish": "sv", "danish": "da", "norwegian": "no", "finnish": "fi", "greek": "el", "czech": "cs",
    "hungarian": "hu", "romanian": "ro", "indonesian": "id", "vietnamese": "vi", "hebrew": "he",
}  # fmt: skip

_COUNTRIES: dict[str, str] = {
    "uk": "GB", "united kingdom": "GB", "great britain": "GB", "england": "GB", "usa": "US", "united states": "US",
    "united states of america": "US", "germany": "DE", "deutschland": "DE", "france": "FR", "spain": "ES",
    "españa": "ES", "italy": "IT", "italia": "IT", "portugal": "PT", "brazil": "BR", "brasil": "BR", "mexico": "MX",
    "méxico": "MX", "argentina": "AR", "canada": "CA", "australia": "AU", "new zealand": "NZ", "ireland": "IE",
    "netherlands": "NL", "belgium": "BE", "austria": "AT", "österreich": "AT", "switzerland": "CH", "schweiz": "CH",
    "poland": "PL", "russia": "RU", "ukraine": "UA", "turkey": "TR", "türkiye": "TR", "india": "IN", "japan": "JP",
    "china": "CN", "south korea": "KR", "south africa": "ZA", "nigeria": "NG", "kenya": "KE", "egypt": "EG",
    "saudi arabia": "SA", "united arab emirates": "AE", "uae": "AE", "sweden": "SE", "norway": "NO",
    "denmark": "DK", "finland": "FI", "greece": "GR", "czech republic": "CZ", "czechia": "CZ", "hungary": "HU",
    "romania": "RO", "indonesia": "ID", "philippines": "PH", "singapore": "SG", "thailand": "TH", "vietnam": "VN",
    "israel": "IL", "colombia": "CO", "chile": "CL", "peru": "PE",
}  # fmt: skip


def read_count(cell: str) -> int | None:
    """ "1,234", "1.2K", "3 M", "12.0" -> a count from 0 to MAX_COUNT; None where it is none."""
    if cell.isdigit() and cell.isascii():
        return _believable(int(cell)) if len(cell) < 20 else None
    match = _COUNT.match(cell if cell.isascii() else cell.translate(DIGITS))
    if match is None:
        return None
    digits, scale = match.groups()
    digits = re.sub(r"[\u00a0\u202f' ]", "", digits)
    # A separator before exactly three digits groups thousands, unless a scale follows ("1.234K" is rare).
    if re.fullmatch(r"\d{1,3}([.,]\d{3})+", digits) and not scale:
        digits = re.sub(r"[.,]", "", digits)
    digits = digits.replace(",", ".")
    try:
        return _believable(round(float(digits) * _SCALES[scale.lower()]))
    except (ValueError, OverflowError):
        return None


def _believable(count: int) -> int | None:
    return count if count <= MAX_COUNT else None


def read_rating(cell: str) -> float | None:
    """ "4", "4,5", "4/5", "4 out of 5", "★★★★☆" -> the number of points or stars, 0 to 100; None otherwise."""
    stars = cell.count("★") + cell.count("⭐")
    if stars:
        return float(stars) if stars <= 100 else None
    match = _RATING.match(cell.translate(DIGITS))
    value = float(match.group(1).replace(",", ".")) if match else -1.0
    return value if 0 <= value <= 100 else None


def read_language(cell: str) -> str:
    """ "en-US", "EN", "English" -> "en"; empty where unknown or undetermined."""
    lowered = cell.lower()
    known = _LANGUAGES.get(lowered)
    if known:
        return known
    match = _LANGUAGE.match(lowered)
    code = match.group(1) if match else ""
    return "" if code in ("und", "qme", "qst", "zxx", "qht", "qam", "qct", "art", "mis", "mul") else code


def read_country(cell: str) -> str:
    """ "de", "DE", "Germany" -> "DE"; empty where unknown."""
    known = _COUNTRIES.get(cell.lower())
    if known:
        return known
    return cell.upper() if len(cell) == 2 and cell.isascii() and cell.isalpha() else ""


def read_place(cell: str) -> str:
    """The name of a region or city with single spaces; empty where it is longer than any (100 characters)."""
    name = " ".join(cell.split())
    return name if len(name) <= MAX_PLACE else ""


def read_kind(cell: str) -> PostKind | None:
    """The kind of post that a cell names, None where it names none."""
    return _KINDS.get(cell.lower())


def read_flag(cell: str) -> bool:
    """True for yes, true, 1, y, ja, oui, sí, x, ✓."""
    return cell.lower() in ("true", "1", "yes", "y", "t", "1.0", "ja", "oui", "sí", "si", "sim", "x", "✓", "verified")


def read_id(cell: str) -> str:
    """An id as text: at most 200 characters, without the ".0" that spreadsheets append to numbers."""
    if cell.endswith(".0") and cell[:-2].isdigit():
        cell = cell[:-2]
    return cell if len(cell) <= 200 else ""


def read_url(cell: str) -> str:
    """An http(s) address of at most 2,048 characters without blanks; empty otherwise."""
    if (
        cell[:8].lower().startswith(("https://", "http://"))
        and len(cell) <= 2048
        and not re.search(r"[\s\x00-\x1f]", cell)
    ):
        return cell
    return ""
