"""Finding cards, phone numbers, IBANs and IP addresses in folded text."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from analytics.privacy.checksums import IBAN_LENGTHS, card_network, is_iban, is_luhn
from analytics.privacy.phones import end_of_phone

Span = tuple[str, int, int]
"""(entity, start, end): one of Presidio's entity names and the half-open range of characters."""

_IGNORABLE = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe0f\u20e3"  # invisible signs, emoji key caps
_GAP = rf"[ .\-/()·{_IGNORABLE}]"
_RUN = re.compile(rf"(?<![0-9A-Za-z_~$€£])(?:\+ ?\(?|\(\+? ?)?[0-9](?:{_GAP}{{0,3}}[0-9]){{6,}}")
_LOOSE_GAP = re.compile(r" / | - |  +| \(| \.|\. ")
_INNER_DATE = re.compile(
    r"(?<![0-9])(?:(?:19|20)\d\d([-./])(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])"
    r"|(?:0?[1-9]|[12]\d|3[01])([-./])(?:0?[1-9]|1[0-2])\2(?:19|20)\d\d)(?![0-9])"
)
_BLANK = re.compile(r"(?<=[0-9]) (?=[0-9(])")
_LONGEST_PHONE = 40
_DIGITS = re.compile(r"[0-9]+")
_URL = re.compile(r"(?:https?://|www\.)\S+")
_CARD_WORD = re.compile(
    r"card|karte|visa|master|amex|credit|debit|cr[ée]dit|kredit|tarjeta|cart[ãae]|карт|卡|カード",
    re.IGNORECASE,
)
_CONTACT_LINK = re.compile(
    r"(?:\btel:|\bsms:|\bcallto:|wa\.me/|whatsapp\.com/send/?\?phone=|viber\.me/)(\+?[0-9][0-9().\-]{5,20}[0-9])",
    re.IGNORECASE,
)
_IBAN = re.compile(r"(?<![0-9A-Za-z])[A-Za-z]{2}[0-9]{2}(?:[ \-]?[0-9A-Za-z]){11,40}")
_IPV4 = re.compile(r"(?<![0-9A-Za-z_])(?<![0-9]\.)[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9A-Za-z_]|\.[0-9])")
_IPV6 = re.compile(
    r"(?<![0-9A-Za-z_:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:(?:\.[0-9]{1,3}){3})?(?![0-9A-Za-z_:])"
)
_VERSION_WORD = re.compile(
    r"(?:\bv|version|release|build|firmware|update|driver|§|chapter|section)[ .:]{0,2}$|/$",
    re.IGNORECASE,
)


def find_links(text: str) -> Iterator[Span]:
    """Phone numbers inside contact links (tel:, wa.me)."""
    for match in _CONTACT_LINK.finditer(text):
        yield "PHONE_NUMBER", match.start(1), match.end(1)


def find_ibans(text: str) -> Iterator[Span]:
    """International bank account numbers with the length of their country and right check digits."""
    position = 0
    while match := _IBAN.search(text, position):
        end = _iban_end(match[0])
        position = match.start() + (end or 4)
        if end:
            yield "IBAN_CODE", match.start(), position


def _iban_end(candidate: str) -> int:
    """How many characters of the candidate are an IBAN: it may have swallowed the words behind it."""
    compact: list[str] = []
    wanted = IBAN_LENGTHS.get(candidate[:2].upper(), 0)
    for index, char in enumerate(candidate):
        if char not in " -":
            compact.append(char.upper())
            if len(compact) == wanted:
                glued = candidate[index + 1 : index + 2].isalnum()
                return index + 1 if not glued and is_iban("".join(compact)) else 0
    return 0


def find_addresses(text: str) -> Iterator[Span]:
    """IPv4 and IPv6 addresses; version numbers and clock times are not."""
    if text.count(".") >= 3:
        for match in _IPV4.finditer(text):
            numbered = len(match[0]) == 7  # "6.7.8.9" is rather a list than somebody's address
            if not numbered and _is_ip(match[0]) and not _looks_like_version(text, match.start()):
                yield "IP_ADDRESS", match.start(), match.end()
    if text.count(":") >= 2:
        for match in _IPV6.finditer(text):
            groups = match[0].split(":")
            tell_tale = len(groups) == 8 or (len(groups[0]) >= 3 and any(char.isdigit() for char in match[0]))
            if tell_tale and _is_ip(match[0]):
                yield "IP_ADDRESS", match.start(), match.end()


def _is_ip(candidate: str) -> bool:
    try:
        return not ipaddress.ip_address(candidate).is_unspecified
    except ValueError:
        return False


def _looks_like_version(text: str, start: int) -> bool:
    before = text[max(0, start - 12) : start]
    return _VERSION_WORD.search(before) is not None and not before.endswith("//")


def find_numbers(text: str, country_hint: str = "") -> Iterator[Span]:
    """Payment cards and phone numbers, outside of web addresses."""
    links = _URL.search(text) is not None
    if links:
        text = _URL.sub(lambda match: "\x00" * len(match[0]), text)
    for match in _RUN.finditer(text):
        yield from _in_run(text, match.start(), match.end(), country_hint)


def _in_run(text: str, start: int, end: int, country_hint: str) -> Iterator[Span]:
    card = None if text[start] == "+" else _card_in(text, start, end)
    if card is not None:
        yield "CREDIT_CARD", *card
        for left, right in ((start, card[0]), (card[1], end)):
            yield from _phones_in(text, left, right, country_hint)
        return
    yield from _phones_in(text, start, end, country_hint)


def _card_in(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The first stretch of whole digit groups that is a card number (an expiry date may follow it)."""
    groups = [match.span() for match in _DIGITS.finditer(text, start, end)]
    for first in range(min(len(groups), 12)):
        digits = ""
        for last in range(first, min(first + 7, len(groups))):
            digits += text[groups[last][0] : groups[last][1]]
            if len(digits) > 19:
                break
            if len(digits) >= 12 and is_luhn(digits) and _is_plain_card(text, groups[first : last + 1], digits):
                return groups[first][0], groups[last][1]
    return None


def _is_plain_card(text: str, groups: list[tuple[int, int]], digits: str) -> bool:
    """Whether a number with a right Luhn digit is a card: one number in ten has a right one by chance."""
    end = groups[-1][1]
    if text[end : end + 1].isalnum():
        return False
    network = card_network(digits)
    if _CARD_WORD.search(text, max(0, groups[0][0] - 40), groups[0][0]) is not None:
        return network != "" or len(digits) == 16  # issuers get new ranges faster than we learn of them
    if network == "":
        return False
    sizes = [right - left for left, right in groups]
    if len(groups) > 1:  # cards are printed in fours, or as 4-6-5 and 4-6-4
        return set(sizes[:-1]) == {4} or sizes[:2] == [4, 6]
    # A bare run of other lengths is rather a post's id (18-19 digits) or an article number (13).
    return len(digits) == 16 or (14 <= len(digits) <= 15 and network != "maestro")


def _phones_in(text: str, start: int, end: int, country_hint: str) -> Iterator[Span]:
    """Phone numbers in a stretch of digits and gaps: as a whole, else around dates, else between gaps."""
    waiting = [(start, end)]
    while waiting:
        start, end = _trimmed(text, *waiting.pop())
        if end - start < 7:
            continue
        near = min(end, start + _LONGEST_PHONE)
        if near == end and (stop := end_of_phone(text, start, end, country_hint)):
            yield "PHONE_NUMBER", start, stop
            continue
        gap = _INNER_DATE.search(text, start, near) or _LOOSE_GAP.search(text, start + 1, near)
        if gap is not None:
            opens = gap[0].endswith("(")  # the parenthesis belongs to the next number
            waiting += [(gap.end() - opens, end), (start, gap.start())]
            continue
        # Two numbers with one blank between them, or a list of them: the longest beginning that is a number.
        blanks = [match.start() for match in _BLANK.finditer(text, start, near)]
        stop = next(
            (blank for blank in reversed(blanks) if end_of_phone(text, start, blank, country_hint)),
            0,
        )
        if stop and end - stop > 7:
            yield "PHONE_NUMBER", start, stop
            waiting.append((stop, end))
        elif near < end and blanks:
            waiting.append((blanks[0] + 1, end))


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and not (text[start].isdigit() or text[start] in "+("):
        start += 1
    while end > start and not text[end - 1].isdigit():
        end -= 1
    if start < end and text[start] == "(" and ")" not in text[start:end]:
        start += 1
    return start, end
