"""One test per operator and field: the tables of docs/query-language.md, row by row."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest

from analytics.listening.addresses import site_keys
from analytics.listening.facts import NOTHING, Facts, Readable
from analytics.listening.fields import CHOICES, FIELDS, FOREIGN, fold_value
from analytics.listening.matcher import Matcher
from analytics.listening.query import Node, QueryError, parse, to_text
from analytics.listening.tree import And, Near, Not, Or, Title
from tests.listening.naive import answer

_PAGE = (Path(__file__).resolve().parents[2] / "docs" / "query-language.md").read_text(encoding="utf-8")
_CODE = re.compile(r"`([^`]+)`")
_FACTS = re.compile(r"\s*\[([^\]]*)\]\s*\Z")
_KINDS = {
    "Term", "Phrase", "Prefix", "Pattern", "Hashtag", "Handle", "Cashtag", "Cased", "Near", "Title", "Is", "And", "Or",
    "Not", "Between",
}  # fmt: skip


def _rows(section: str, columns: int) -> list[list[str]]:
    """The cells of the first table of a section, without its head."""
    part = _PAGE.split(f"\n## {section}\n", 1)[1].split("\n## ", 1)[0]
    rows = [[cell.strip() for cell in line[1:-1].split("|")] for line in part.splitlines() if line.startswith("|")]
    first = (
        next(number for number, row in enumerate(rows) if len(row) != columns or not row[0])
        if any(len(row) != columns for row in rows)
        else len(rows)
    )
    return rows[2:first]


OPERATORS = _rows("Operators", 4)
FIELD_ROWS = _rows("Fields", 5)


def _post(written: str) -> Readable:
    """A post as the tables write it."""
    told = _FACTS.search(written)
    text = written[: told.start()] if told else written
    title, broken, rest = text.partition(" ⏎ ")
    facts = _facts(dict(pair.partition("=")[::2] for pair in told[1].split("; "))) if told else NOTHING
    return Readable(f"{title}\n{rest}" if broken else text, len(title) if broken else 0, facts)


def _facts(told: dict[str, str]) -> Facts:
    language, emotions, verified = told.get("lang"), told.get("emotion"), told.get("verified")
    return Facts(
        source=told.get("source", ""),
        kind=told.get("type", ""),
        authors=frozenset(told.get("author", "").split()),
        addressed=frozenset(told.get("addressed", "").split()),
        sites=site_keys(told.get("site", "")),
        links=site_keys(told.get("links", "")),
        country=fold_value(told.get("country", "")),
        region=fold_value(told.get("region", "")),
        city=fold_value(told.get("city", "")),
        verified=None if verified is None else verified == "true",
        has=frozenset(told.get("has", "").split()),
        followers=_number(told, "followers"),
        rating=_number(told, "rating"),
        engagement=_number(told, "engagement"),
        posted=datetime.fromisoformat(told["posted"]).timestamp() if "posted" in told else None,
        language=None if language is None else lambda: language,
        sentiment=told.get("sentiment"),
        emotions=None if emotions is None else frozenset(emotions.split()),
    )


def _number(told: dict[str, str], name: str) -> float | None:
    return float(told[name]) if name in told else None


def _answers(query: str, cell: str) -> list[str]:
    """What the matcher and the naive evaluator say of each post of a cell; they have to say the same."""
    node = parse(query)
    answers = []
    for written in _CODE.findall(cell):
        post = _post(written)
        found = Matcher([("q", node)]).pairs([post])[0]
        answers.append("pending" if found and found[0][1] else "yes" if found else "no")
        assert answers[-1] == answer(node, post), written
    return answers


@pytest.mark.parametrize("row", OPERATORS, ids=lambda row: row[0])
def test_an_operator_finds_what_the_guide_says(row: list[str]) -> None:
    _, query, finds, misses = row
    (text,) = _CODE.findall(query)
    assert set(_answers(text, finds)) == {"yes"}
    assert set(_answers(text, misses)) == {"no"}


@pytest.mark.parametrize("row", FIELD_ROWS, ids=lambda row: row[1])
def test_a_field_finds_what_the_guide_says(row: list[str]) -> None:
    field, query, finds, misses, waits = row
    (text,) = _CODE.findall(query)
    assert _CODE.findall(field)[0] in text
    assert set(_answers(text, finds)) == {"yes"}
    assert set(_answers(text, misses)) == {"no"}
    assert set(_answers(text, waits)) <= {"pending"}


def _kinds(node: Node) -> set[str]:
    children = (
        node.children if isinstance(node, (And, Or, Near)) else (node.child,) if isinstance(node, (Not, Title)) else ()
    )
    return {type(node).__name__}.union(*map(_kinds, children))


def test_the_guide_shows_everything() -> None:
    queries = [_CODE.findall(row[1])[0] for row in (*OPERATORS, *FIELD_ROWS)]
    assert set[str]().union(*(_kinds(parse(query)) for query in queries)) == _KINDS
    assert {_CODE.findall(row[0])[0].rstrip(":") for row in FIELD_ROWS} == FIELDS - {"snippet"}
    assert all(parse(to_text(parse(query))) == parse(query) for query in queries)
    table = _PAGE.split("| field | values |", 1)[1].split("\n\n", 1)[0]
    assert {name.rstrip(":") for name in _CODE.findall(table) if name.endswith(":")} == FIELDS
    for field, choices in CHOICES.items():
        line = next(line for line in table.splitlines() if f"`{field}:`" in line)
        assert _CODE.findall(line)[1:] == list(choices)


@pytest.mark.parametrize("name", sorted(FOREIGN))
def test_a_field_of_another_tool_is_refused_with_what_to_write_instead(name: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(f"tea {name}:acme")
    assert caught.value.position == 4
    assert FOREIGN[name] in caught.value.suggestion
    assert parse(f'tea "{name}:acme"')


@pytest.mark.parametrize("field", sorted(FIELDS - {"title"}))
def test_a_field_refuses_nonsense_and_says_what_to_write(field: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(f'tea {field}:"; drop secretword"') if field not in ("city", "region") else parse(f'tea {field}:"!?"')
    error = caught.value
    assert error.suggestion
    assert "secretword" not in f"{error}{error.expected}{error.suggestion}"
