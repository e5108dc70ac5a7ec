"""Numbers that prove themselves: payment cards (Luhn, ISO/IEC 7812) and IBANs (mod 97, ISO 13616)."""

from __future__ import annotations

# IBAN lengths by country, from the IBAN registry of SWIFT.
IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29,
    "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29,
    "ES": 24, "FI": 18, "FK": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28,
    "HN": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20,
    "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19,
    "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28, "NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29,
    "PT": 25, "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24,
    "SM": 27, "SO": 23, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
    "YE": 30,
}  # fmt: skip


def is_luhn(digits: str) -> bool:
    """True when the last digit is the Luhn check digit of the others. `digits` is ASCII 0-9."""
    total = 0
    for index, char in enumerate(reversed(digits)):
        value = ord(char) - 48
        if index % 2:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return total % 10 == 0


def is_iban(compact: str) -> bool:
    """True when the text (upper case, no blanks) has the length of its country and the right check digits."""
    if IBAN_LENGTHS.get(compact[:2]) != len(compact) or not compact.isascii() or not compact.isalnum():
        return False
    return int("".join(str(int(char, 36)) for char in compact[4:] + compact[:4])) % 97 == 1


def card_network(digits: str) -> str:
    """The network whose issuer numbers and lengths fit, or "" (ISO/IEC 7812 ranges as the networks publish them)."""
    size = len(digits)
    if not 12 <= size <= 19:
        return ""
    two, three, four = int(digits[:2]), int(digits[:3]), int(digits[:4])
    if digits[0] == "4":
        return "visa" if size in (13, 16, 19) else ""
    if 51 <= two <= 55 or 2221 <= four <= 2720:
        return "mastercard" if size == 16 else ""
    if two in (34, 37):
        return "amex" if size == 15 else ""
    if 300 <= three <= 305 or two in (36, 38, 39):
        return "diners" if size in (14, 16, 19) else ""
    if 3528 <= four <= 3589:
        return "jcb" if size >= 16 else ""
    if four in (2131, 1800):
        return "jcb" if size == 15 else ""
    if 2200 <= four <= 2204:
        return "mir" if size >= 16 else ""
    if two in (60, 62, 64, 65, 81, 82) and size >= 16:
        return "discover, unionpay or rupay"
    if four == 9792:
        return "troy" if size == 16 else ""
    if two in (50, 56, 57, 58) or digits[0] == "6":
        return "maestro"
    return ""
