"""The tokeniser: text of any script -> folded keys with offsets into the original text.

Words are runs of letters, digits and marks. Han, kana, bopomofo, Thai, Lao, Khmer and Myanmar are written without
spaces and give one token per character with the marks on it (its grapheme cluster, roughly), so that a name in
them is found anywhere in a sentence; `glued` says that a token directly follows another of that sort. An emoji
with all its joiners is one token. `#tag`, `@handle` and `$CASH` are tokens of their own *beside* the words inside them.
Every pass is linear: repetitions of single characters are possessive. Those of groups are not: Python before 3.11.5
matches possessive groups wrongly (cpython#101955), and no pattern here needs them.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from dataclasses import dataclass

from analytics.listening.folding import MARKS, character_class, cut_marks, fold_tag, fold_word

_UNSPACED_BLOCKS = (
    (0x0E00, 0x0F00),  # Thai, Lao
    (0x1000, 0x10A0),  # Myanmar
    (0x1780, 0x1800),  # Khmer
    (0x3005, 0x3007),
    (0x303B, 0x3100),  # kana
    (0x3100, 0x3130),  # bopomofo
    (0x31A0, 0x3200),  # bopomofo, kana
    (0x3400, 0x4DC0),  # Han
    (0x4E00, 0xA000),
    (0xA9E0, 0xAA00),  # Myanmar extended
    (0xAA60, 0xAA80),
    (0xF900, 0xFB00),  # Han compatibility
    (0xFF66, 0xFF9E),  # half-width kana
    (0x1AFF0, 0x1B170),  # kana supplements
)
# Numerals that are, or fold to, Han characters.
_HAN_NUMERALS = (0x3007, *range(0x3021, 0x302A), *range(0x3038, 0x303B), *range(0x3192, 0x3196),
                 *range(0x3220, 0x322A), *range(0x3280, 0x328A))  # fmt: skip
_ASTRAL_HAN = "\U00020000-\U0003fffd"
_UNSPACED = (
    character_class(
        {
            *(code for first, last in _UNSPACED_BLOCKS for code in range(first, last)
              if unicodedata.category(chr(code))[0] == "L"),
            *_HAN_NUMERALS,
        }
    )
    + _ASTRAL_HAN
)  # fmt: skip
_HALF_WIDTH_VOICING = "\uff9e\uff9f"
_APOSTROPHE_LETTER = "\u02bc"  # Ukrainian writes it like any other apostrophe, and those part words
# Invisible inside words: soft hyphen, joiners, direction controls, word joiner, byte order mark.
_INVISIBLE = "\u00ad\u061c\u180e\u200c-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
_ZERO_WIDTH_SPACE = "\u200b"

_SPACED = rf"[^\W_{_HALF_WIDTH_VOICING}{_APOSTROPHE_LETTER}{_UNSPACED}]"
_WORD = rf"{_SPACED}++(?:[{MARKS}{_INVISIBLE}]++{_SPACED}++)*[{MARKS}]*+"
_CLUSTER = (
    rf"[{_UNSPACED}][{MARKS}{_HALF_WIDTH_VOICING}]*+"
    # Thai and Lao "am" is one vowel on the consonant before it, in its composed and its decomposed spelling.
    r"(?:[\u0e33\u0eb3]|(?<=\u0e4d)\u0e32|(?<=\u0ecd)\u0eb2)?"
)
_PICTURE = (
    "[\u2194-\u2199\u21a9\u21aa\u231a\u231b\u2328\u23cf\u23e9-\u23f3\u23f8-\u23fa\u25aa\u25ab\u25b6\u25c0\u25fb-\u25fe"
    "\u2600-\u27bf\u2934\u2935\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\u3297\u3299\U0001f000-\U0001f0ff\U0001f170\U0001f171"
    "\U0001f17e\U0001f17f\U0001f18e\U0001f191-\U0001f19a\U0001f200-\U0001f3fa\U0001f400-\U0001faff]"
)
_DRESS = "[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]"  # text or picture style, skin tone
_FLAG_LETTER = "[\U0001f1e6-\U0001f1ff]"
_EMOJI = rf"{_FLAG_LETTER}{_FLAG_LETTER}?+|{_PICTURE}{_DRESS}*+(?:\u200d{_PICTURE}{_DRESS}*+)*[\U000e0020-\U000e007f]*+"
_UNDRESS = re.compile(_DRESS)
_EMOJI_HERE = re.compile(_EMOJI)

# Most words are plain ASCII, also in texts that are not: the look at the next character and the short way to them
# halve the time.
_TOKEN = re.compile(rf"(?![\x00-/:-@\[-`{{-\x7f])(?:([A-Za-z0-9]++(?![^\x00-\x7f])|{_WORD})|({_CLUSTER})|({_EMOJI}))")
_ASCII_WORD = re.compile(r"[a-z0-9]+")

# A sigil counts where no letter of a spaced script touches it: `a@b.example` is an address and `C#1` no hashtag,
# but a hashtag may follow Japanese or Thai text directly. `&#39;` is an escaped apostrophe.
_NAME = rf"[\w{MARKS}]++(?:[{_INVISIBLE}]++[\w{MARKS}]++)*"
_ENDS = rf"(?![{_INVISIBLE}]*+[\w{MARKS}])"
# A dot joins a handle only before a small letter or digit: `@shop.example`, but not `@Shop.Thanks`.
_DOMAIN = r"\w++(?:-++\w++)*(?:\.[a-z0-9_]\w*+(?:-++\w++)*)+"
# A ticker symbol: one to six letters, perhaps with a class of shares (`$BRK.B`, `$BRK-B`); `$50` is money. Like any
# tag it may stand directly before a character of a script without spaces.
_CASH_ENDS = rf"(?![{_INVISIBLE}]*+(?:{_SPACED}|[_{MARKS}]))"
_CASH = rf"[A-Za-z]{{1,6}}(?:[.\-][A-Za-z]{_CASH_ENDS}|{_CASH_ENDS})"
_TAG = re.compile(
    rf"[#\uff03\ufe5f](?P<tag>{_NAME})"
    rf"|[$\uff04\ufe69](?P<cash>{_CASH})"
    # What a lookahead has captured is not given back: the domain is taken whole or not at all.
    rf"|[@\uff20\ufe6b](?P<handle>(?:(?=(?P<own>(?a:{_DOMAIN})))(?P=own){_ENDS}|{_NAME})"
    rf"(?:[@\uff20](?=(?P<host>(?a:{_DOMAIN})))(?P=host){_ENDS})?)"
)
_SIGIL = re.compile("[#\uff03\ufe5f@\uff20\ufe6b$\uff04\ufe69]")
_TOUCHING = re.compile(rf"{_SPACED}|_")
_SPACED_CHARACTER = re.compile(_SPACED)
_MARK = re.compile(f"[{MARKS}]")
_UNSEEN = re.compile(f"[{_INVISIBLE}]+")
_INVISIBLE_GAP = re.compile(f"[{_INVISIBLE}{_ZERO_WIDTH_SPACE}]+")


@dataclass(frozen=True, slots=True)
class Tag:
    """A hashtag, handle or cashtag: its key with the sigil, its offsets, and the words it covers (`first`, `width`)."""

    key: str
    start: int
    end: int
    first: int
    width: int


@dataclass(frozen=True, slots=True)
class Scan:
    """A tokenised text as parallel lists: word `i` has key `words[i]` and is `text[starts[i]:ends[i]]`.

    `glued` holds each `i` whose word directly follows word `i - 1`, both in a script without spaces. `tags` are in
    reading order. `text` is the text as it was given. Treat it as read-only.
    """

    words: list[str]
    starts: list[int]
    ends: list[int]
    glued: frozenset[int] | set[int]
    tags: list[Tag]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """One token. `fold(text[start:end]) == key`. Word tokens have width 1; the token of a tag (any of the three) comes
    before its words, shares the position of the first and has as its width how many they are. `glued`: see `Scan`.
    """

    key: str
    start: int
    end: int
    position: int
    width: int = 1
    glued: bool = False


def fold(piece: str) -> str:
    """The text of one token (word, cluster, emoji, tag with its sigil) -> its key. Idempotent; "" for nothing."""
    if not piece:
        return ""
    if _SIGIL.match(piece):
        sigil = unicodedata.normalize("NFKC", piece[0])
        return sigil + (_fold_cash(piece[1:]) if sigil == "$" else fold_tag(piece[1:]))
    return _UNDRESS.sub("", piece) if _EMOJI_HERE.match(piece) else fold_word(piece)


def spelling(piece: str) -> str:
    """The text of one word -> its spelling: case and accents kept, composed (NFC), without what nobody can see.

    Idempotent and linear; of endless marks on one letter only the first few count.
    """
    if piece.isascii() or _EMOJI_HERE.match(piece):  # joiners and styles are what an emoji is made of
        return piece
    return unicodedata.normalize("NFC", cut_marks(_UNSEEN.sub("", piece)))


def _fold_cash(symbol: str) -> str:
    return symbol.lower().replace("-", ".")


def _scan_unicode(text: str) -> tuple[list[str], list[int], list[int], set[int]]:
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    glued: set[int] = set()
    cluster_end = -1  # where the last cluster ended
    for found in _TOKEN.finditer(text):
        key = found[0]
        start, end = found.span()
        if key.isascii():  # a word of letters and digits: signs are no tokens
            key = key.lower()
        else:
            kind = found.lastindex
            key = _UNDRESS.sub("", key) if kind == 3 else fold_word(key)
            if not key:
                continue
            if kind == 2:
                if cluster_end == start or (cluster_end >= 0 and _INVISIBLE_GAP.fullmatch(text, cluster_end, start)):
                    glued.add(len(words))
                cluster_end = end
        words.append(key)
        starts.append(start)
        ends.append(end)
    return words, starts, ends, glued


def _touches_word(text: str, position: int) -> bool:
    before = position - 1
    while before >= 0 and _MARK.match(text, before):
        before -= 1
    return before >= 0 and _TOUCHING.match(text, before) is not None


def _find_tags(text: str) -> list[tuple[str, int, int]]:
    found = []
    for match in _TAG.finditer(text):
        start, end = match.span()
        hashtag = match["tag"] is not None
        if start and (_touches_word(text, start) or (hashtag and text[start - 1] == "&")):
            continue
        if hashtag:
            key = "#" + fold_tag(match["tag"])
        elif match["cash"] is not None:
            key = "$" + _fold_cash(match["cash"])
        else:
            key = "@" + fold_tag(match["handle"].replace("\uff20", "@"))
        found.append((key, start, end))
    return found


def is_inside_word(text: str, start: int, end: int) -> bool:
    """Whether letters, digits or marks of a script with spaces stand directly on both sides of text[start:end]."""
    return start > 0 and _touches_word(text, start) and _SPACED_CHARACTER.match(text, end) is not None


def scan(text: str) -> Scan:
    """Tokenise any string, in time linear in its length. Raises nothing: NUL, lone surrogates and direction
    controls only part or vanish from words."""
    tags: list[Tag] = []
    glued: set[int] | frozenset[int]
    if text.isascii():
        words, starts, ends, glued = [], [], [], frozenset()
        for found in _ASCII_WORD.finditer(text.lower()):
            words.append(found[0])
            starts.append(found.start())
            ends.append(found.end())
    else:
        words, starts, ends, glued = _scan_unicode(text)
    if _SIGIL.search(text):
        for key, start, end in _find_tags(text):
            first = bisect_left(starts, start)
            width = bisect_left(starts, end) - first
            if width:  # a sigil on nothing but underscores or marks names nothing
                tags.append(Tag(key, start, end, first, width))
    return Scan(words, starts, ends, glued, tags, text)


def vocabulary(text: str) -> set[str]:
    """The distinct keys of a text, words and tags: what `tokens` gives, as a set, and faster."""
    if text.isascii():
        found = set(_ASCII_WORD.findall(text.lower()))
    else:
        found = {
            fold_word(word or cluster) if word or cluster else _UNDRESS.sub("", emoji)
            for word, cluster, emoji in _TOKEN.findall(text)
        }
        found.discard("")
    if _SIGIL.search(text):
        found.update(key for key, _, _ in _find_tags(text) if key.strip("#@_.-"))
    return found


def tokenise(text: str) -> list[Token]:
    """Text -> tokens in reading order (a tag before its words) with offsets into the text as given."""
    scanned = scan(text)
    tags = {tag.first: tag for tag in scanned.tags}
    result: list[Token] = []
    for position, key in enumerate(scanned.words):
        tag = tags.get(position)
        if tag is not None:
            result.append(Token(tag.key, tag.start, tag.end, position, tag.width))
        result.append(
            Token(key, scanned.starts[position], scanned.ends[position], position, 1, position in scanned.glued)
        )
    return result


def tokens(text: str) -> list[str]:
    """The keys of `tokenise(text)`, without the offsets."""
    scanned = scan(text)
    if not scanned.tags:
        return scanned.words
    return [token.key for token in tokenise(text)]
