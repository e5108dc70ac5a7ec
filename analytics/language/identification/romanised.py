"""Telling Hindi in Latin letters ("Hinglish") by its own words.

py3langid knows Hindi in Devanagari only: in Latin letters it takes it for English, Pidgin or Hausa, or cannot say.
Words that are common in romanised Hindi and rare elsewhere are therefore counted. They were written down from the
language's grammar (pronouns, auxiliaries, postpositions, everyday verbs), in the spellings that people type; no data
set was mined.

Other languages in foreign letters (Arabic as "3arabizi", Greek as "Greeklish", Russian, Ukrainian, Farsi, Tamil …) are
not told this way, only where their source names the language.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

STRONG, AMBIGUOUS, WEAK, ENGLISH = 1, 2, 3, 4  # kinds of words; 0 is any other

_STRONG: Final = """
hain nahi nahin nhi nahii kya kyu kyun kyon kyunki kyuki kyoki kyonki aur bhii rahi rahe rhe rhi rha karo karna karte
karta karti karke krna krne krke krte krta hota hoti hote hua hoga hogi honge hogaya kuch meri mujhe mujhko mujhse apna
apni apne apka apki apko apke bhaiya yaar yeh woh agar lekin sabhi sabka sabse bahut bohot bahot bhot accha acha achha
achi acchi acche achhe abhi phir kaisi ghar baat kaam iski iske uska uski uske unka unki unke inka inki wale waale waali
liye aapka aapki aapke aapko tujhe tujhko isko unko inko hamare hamara hamari humko humein hume tumhara tumhare tumhari
tumko gaya gayi gya gyi chahiye chaiye sakte sakti matlab sirf kabhi kisi kisko jaisa jaisi aisi yahan yaha wahan kahan
zindagi pyar pyaar samajh dekho dekha dekhna suno kehte kaha isliye islie hona hoon aaj maine tune usne isne hamne humne
jaana paani paisa paise bhagwan bhagwaan zaroor jarur zaruri bilkul thoda thodi jyada zyada pehle pahle baad bahar kitna
kitne kitni bade badi chota ladka ladki bachche bacche mohabbat ishq shukriya dhanyawad namaste namaskar mubarak theek
thik galat jaldi chalo milega milegi ayega aayega jayega jaega karega karegi karenge dega denge lega jao jaao bhej
sarkar khud sare saare saari tumse humse aapse usse isse kisne jisne jiska jiski jisko wahi yahi tabhi
"""
_AMBIGUOUS: Final = """
hai bhi hun hui gaye gye tere tera teri mere mera mein pani kal diye diya duniya raha bola bolo andar koi kiya usko aise
aisa aana iska kaisa kaise sari wala wali waha bhai desh bada sakta jaise dosti khana milna sahi saath sath chal karne
"""
_WEAK: Final = """
ka ki ke ko se na ye wo jo ho par pe tu mai main to hi ji bas ab is us toh sab hum tum aap tak ek dono dil dost log logo
kab jab tab kar thi tha hu h k m n nai ya me mat bol pata din raat
"""
_ENGLISH: Final = """
the and are was you i my we it this that for of in on with not have has be will so your just they he she what when how
all at but
"""
WORDS: Final = {
    word: kind
    for kind, words in ((ENGLISH, _ENGLISH), (WEAK, _WEAK), (AMBIGUOUS, _AMBIGUOUS), (STRONG, _STRONG))
    for word in words.split()
}

NOT_LATIN: Final = frozenset(
    (
        "am", "ar", "as", "be", "bg", "bn", "el", "fa", "gu", "he", "hi", "hy", "ja", "ka", "kk", "km", "kn", "ko",
        "ky", "lo", "mk", "ml", "mn", "mr", "my", "ne", "or", "pa", "ps", "ru", "sa", "sd", "si", "ta", "te", "tg",
        "th", "ti", "ug", "uk", "ur", "zh",
    )
)  # fmt: skip
"""Languages that are hardly ever written in Latin letters, but by those who have no other keyboard."""

_TOKEN: Final = re.compile("[a-z\x80-\U0010ffff]+")


class Words(NamedTuple):
    """How many words of Latin letters a text has, how many of them are strong, ambiguous and weak evidence of Hindi,
    how many different ones (at most 3) the first two come to, and how many are English function words."""

    words: int
    strong: int
    ambiguous: int
    weak: int
    different: int
    english: int


def count_words(text: str) -> Words:
    """The words of a cleaned text."""
    tokens = _TOKEN.findall(text.lower())
    found = [WORDS.get(word, 0) for word in tokens]
    evidence = {word for word, kind in zip(tokens, found, strict=True) if kind in (STRONG, AMBIGUOUS)}
    return Words(
        len(tokens),
        found.count(STRONG),
        found.count(AMBIGUOUS),
        found.count(WEAK),
        min(3, len(evidence)),
        found.count(ENGLISH),
    )


def is_hindi(counts: Words) -> bool:
    """Whether the words are romanised Hindi: two different ones and a sixth of all, or a strong one and a quarter.
    Weak ones count half."""
    share = counts.strong + counts.ambiguous + counts.weak / 2
    if counts.different >= 2 and 6 * share >= counts.words:
        return True
    return counts.strong > 0 and 4 * share >= counts.words


def is_mixed(counts: Words) -> bool:
    """Whether there is as much English as Hindi in a text that `is_hindi`, or some Hindi in one that is not."""
    evidence = counts.strong + counts.ambiguous
    if is_hindi(counts):
        return counts.english >= max(3, evidence)
    return counts.different >= 3 and counts.strong >= 2
