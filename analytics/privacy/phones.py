"""Telling phone numbers from dates, prices, scores and order numbers: shape first, then context, then metadata."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers

MIN_DIGITS = 7
MAX_DIGITS = 15
_CONTEXT_CHARS = 32

_NOT_DIGIT = re.compile(r"[^0-9]")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe0f\u20e3]")
_SAID_PHONE = (
    r"(?<![a-z])(?:tel(?:\b|e(?:ph|f))|t[ée]l[ée]ph|phone|mobile?\b|mobiln|mobiel|m[óo]vil|cel(?:l|ular)?\b|cellulare"
    r"|handy|portable|gsm|fax|call|ring\b|text(?: me)?\b|sms|whats\s?app|wa\b|viber|hotline|rufnummer|anruf|ruft"
    r"|ll[áa]m|ph\b|dial\b|contact|kontakt|contatt|reach me|my n(?:umber|o\b|r\b)"
    r"|ligue\b|ligar|appel|chiam|bel(?:len)?\b|zadzwo|dzwo[nń]|tlf|puh\b|puhelin|ara(?:y[ıi]n)?\b|cep\b|telp|hp\b"
    r"|hubungi|đi[ệe]n tho[ạa]i|sđt|gọi|vole?jte|h[íi]vj)"
    r"|тел|моб|звон|τηλ|טלפון|נייד|هاتف|جوال|موبايل|اتصل|واتس|تلفن|फ़ोन|फोन|मोबाइल|कॉल|โทร|เบอร์"
    r"|电话|電話|手机|手機|致电|携帯|携帶|전화|휴대폰|연락처|☎|📞|📱|☏"
)
_SAID_OTHER = (
    r"(?<![a-z])(?:order|invoice|ticket|ref(?:erence)?\b|tracking|parcel|case\b|ids?\b|isbn|issn|doi|ean\b|gtin|sku"
    r"|article|item|model|serial|version|patent|flight|bestell|auftrag|rechnung|sendung|kunden|vorgang|artikel|pedido"
    r"|factura|commande|facture|colis|suivi|ordine|fattura|spedizione|zam[óo]wieni|faktur|sipari|fatura|vat\b|ust-?id"
    r"|steuer|tax\b|siret|siren\b|coordinates?|lat\b|lng\b|no\.|nr\.?\s|nº|n°)"
    r"|заказ|сч[её]т|订单|訂單|单号|注文|주문|طلب|ऑर्डर"
)
_CONTEXT = re.compile(f"(?P<phone>{_SAID_PHONE})|(?P<other>{_SAID_OTHER})", re.IGNORECASE)
_NUMBER_SIGN = re.compile(r"[#№§] ?$")  # says "other" only where no word says what is numbered ("ph # 555…")

_DATE = re.compile(
    r"(?:19|20)\d\d([-./ ])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])"
    r"|(?:0?[1-9]|[12]\d|3[01])([-./ ])(?:0?[1-9]|[12]\d|3[01])\2(?:(?:19|20)\d\d|\d\d)"
    r"|(?:19|20)\d\d ?[-/] ?(?:19|20)\d\d"
)
_GROUPED = re.compile(r"\d{1,3}(?:\.\d{3})+|\d{1,3}(?:[ \u00a0]\d{3})+|\d+\.\d+")
_MONEY_BEFORE = re.compile(r"(?:[€$£¥₹₽₩₺₫฿₪₴]|\b(?:EUR|USD|GBP|CHF|INR|BRL|JPY|CNY|Rs\.?|R\$|kr|zł))\s?$")
_MONEY_AFTER = re.compile(
    r"\s?(?:[€$£¥₹₽₩₺₫฿₪₴%‰°]|(?:EUR|USD|GBP|CHF|INR|BRL|JPY|CNY|kr|zł|руб|euros?|dollars?|followers?|views?|users?"
    r"|people|km|kg|m²|mm|cm|ms|px)\b)",
    re.IGNORECASE,
)
_JOINTS = ("-", "/", "_", "=")
_EXTENSION = re.compile(
    r"[ ,]{0,2}(?:x|ext(?:n|ension)?\.?|#|доб\.?|wew\.?|dw)[ .:]{0,2}\d{1,6}(?![0-9A-Za-z])",
    re.IGNORECASE,
)

_NANP = re.compile(r"(?:1[ .\-])?(?:\([2-9]\d{2}\)[ .\-]?|[2-9]\d{2}[ .\-]{1,2})\d{3}[ .\-]{1,2}\d{4}")
_AREA_CODE = re.compile(r"\(0?\d{1,4}\)[ \-/]?\d[\d \-/]{4,}")
_TRUNK_ZERO = re.compile(r"\(?0[1-9][\d)( ./\-·]*")
_BRAZIL = re.compile(r"\d{2}[ \-]9?\d{4}-\d{4}")
_RUSSIA = re.compile(r"8[ \-]?\(?\d{3}\)?[ \-]\d{3}[ \-]\d{2}[ \-]?\d{2}")
_INDIA = re.compile(r"[6-9]\d{4}[ \-]\d{5}")
_CHINA = re.compile(r"1[3-9]\d(?:[ \-]?\d{4}){2}")
_LOCAL = (_BRAZIL, _RUSSIA, _INDIA)


def end_of_phone(text: str, start: int, end: int, country_hint: str = "") -> int:
    """Where the phone number in `text[start:end]` ends (with its extension), or 0 when it is no phone number.

    `text` is folded (ASCII digits); the slice starts with a digit, `+` or `(` and ends with a digit.
    `country_hint` is ISO 3166-1 alpha-2 or empty; it widens what is taken for a number, never narrows it.
    """
    raw = _INVISIBLE.sub("", text[start:end])
    digits = _NOT_DIGIT.sub("", raw)
    if not MIN_DIGITS <= len(digits) <= MAX_DIGITS + 3:
        return 0
    extension = _EXTENSION.match(text, end)
    follows = text[end : end + 1]
    if extension is None and follows.isascii() and (follows.isalpha() or follows == "_"):
        return 0
    if raw.startswith(("+", "(+")):
        found = _is_international(digits, strict=False)
    else:
        found = _is_national(text, start, end, raw, digits, country_hint.upper())
    if not found:
        return 0
    return extension.end() if extension else end


def _is_national(text: str, start: int, end: int, raw: str, digits: str, region: str) -> bool:
    if len(digits) > MAX_DIGITS + 2 or digits.startswith("000") or len(set(digits)) == 1:
        return False
    if _DATE.fullmatch(raw) or _MONEY_AFTER.match(text, end) or _MONEY_BEFORE.search(text, max(0, start - 6), start):
        return False
    said = _context(text, start)
    if said == "other":
        return False
    if digits.startswith("00") and len(digits) >= 10:
        return _is_international(digits[2:], strict=said != "phone")
    if digits.startswith("011") and len(digits) >= 11 and _is_international(digits[3:], strict=True):
        return True
    if len(digits) > MAX_DIGITS:
        return False
    if said == "phone":
        return True
    if text[max(0, start - 1) : start] in _JOINTS and text[max(0, start - 2) : start - 1].isalnum():
        return False  # the tail of something longer: ABC-0171-1234567
    if _NANP.fullmatch(raw):
        return True
    bare = raw.isdigit()
    if _GROUPED.fullmatch(raw):
        # 612 345 678 is a number in every sense of the word: only the country can tell.
        return " " in raw and len(digits) == 9 and not digits.endswith("000") and _is_valid(region, digits)
    if _AREA_CODE.fullmatch(raw) and 8 <= len(digits) <= 13:
        return True
    if _TRUNK_ZERO.fullmatch(raw) and 9 <= len(digits) <= 12:
        return not bare or len(digits) in (10, 11) or _is_valid(region, digits)
    if any(shape.fullmatch(raw) for shape in _LOCAL):
        return True
    if len(digits) == 11 and _CHINA.fullmatch(raw) and (region in ("", "CN") or not bare):
        return True
    return len(digits) >= (10 if bare else 8) and _is_valid(region, digits)


def _context(text: str, start: int) -> str:
    """ "phone", "other" or "": what the nearest telling word just before the number says it is."""
    window = text[max(0, start - _CONTEXT_CHARS) : start]
    # Neither another line nor a placeholder ("[phone]") speaks for this number.
    cut = max(window.rfind("\n"), window.rfind("]"), window.rfind("["), window.rfind("\x00"))
    window = window[cut + 1 :]
    said = "other" if _NUMBER_SIGN.search(window) else ""
    for match in _CONTEXT.finditer(window):
        said = match.lastgroup or ""
    return said


@lru_cache(maxsize=4096)
def _is_international(digits: str, strict: bool) -> bool:
    try:
        number = phonenumbers.parse("+" + digits, None)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number(number) if strict else phonenumbers.is_possible_number(number)


@lru_cache(maxsize=4096)
def _is_valid(region: str, digits: str) -> bool:
    if not region:
        return False
    try:
        return phonenumbers.is_valid_number_for_region(phonenumbers.parse(digits, region), region)
    except phonenumbers.NumberParseException:
        return False
