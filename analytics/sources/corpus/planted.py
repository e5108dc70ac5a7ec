"""Personal data to plant: every value is reserved for documentation, testing or drama, so it is nobody's.

Sources:
- e-mail: example.com/.net/.org and the `.example` top-level domain (RFC 2606, RFC 6761);
- phone: Germany's numbers for drama, Bundesnetzagentur: (0)30 23125 000-999 and (0)40 66969 000-999; the North
  American 555-0100 to 555-0199; United Kingdom, Ofcom's numbers for drama: 020 7946 0000-0999. Portugal reserves
  none, so none is used;
- IBAN: the examples printed in the SWIFT IBAN registry and in the standard's literature;
- cards: the payment networks' published test numbers;
- IP: the documentation blocks of RFC 5737 and RFC 3849.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

IBANS = (
    "DE89 3704 0044 0532 0130 00",
    "GB82 WEST 1234 5698 7654 32",
    "PT50 0002 0123 1234 5678 9015 4",
    "DE89370400440532013000",
)
CARDS = ("4111 1111 1111 1111", "5555 5555 5555 4444", "4111-1111-1111-1111", "378282246310005")
_MAILBOXES = (
    "rueckfrage",
    "post",
    "ola.boleia",
    "kaffee.klub",
    "hello",
    "chalkbag",
    "info+fund",
    "team_blau",
    "contacto",
)
_MAIL_DOMAINS = ("example.com", "example.org", "example.net", "mail.example", "kiesel.example")
_TURN = (
    "EMAIL_ADDRESS",
    "PHONE_NUMBER",
    "EMAIL_ADDRESS",
    "IBAN_CODE",
    "PHONE_NUMBER",
    "CREDIT_CARD",
    "EMAIL_ADDRESS",
    "IP_ADDRESS",
    "PHONE_NUMBER",
)


@dataclass(frozen=True, slots=True)
class Planted:
    """A piece of personal data in a post: its kind (Presidio's entity name) and its text exactly as written."""

    entity: str
    value: str


def plant(turn: int, rng: Random) -> Planted:
    """The `turn`-th (>= 0) piece: kinds take turns, so that each of them occurs in a small corpus too."""
    entity = _TURN[turn % len(_TURN)]
    if entity == "EMAIL_ADDRESS":
        number = rng.randrange(2, 100)
        return Planted(entity, f"{rng.choice(_MAILBOXES)}{number}@{rng.choice(_MAIL_DOMAINS)}")
    if entity == "PHONE_NUMBER":
        return Planted(entity, _phone(rng))
    if entity == "IBAN_CODE":
        return Planted(entity, rng.choice(IBANS))
    if entity == "CREDIT_CARD":
        return Planted(entity, rng.choice(CARDS))
    return Planted(entity, _address(rng))


def _phone(rng: Random) -> str:
    forms = (
        f"+49 40 66969 {rng.randrange(1000):03d}",
        f"+49 30 23125{rng.randrange(1000):03d}",
        f"040 / 66969{rng.randrange(1000):03d}",
        f"+1 (512) 555-01{rng.randrange(100):02d}",
        f"+1-212-555-01{rng.randrange(100):02d}",
        f"+44 20 7946 0{rng.randrange(1000):03d}",
    )
    return rng.choice(forms)


def _address(rng: Random) -> str:
    forms = (
        f"192.0.2.{rng.randrange(1, 255)}",
        f"198.51.100.{rng.randrange(1, 255)}",
        f"203.0.113.{rng.randrange(1, 255)}",
        f"2001:db8::{rng.randrange(1, 0xFFFF):x}",
    )
    return rng.choice(forms)
