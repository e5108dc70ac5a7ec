"""What is taken out of a text and what stays. All persons, numbers and addresses are invented or reserved."""

from __future__ import annotations

import pytest

from analytics.privacy.checksums import IBAN_LENGTHS, card_network, is_iban, is_luhn
from analytics.privacy.redact import Finding, Redacted, redact

EMAILS = [
    ("Write to jane.sample@example.com.", "Write to [email]."),
    ("JANE+SHOP@MAIL.EXAMPLE.CO.UK!", "[email]!"),
    ("mailto:o'sample@example.org?subject=x", "mailto:[email]?subject=x"),
    ("<jane@example.com>, (joe_1@example.net)", "<[email]>, ([email])"),
    ("jürgen.muster@beispiel.example schreibt", "[email] schreibt"),
    ("почта: иван@пример.испытание", "почта: [email]"),
    ("联系我jane@example.com谢谢", "联系我[email]谢谢"),
    ("お問い合わせはｊａｎｅ＠ｅｘａｍｐｌｅ．ｃｏｍまで", "お問い合わせは[email]まで"),
    ("root@192.0.2.7 is down", "[email] is down"),
    ("jane [at] example [dot] com", "[email]"),
    ("jane (at) example.com", "[email]"),
    ("jane.sample at example dot com please", "[email] please"),
    ("muster (ät) beispiel (punkt) de", "[email]"),
    ("jane{at}example{dot}co{dot}uk", "[email]"),
    ("https://shop.example/reset?mail=jane@example.com&x=1", "https://shop.example/reset?mail=[email]&x=1"),
]
PHONES = [
    ("Call +49 30 1234567 now", "Call [phone] now"),
    ("+14155552671", "[phone]"),
    ("(+33) 6 12 34 56 78", "[phone]"),
    ("0044 20 7946 0958", "[phone]"),
    ("ring 020 7946 0958!", "ring [phone]!"),
    ("(415) 555-2671 or 415.555.2671", "[phone] or [phone]"),
    ("1-415-555-2671 ext. 12", "[phone]"),
    ("Tel. 030/1234567-89", "Tel. [phone]"),
    ("Handy: 01711234567", "Handy: [phone]"),
    ("appelez le 06 12 34 56 78", "appelez le [phone]"),
    ("llámame al 612 345 678", "llámame al [phone]"),
    ("whatsapp 11 91234-5678", "whatsapp [phone]"),
    ("звоните 8 (495) 123-45-67", "звоните [phone]"),
    ("اتصل ٠٥٠ ١٢٣ ٤٥٦٧", "اتصل [phone]"),
    ("फोन ९८७६५ ४३२१०", "फोन [phone]"),
    ("电话13800138000谢谢", "电话[phone]谢谢"),
    ("０９０－１２３４－５６７８", "[phone]"),
    ("โทร 081-234-5678 ค่ะ", "โทร [phone] ค่ะ"),
    ("전화 010-1234-5678", "전화 [phone]"),
    ("my order failed, phone 555-0142", "my order failed, phone [phone]"),
    ("0171 1234567 0172 7654321", "[phone] [phone]"),
    ("on 2026-11-22 0171 1234567", "on 2026-11-22 [phone]"),
    ("0171\u200b 123\u20604567", "[phone]"),
    ("chat: https://wa.me/491711234567", "chat: https://wa.me/[phone]"),
    ("ph # 415-555-2671", "ph # [phone]"),
]
BANKING = [
    ("IBAN DE89 3704 0044 0532 0130 00 please", "IBAN [iban] please"),
    ("gb29nwbk60161331926819", "[iban]"),
    ("FR14 2004 1010 0505 0001 3M02 606, merci", "[iban], merci"),
    ("NO93-8601-1117-947", "[iban]"),
    ("card 4111 1111 1111 1111 exp 12/27", "card [card] exp 12/27"),
    ("5555555555554444", "[card]"),
    ("3782-822463-10005", "[card]"),
    ("my card: 4222222222222", "my card: [card]"),
    ("４１１１ １１１１ １１１１ １１１１", "[card]"),
]
ADDRESSES = [
    ("from 203.0.113.77, twice", "from [ip], twice"),
    ("http://198.51.100.4:8080/x", "http://[ip]:8080/x"),
    ("host 2001:db8::8a2e:370:7334 is up", "host [ip] is up"),
    ("fe80::1", "[ip]"),
    ("2001:0db8:85a3:0000:0000:8a2e:0370:7334", "[ip]"),
]
HANDLES = [
    ("@jane_sample hello", "@~janesample hello"),
    ("thanks @jane.sample.", "thanks @~janesample."),
    ("RT @jane: wow", "RT @~jane: wow"),
    ("(@jane)", "(@~jane)"),
    ("@jane@social.example hi", "@~janesocialexample hi"),
    ("谢谢@jane你好", "谢谢@~jane你好"),
    ("@小明 你好", "@~小明 你好"),
    ("@Катя, привет", "@~Катя, привет"),
    ("hey@jane", "hey@~jane"),
    ("＠jane", "@~jane"),
    ("asked u/jane_sample on reddit", "asked u/~janesample on reddit"),
    ("https://instagram.com/jane.sample/", "https://instagram.com/~janesample/"),
    ("https://x.com/jane/status/12", "https://x.com/~jane/status/12"),
    ("https://social.example/@jane/12", "https://social.example/@~jane/12"),
]
INNOCENT = [
    "2026-11-22",
    "12.000.000",
    "10:30",
    "#12345",
    "on 22.11.2026 at 10:30:15",
    "11/22/2026 - 11/29/2026",
    "between 2019-2026 and 1990 – 2025",
    "it costs 1,234,567.89 or 1.234.567,89",
    "1 000 000 followers and $12000000",
    "12000000 € or 15 000 000 kr",
    "score 3:2, 21-19 21-17",
    "order #20261122334455",
    "Bestellnummer 0301234567",
    "pedido 0612345678",
    "tracking no. 00340434161094015902",
    "ISBN 978-3-16-148410-0",
    "EAN 4006381333931",
    "π is 3.14159265358979",
    "v1.2.3.4 and version 10.0.19045.3",
    "std::vector and a::b",
    "at 10:30:15:22",
    "https://shop.example/item/4111111111111111?ref=0171123456789",
    "https://social.example/posts/1867512345678901234",
    "id 1867512345678901234",
    "ABC-0171-1234567",
    "the year 2026, 100% of 5000000 people",
    "meet at noon dot dot dot",
    "look at the dot",
    "3 kg @10",
    "@ home",
    "e-mail me",
    "GB00 0000 0000 0000 00 is no IBAN",
    "4111 1111 1111 1112",
    "see https://instagram.com/p/Cxyz123/ and https://x.com/search?q=coffee",
    "0.0.0.0 and 999.1.1.1 and 6.7.8.9",
    "0123456",
    "1111111111",
    "[email] [phone] [iban] [card] [ip] [name] @~abcdefghij u/~abcdefghij",
    "phone [phone] 1234567",
    "",
]


@pytest.mark.parametrize(("text", "expected"), EMAILS + PHONES + BANKING + ADDRESSES + HANDLES)
def test_personal_data_is_replaced_and_the_rest_stays(text: str, expected: str) -> None:
    assert redact(text, pseudonym_of=lambda handle: "".join(filter(str.isalnum, handle))).text == expected


@pytest.mark.parametrize("text", INNOCENT)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert redact(text, pseudonym_of=lambda _: "x") == Redacted(text)


@pytest.mark.parametrize(
    ("table", "entity"),
    [(EMAILS, "EMAIL_ADDRESS"), (PHONES, "PHONE_NUMBER"), (ADDRESSES, "IP_ADDRESS"), (HANDLES, "HANDLE")],
)
def test_findings_carry_the_entity(table: list[tuple[str, str]], entity: str) -> None:
    for text, _ in table:
        findings = redact(text).findings
        assert {finding.entity for finding in findings} == {entity}, text


def test_findings_point_into_the_original() -> None:
    text = "é jane@example.com, ٠٣٠ ١٢٣٤٥٦٧ and @joe"
    result = redact(text)
    assert [(found.entity, text[found.start : found.end]) for found in result.findings] == [
        ("EMAIL_ADDRESS", "jane@example.com"),
        ("PHONE_NUMBER", "٠٣٠ ١٢٣٤٥٦٧"),
        ("HANDLE", "@joe"),
    ]
    assert result.text == "é [email], [phone] and [handle]"


def test_findings_that_touch_are_kept_apart() -> None:
    result = redact("a@b.example@handle")
    assert result.text == "[email][handle]"
    assert result.findings == (Finding("EMAIL_ADDRESS", 0, 11), Finding("HANDLE", 11, 18))


def test_findings_of_a_later_pass_point_into_the_original_too() -> None:
    """Only once the handle is gone does nothing speak of an order any more."""
    result = redact("@order_desk 0171 1234567 ok")
    assert result.text == "[handle] [phone] ok"
    assert result.findings == (Finding("HANDLE", 0, 11), Finding("PHONE_NUMBER", 12, 24))


def test_public_handles_stay_and_others_do_not() -> None:
    public = frozenset({"acme", "acme.bakery", "acme@social.example"})
    text = "@Acme @ACME.Bakery @acme@social.example @acme@other.example @acme2 @acme.Great! https://x.com/acme u/acme"
    expected = "@Acme @ACME.Bakery @acme@social.example @~1 @~2 @acme.Great! https://x.com/acme u/acme"
    labels = {"acme@other.example": "1", "acme2": "2"}
    assert redact(text, public_handles=public, pseudonym_of=labels.__getitem__).text == expected


def test_the_country_widens_what_is_a_phone_number() -> None:
    for country, text in [("ES", "612 345 678"), ("PL", "512 345 678"), ("US", "4155552671"), ("DK", "32 12 34 56")]:
        assert redact(text).findings == (), text
        assert redact(text, country_hint=country).text == "[phone]", text
        assert redact(text, country_hint="nonsense").findings == ()


def test_text_made_to_need_endless_passes_is_dropped_rather_than_kept() -> None:
    chained = "a@b.example" + "@c.example@d.example" * 60
    once = redact(chained)
    assert "b.example" not in once.text
    assert redact(once.text).text == once.text


def test_card_numbers_of_the_networks_test_sets() -> None:
    cards = "4111111111111111 5555555555554444 2223003122003222 378282246310005 30569309025904 6011111111111117"
    for card in [*cards.split(), "3566002020360505", "6200000000000005"]:
        assert card_network(card), card
        assert is_luhn(card), card
        assert not is_luhn(card[:-1] + str((int(card[-1]) + 1) % 10)), card
    assert not card_network("1111111111111117")
    assert is_luhn("79927398713")


def test_ibans_of_the_registry() -> None:
    examples = "DE89370400440532013000 GB29NWBK60161331926819 FR1420041010050500013M02606 NO9386011117947"
    for iban in [*examples.split(), "MT84MALT011000012345MTLCAST001S", "BR1800360305000010009795493C1"]:
        assert is_iban(iban), iban
        assert not is_iban(iban[:-1]), iban
        assert not is_iban(iban[:2] + "00" + iban[4:]), iban
    assert len(IBAN_LENGTHS) > 80
