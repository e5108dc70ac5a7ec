"""What matches what, script by script: the table that an analyst would check by hand."""

from __future__ import annotations

import unicodedata

import pytest

from analytics.listening.matcher import Matcher
from analytics.listening.query import parse

MATCHES = [
    # Latin: case, accents, letters with strokes, ligatures, full width
    ("latin", "creme brulee", "Crème Brûlée, bitte"),
    ("latin", "Crème", "creme fraiche"),
    ("latin", "strasse", "In der Straße"),
    ("latin", "STRASSE", "In der straße"),
    ("latin", "lodz", "pozdrowienia z Łodzi i Łódź!"),
    ("latin", "smorrebrod", "Smørrebrød"),
    ("latin", "istanbul", "İSTANBUL"),
    ("latin", "istanbul", "ISTANBUL ıstanbul"),
    ("latin", "pho", "PHỞ ngon"),
    ("latin", "fine", "ﬁne dining"),
    ("latin", "cafe", "ｃａｆｅ"),
    ("latin", "cafe", "𝓬𝓪𝓯𝓮 aesthetics"),
    ("latin", "mcdonald", "McDonald’s again"),
    ("latin", "mcdonald's", "McDonald’s again"),
    ("latin", "coca-cola", "Coca Cola"),
    ("latin", '"coca cola"', "coca-cola"),
    ("latin", "acme", "Acme™ is here"),
    ("latin", "cafe", "ca\u00adfe with a soft hyphen"),
    ("latin", "cafe", "ca\u200dfe with a joiner"),
    ("latin", "cafe", "c\u0336a\u0336f\u0336e\u0336"),
    ("latin", "{Café}", "Cafe\u0301"),
    ("latin", "{Café}", "Ca\u00adfé"),
    ("latin", "stra*e", "In der Straße"),
    ("latin", "caf?s", "CAFÉS"),
    ("latin", "{US Open} NEAR/2 crème", "Creme am US-Open"),
    # Cyrillic
    ("cyrillic", "зам?к", "за́мок"),
    ("cyrillic", "{Ёлка}", "Е\u0308лка стоит"),
    ("cyrillic", "елка", "Ёлка стоит"),
    ("cyrillic", "ёлка", "елка"),
    ("cyrillic", "кофе", "КОФЕ!"),
    ("cyrillic", "замок", "за́мок"),
    ("cyrillic", "м'ята", "мʼята і м’ята"),
    # Greek
    ("greek", "ελλαδα", "Ελλάδα"),
    ("greek", "οδοσ", "ΟΔΌΣ"),
    ("greek", "ὁδός", "οδος"),
    # Arabic and Persian
    ("arabic", "محمد", "مُحَمَّد"),
    ("arabic", "كتاب", "كـــتاب"),
    ("arabic", "احمد", "أحمد"),
    ("arabic", "میخواهم", "می‌خواهم"),
    ("arabic", "كتابي", "کتابی"),
    ("arabic", "2024", "عام ٢٠٢٤"),
    ("arabic", "مح*د", "مُحَمَّد"),
    ("arabic", '"كتاب جديد"~2', "جديد هنا كتاب"),
    ("arabic", "السلام", "\u202bالسلام\u202c عليكم"),
    # Hebrew
    ("hebrew", "שלום", "שָׁלוֹם לכם"),
    # Devanagari
    ("devanagari", "हिन्दी", "मैं हिन्दी बोलता हूँ"),
    ("devanagari", "क़लम", "क\u093cलम"),
    ("devanagari", '"कॉफ़ी अच्छी"', "यह कॉफ़ी अच्छी है"),
    ("devanagari", "हिन*", "हिन्दी"),
    ("devanagari", "हिन्?ी", "हिन्दी"),
    ("devanagari", "{क़लम}", "क\u093cलम"),
    # Thai, Lao, Khmer, Myanmar
    ("thai", "กาแฟ", "ร้านกาแฟอร่อยมาก"),
    ("thai", "น้ำ", "ดื่มน้ำเย็น"),
    ("thai", "น้ำ", "ดื่มน\u0e49\u0e4d\u0e32เย็น"),
    ("thai", "กาแฟ", "กา\u200bแฟ"),
    ("thai", "{กาแฟ}", "ร้านกาแฟ"),
    ("thai", "กาแฟ ONEAR/4 ดี", "กาแฟมากดี"),
    ("lao", "ກາເຟ", "ຮ້ານກາເຟ"),
    ("khmer", "កាហ្វេ", "ហាងកាហ្វេល្អ"),
    ("myanmar", "ကော်ဖီ", "ကော်ဖီဆိုင်"),
    # Han and kana
    ("cjk", "東京", "今日は東京タワーへ"),
    ("cjk", "東京 NEAR/4 カフェ", "カフェは東京にある"),
    ("cjk", "{カフェ}", "新しいカフェ"),
    ("cjk", "#東京", "今日は#東京 です"),
    ("cjk", "#東京*", "今日は#東京タワー です"),
    ("cjk", "$ACME", "株価は$ACMEです"),
    ("cjk", "カフェ", "新しいｶﾌｪです"),
    ("cjk", "ガス", "ｶﾞｽ"),
    ("cjk", "が", "か\u3099"),
    ("cjk", "iphone", "新しいiPhoneを買った"),
    ("cjk", "iPhone東京", "iPhone 東京"),
    ("cjk", '"東京 カフェ"', "東京、カフェ"),
    ("cjk", "北京*", "我在北京大学"),
    ("cjk", "㊗️ OR 東京", "東京"),
    # Korean
    ("korean", "카페", "새 카페 좋아요"),
    ("korean", "카페*", "카페에서 만나요"),
    ("korean", "카페", unicodedata.normalize("NFD", "카페")),
    # Emoji
    ("emoji", "❤️", "love ❤ it"),
    ("emoji", "👍", "👍🏽👍🏿"),
    ("emoji", "👨‍👩‍👧", "us: 👨‍👩‍👧"),
    ("emoji", "🇩🇪", "🇫🇷🇩🇪"),
]
MISSES = [
    ("latin", "cafe", "cafeteria"),
    ("latin", "mueller", "Müller"),
    ("latin", "{Café}", "Cafe"),
    ("latin", "{ＣＡＦＥ}", "CAFE"),
    ("latin", "stra?e", "Straße"),
    ("latin", "cocacola", "coca-cola"),
    ("cyrillic", "мои", "мой"),
    ("arabic", "كتاب", "الكتاب"),
    ("devanagari", "हिन", "हिन्दी"),
    ("devanagari", "कल", "कील"),
    ("devanagari", "क", "कि"),
    ("thai", "ที", "ที่"),
    ("thai", "มา", "ม้า"),
    ("thai", "กาแฟ", "กา แฟ"),
    ("cjk", "東京", "関東。京都"),
    ("cjk", "東京", "東 京"),
    ("cjk", "か", "が"),
    ("cjk", "東京 NEAR/3 カフェ", "カフェは東にある京"),
    ("cjk", "{カフェ}", "ｶﾌｪ"),
    ("cjk", "#東京", "東京"),
    ("cjk", "ハハ", "パパ"),
    ("korean", "카페", "카페에서"),
    ("emoji", "👨", "👨‍👩‍👧"),
    ("emoji", "🇪🇫", "🇩🇪🇫🇷"),
]


@pytest.mark.parametrize(("script", "query", "text"), MATCHES)
def test_matches(script: str, query: str, text: str) -> None:
    assert Matcher([(script, parse(query))]).match(text)


@pytest.mark.parametrize(("script", "query", "text"), MISSES)
def test_does_not_match(script: str, query: str, text: str) -> None:
    assert not Matcher([(script, parse(query))]).match(text)
