"""Finding e-mail addresses, also those written out to fool harvesters."""

from __future__ import annotations

import re
from collections.abc import Iterator

# Scripts that put blanks between words. In the others (CJK, Thai …) an address stands amid running text, so its
# neighbours must not be taken for part of it.
_LETTER = "A-Za-z0-9\u00c0-\u024f\u0370-\u03ff\u0400-\u052f\u0531-\u0587\u05d0-\u05ea\u0620-\u064a\u0900-\u0963"
_LOCAL = rf"[{_LETTER}_](?:[{_LETTER}._%+'\-]*[{_LETTER}_\-])?"
_LABEL = rf"[{_LETTER}](?:[{_LETTER}\-]*[{_LETTER}])?"
_TOP = rf"(?:xn--[A-Za-z0-9\-]+|(?:(?![0-9_])[{_LETTER}]){{2,24}})(?![{_LETTER}])"
_EMAIL = re.compile(
    rf"(?<![{_LETTER}._%+'\-@])(?:{_LOCAL}|\"[^\"\s@]{{1,64}}\")@(?:(?:{_LABEL}\.)+{_TOP}|(?:[0-9]{{1,3}}\.){{3}}[0-9]{{1,3}})"
)

_OPEN, _CLOSE = r"\s{0,2}[\[({<]\s{0,2}", r"\s{0,2}[\])}>]\s{0,2}"
_AT_WORD = r"(?:at|@|arroba|ät|kukac|malpa|собака|chiocciola|arobase)"
_DOT_WORD = r"(?:dot|\.|punkt|punto|point|ponto|kropka|точка|pont)"
_TLDS = (
    "com|org|net|info|edu|gov|biz|io|co|me|dev|app|shop|example|test|eu|de|at|ch|fr|es|it|pt|br|nl|be|uk|ie|us|ca|mx|ar"
    "|cl|au|nz|in|pk|id|my|sg|jp|kr|cn|tw|hk|tr|pl|cz|sk|hu|ro|bg|gr|ru|ua|se|no|dk|fi|il|ae|sa|eg|za|ng|ke"
)
_WRITTEN_OUT = re.compile(
    rf"(?<![{_LETTER}._%+\-@])(?:{_LOCAL}){_OPEN}{_AT_WORD}{_CLOSE}[{_LETTER}\-]+"
    rf"(?:(?:{_OPEN}{_DOT_WORD}{_CLOSE}|\s(?:dot|punkt|punto|point|ponto)\s|\.)[{_LETTER}\-]+)+"
    rf"|(?<![{_LETTER}._%+\-@])(?:{_LOCAL})(?:\sat\s|@)[{_LETTER}\-]+(?:(?:\sdot\s|\.)[{_LETTER}\-]+)*?\sdot\s(?:{_TLDS})"
    rf"(?![{_LETTER}])",
    re.IGNORECASE,
)
_WRITTEN_OUT_SIGN = re.compile(rf"[\[({{<]\s{{0,2}}{_AT_WORD}\s{{0,2}}[\])}}>]|\sdot\s", re.IGNORECASE)


def find_emails(text: str) -> Iterator[tuple[int, int]]:
    """Ranges of e-mail addresses in folded text. `jane@example.com` behind another `@` is a fediverse handle."""
    if "@" in text:
        for match in _EMAIL.finditer(text):
            yield match.span()


def may_hold_written_out(text: str) -> bool:
    """True when a bracketed "at" or a lone "dot" makes `find_written_out` worth asking."""
    return _WRITTEN_OUT_SIGN.search(text) is not None


def find_written_out(text: str) -> Iterator[tuple[int, int]]:
    """Ranges of addresses such as `jane [at] example [dot] com` or `jane at example dot com`."""
    for match in _WRITTEN_OUT.finditer(text):
        yield match.span()
