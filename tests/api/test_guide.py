"""docs/api.md names routes, codes and headers that there are."""

from __future__ import annotations

import re
from pathlib import Path

from api.schema import PROBLEMS
from tests.api.table import ROWS

GUIDE = (Path(__file__).parents[2] / "docs" / "api.md").read_text()


def test_every_address_of_the_worked_example_is_a_route() -> None:
    example = GUIDE.split("<!-- worked example -->")[1]
    named = re.findall(r"\$(API|place)((?:/(?:[a-z_]+|\$\w+|\$\([^)]*\)))+)", example)
    start = {"API": "", "place": "/clients/x"}
    addresses = {start[base] + re.sub(r"\$\([^)]*\)|\$\w+", "x", path) for base, path in named}
    routes = [re.sub("<str:.*?>", "[^/]+", f"/{row.path}") for row in ROWS]

    assert len(addresses) > 8
    assert [each for each in addresses if not any(re.fullmatch(route, each) for route in routes)] == []


def test_every_status_of_a_problem_is_explained() -> None:
    table = GUIDE.split("## Errors")[1].split("## Lists")[0]

    for status, (code, _, _) in PROBLEMS.items():
        assert str(status) in table
        assert f"`{code}`" in table
