"""The parser beside a grammar of the same language for lark: the same trees, and the same queries refused."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random
from typing import Any

import pytest
from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput

from analytics.listening.fields import NUMBERS, SINGLE, TIMES, read_number, read_range, read_time, read_value
from analytics.listening.leaf import read_cased, read_phrase, read_word
from analytics.listening.query import (
    And,
    Between,
    Is,
    Near,
    Node,
    Not,
    Or,
    QueryError,
    Title,
    is_anchored,
    leaves,
    parse,
    parse_placed,
    to_text,
)

LARK = Lark((Path(__file__).parent / "grammar.lark").read_text(encoding="utf-8"), parser="lalr", keep_all_tokens=True)
SEED = 20261122
SNIPPETS = {"drinks": "tea OR coffee", "two words": "NOT spam", "facts": "lang:en"}


class _Refused(Exception):
    pass


def _symbols(tree: Tree[Token], *kinds: str) -> list[Any]:
    return [child for child in tree.children if not isinstance(child, Token) or child.type in kinds]


def _built(tree: Tree[Token], *, field: str = "", titled: bool = False) -> Node:
    """lark's tree as ours; `field` is the field in whose parentheses it stands."""
    match tree.data:
        case "start" | "group":
            return _built(_symbols(tree)[0], field=field, titled=titled)
        case "any":
            return Or(tuple(_built(child, field=field, titled=titled) for child in _symbols(tree)))
        case "all":
            children = tuple(_built(child, field=field, titled=titled) for child in _symbols(tree))
            if field in SINGLE and sum(not isinstance(child, Not) for child in children) > 1:
                raise _Refused
            return And(children)
        case "denied":
            child = _built(_symbols(tree)[0], field=field, titled=titled)
            return child.child if isinstance(child, Not) else Not(child)
        case "nearness":
            return _nearness(tree, field=field, titled=titled)
        case "words":
            return _value(field, tree.children[0], titled=titled)
        case "fact":
            told, value = tree.children
            return _fact(_name(told), value, inside=bool(field), titled=titled)
        case "facts":
            name = _name(tree.children[0])
            if name in (*TIMES, "snippet") or field or titled:
                raise _Refused
            inner = _built(_symbols(tree)[0], field="" if name == "title" else name, titled=name == "title")
            return Title(inner) if name == "title" else inner
    raise AssertionError(tree)


def _nearness(tree: Tree[Token], *, field: str, titled: bool) -> Node:
    left, operator, right = _symbols(tree, "NEAR")
    ordered, steps, flag = re.findall(r"(O?)NEAR/([0-9]+)(f?)", operator)[0]
    one, other = (_built(side, field=field, titled=titled) for side in (left, right))
    if field or not 1 <= int(steps) <= 100 or not (_is_wordy(one) and _is_wordy(other)):
        raise _Refused
    node = Near((one, other), int(steps) - 1, bool(ordered or flag) or one == other)
    if _deep(node) > 5:
        raise _Refused
    return node


def _is_wordy(node: Node) -> bool:
    if isinstance(node, Or):
        return all(map(_is_wordy, node.children))
    return not isinstance(node, (And, Not, Title, Is, Between))


def _deep(node: Node) -> int:
    if isinstance(node, (Near, Or)):
        return isinstance(node, Near) + max(map(_deep, node.children))
    return 0


def _name(token: Any) -> str:
    return str(token)[:-1].lower()


def _fact(name: str, value: Any, *, inside: bool, titled: bool) -> Node:
    if inside or (titled and name != "snippet"):
        raise _Refused
    if name == "snippet":
        if value.type == "CASED" or "~" in value:
            raise _Refused
        key = re.sub(r"\s+", " ", str(value).strip('"“”')).strip().lower()
        if key not in SNIPPETS:
            raise _Refused
        node = parse(SNIPPETS[key], anchored=False)
        if titled and any(isinstance(leaf, (Is, Between)) for leaf in leaves(node)):
            raise _Refused
        return node
    if name == "title":
        return Title(_value("", value, titled=True))
    return _value(name, value, titled=False)


def _value(field: str, token: Any, *, titled: bool) -> Node:
    text, kind = str(token), token.type
    if kind == "PHRASE":
        closing = max(text.rfind(sign) for sign in '"“”')
        inside, within = text[1:closing], int(text[closing + 2 :] or 0)
        if text[closing + 1 :] and not 1 <= within <= 100:
            raise _Refused
        if not field:
            return read_phrase(inside, 0, within=within).node
        if within:
            raise _Refused
        text = inside
    elif kind == "CASED":
        if field:
            raise _Refused
        return read_cased(text[1:-1], 0).node
    elif kind == "RANGE":
        low, high = re.split(r"\s+TO\s+", text[1:-1].strip())
        return read_range(field, low, high, 0)
    if not field:
        return read_word(text, 0, linked=not titled).node
    if field in NUMBERS:
        return read_number(field, text, 0)
    return read_time(field, text, 0) if field in TIMES else read_value(field, text, 0)


def by_lark(text: str) -> Node | None:
    """The tree that lark and the rules above make of a query; None where they refuse it."""
    try:
        return _built(LARK.parse(text))
    except (UnexpectedInput, _Refused, QueryError):
        return None


def by_parser(text: str) -> Node | None:
    """The tree that the parser makes of a query; None where it refuses it."""
    try:
        return parse(text, snippets=SNIPPETS, anchored=False)
    except QueryError:
        return None


WORDS = ("tea", "Café", "coca-cola", "東京", "#tag", "@acme", "$ACME", "👍", "caf*", "wom?n", "#ca*", "near",
         "note:this", "https://acme.example/x", "and", "a_b", "3:30")  # fmt: skip
PHRASES = ('"flat white"', "“flat white”", '"one"', '"a b"~3', '"love #tag"', '"flat whi*"', '"how are you?"')
FACTS = ("lang:en", "lang:(en OR de)", "LANG:(NOT en)", "has:(image link)", 'city:"São Paulo"', "followers:>10",
         "rating:[1 TO 3]", "engagement:<=5k", "since:2026-01-01", "until:2026-01-01T10:00Z", "site:acme.example/x",
         "type:post", "verified:true", "author:@acme", "lang：de", "snippet:drinks", 'snippet:"Two  Words"',
         "links:(a.example OR b.example)", "emotion:(joy OR (fear -anger))")  # fmt: skip
TITLES = ("title:tea", 'title:"flat white"', "title:(tea OR {Cafe})", "title:(a -b)", "title:(snippet:drinks)")
BROKEN = ("AND", "OR", "NOT", "-", "NEAR/3", "(", ")", '"', "{", "lang:", "lang: en", "title:lang:en", "lang:(en de)",
          "NEAR", "NEAR/0", "ONEAR/200", "~3", "type:none", "c*", "snippet:none", "from:acme", "title:(lang:en)", "<<<",
          "followers:[1 2]", "since:soon", "lang:{en}", '"a"~3', '"a b"~0', "lang:(en NEAR/2 de)", "|",
          "a NEAR/2 lang:en", "title:(snippet:facts)")  # fmt: skip


def _wordy(random: Random, depth: int) -> str:
    choice = random.random()
    if depth and choice < 0.2:
        return f"({_wordy(random, depth - 1)} OR {_wordy(random, depth - 1)})"
    if depth and choice < 0.3:
        return f"({_wordy(random, depth - 1)} {_nearly(random)} {_wordy(random, depth - 1)})"
    return random.choice((*WORDS, *WORDS, *PHRASES, "{Apple Pie}", "{Café}"))


def _nearly(random: Random) -> str:
    return random.choice(("NEAR/3", "ONEAR/2", "NEAR/5f", "NEAR/1", "NEAR/100"))


def _query(random: Random, depth: int = 4) -> str:
    """A query that is right, most often: by the rules of the language, with all its ways of writing."""
    choice = random.random()
    if not depth or choice < 0.3:
        return _wordy(random, 1)
    if choice < 0.4:
        return random.choice((*FACTS, *TITLES))
    if choice < 0.5:
        chain = [_wordy(random, 2)]
        for _ in range(random.randint(1, 3)):
            chain += [_nearly(random), _wordy(random, 1)]
        return " ".join(chain)
    if choice < 0.6:
        return random.choice(("NOT ", "-", "NOT NOT ", "–", "NOT -")) + _query(random, depth - 1)
    if choice < 0.72:
        return random.choice(("({})", "( {} )", "（{}）", "<<<why\n(not>>>({})")).format(_query(random, depth - 1))
    join = random.choice((" AND ", " OR ", " ", " OR ", "  \u200b", " NOT ", " <<<x>>> ", "\nAND\n"))
    return _query(random, depth - 1) + join + _query(random, depth - 1)


def _spoilt(random: Random) -> str:
    """A query with something in it that most often does not belong there."""
    pieces = re.findall(r"\s+|[()]|[^\s()]+", _query(random))
    for _ in range(random.randint(1, 2)):
        at = random.randrange(len(pieces) + 1)
        match random.randrange(3):
            case 0:
                pieces.insert(at, random.choice(BROKEN))
            case 1:
                pieces[at : at + 1] = []
            case _:
                pieces.insert(at, f" {random.choice(BROKEN)} ")
    return "".join(pieces)


@pytest.mark.parametrize("part", range(8))
def test_the_parser_and_the_grammar_agree(part: int) -> None:
    random = Random(SEED + part)
    counts = {"read": 0, "refused": 0}
    for number in range(1_000):
        text = _query(random) if number % 2 else _spoilt(random)
        node = by_parser(text)
        assert node == by_lark(text), text
        counts["refused" if node is None else "read"] += 1
        if node is not None:
            assert parse(to_text(node), anchored=False) == node, text
            assert len(parse_placed(text, snippets=SNIPPETS, anchored=False)[1]) == len(list(leaves(node))), text
            try:
                parse(text, snippets=SNIPPETS)
            except QueryError:
                assert not is_anchored(node), text
            else:
                assert is_anchored(node), text
    assert min(counts.values()) > 200
