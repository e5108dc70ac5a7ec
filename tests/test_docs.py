"""The documentation keeps up with the code: dependencies, licences, settings, links and commands."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")])
DEPENDENCIES = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
# Allowed and named: they are used unchanged and can be replaced.
LGPL = {"dramatiq", "psycopg", "psycopg-binary", "psycopg-pool"}
# The extras that tests do without, and so the packages whose metadata may be missing.
NOT_INSTALLED = {"torch", "onnx", "onnxruntime"}

_FAMILIES = {
    "LGPL": r"LGPL|Lesser General Public",
    "AGPL": r"AGPL|Affero",
    "GPL": r"(?<![AL])GPL|(?<!Lesser )(?<!Affero )General Public License",
    "MIT": r"\bMIT\b",
    "BSD": r"\b0?BSD\b",
    "Apache": r"Apache",
    "MPL": r"\bMPL\b|Mozilla Public",
    "PSF": r"\bPSF\b|Python Software Foundation|CNRI-Python",
}


def families(licence: str) -> set[str]:
    return {name for name, pattern in _FAMILIES.items() if re.search(pattern, licence)}


def copyleft(licence: str) -> bool:
    """Whether a licence binds like the GPL in every one of its alternatives. The GCC runtime exception undoes that."""
    unbound = re.sub(r"GPL-[\d.]+\S* WITH GCC-exception-[\d.]+", "", licence)
    return all({"GPL", "AGPL"} & families(choice) for choice in re.split(r"\bOR\b", unbound))


def licence_of(name: str) -> str:
    """What a package's metadata say: the licence expression, else classifiers and the first line of the field."""
    found = metadata.metadata(name)
    if expression := found.get("License-Expression"):
        return expression
    classifiers = [text.split("::")[-1].strip() for text in found.get_all("Classifier") or [] if "License ::" in text]
    return ", ".join(classifiers) or (found.get("License") or "").partition("\n")[0]


@cache
def project() -> dict[str, list[Requirement]]:
    """The direct requirements: `runtime`, `dev`, and one entry per extra."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    named = {
        "runtime": settings["project"]["dependencies"],
        "dev": settings["dependency-groups"]["dev"],
        **settings["project"]["optional-dependencies"],
    }
    return {group: [Requirement(text) for text in texts] for group, texts in named.items()}


def closure(requirements: Iterable[Requirement]) -> set[str]:
    """All that these requirements bring along on this machine, themselves included."""
    extras: dict[str, set[str]] = {}
    pending = list(requirements)
    while pending:
        requirement = pending.pop()
        name = canonicalize_name(requirement.name)
        wanted = {"", *requirement.extras}
        if wanted <= extras.get(name, set()):
            continue
        extras[name] = extras.get(name, set()) | wanted
        for text in metadata.requires(name) or []:
            inner = Requirement(text)
            if inner.marker is None or any(inner.marker.evaluate({"extra": extra}) for extra in extras[name]):
                pending.append(inner)
    return set(extras)


def rows() -> dict[str, str]:
    """The licence that docs/dependencies.md gives each package."""
    found = {}
    for line in DEPENDENCIES.splitlines():
        if match := re.match(r"\| `([\w.-]+)(?:\[[^\]]*\])?`[^|]*\|([^|]+)\|([^|]+)\|$", line):
            assert match[2].strip(), f"{match[1]} has no reason"
            found.setdefault(canonicalize_name(match[1]), match[3].strip())
    return found


def test_every_direct_dependency_is_explained_and_nothing_else() -> None:
    named = {canonicalize_name(requirement.name) for group in project().values() for requirement in group}
    assert set(rows()) == named


def test_licences_are_those_of_the_metadata() -> None:
    wrong = {
        name: (written, licence_of(name))
        for name, written in rows().items()
        if name not in NOT_INSTALLED
        and not (
            families(written) & families(licence_of(name))
            and families(written) & {"LGPL", "GPL", "AGPL"} == families(licence_of(name)) & {"LGPL", "GPL", "AGPL"}
        )
    }
    assert wrong == {}


def test_no_runtime_package_is_under_the_gpl() -> None:
    direct = [*project()["runtime"], *project()["rabbitmq"]]
    everything = closure(direct)
    assert len(everything) > len(direct)
    assert {name: licence_of(name) for name in everything if copyleft(licence_of(name))} == {}
    assert {name for name in everything if "LGPL" in families(licence_of(name))} == LGPL
    assert {name for name in LGPL if f"`{name}`" not in DEPENDENCIES} == set()
    assert {name for name in everything if not licence_of(name)} == set()


@pytest.mark.parametrize(
    ("licence", "bound"),
    [
        ("GPL-3.0-or-later", True),
        ("GNU General Public License v2 (GPLv2)", True),
        ("AGPL-3.0-only", True),
        ("GNU Affero General Public License v3", True),
        ("MIT AND GPL-2.0-only", True),
        ("MIT OR GPL-2.0-only", False),
        ("LGPL-3.0-only", False),
        ("GNU Lesser General Public License v3 or later (LGPLv3+)", False),
        ("BSD-3-Clause AND GPL-3.0-or-later WITH GCC-exception-3.1", False),
        ("Apache-2.0", False),
    ],
)
def test_the_gpl_is_told_from_what_only_sounds_like_it(licence: str, bound: bool) -> None:
    assert copyleft(licence) is bound


# --- settings ---


def readers() -> Iterator[tuple[str, str, ast.expr | None]]:
    """Each variable read in platform/config: the reader, the variable's name and the default, where it is written."""
    for path in sorted((ROOT / "platform" / "config").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
                continue
            owner, name = node.func.value, node.args[0]
            if not (isinstance(owner, ast.Name) and owner.id in {"env", "secrets"}):
                continue
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                yield node.func.attr, name.value, node.args[1] if len(node.args) > 1 else None


def documented() -> dict[str, str]:
    """The rows of the table of variables, by name."""
    return dict(re.findall(r"^\| `([A-Z_]+)`(.*)$", OPERATIONS, flags=re.MULTILINE))


def test_every_variable_is_documented_and_no_other() -> None:
    assert {name for _, name, _ in readers()} == set(documented())


def test_secrets_are_marked_and_defaults_are_right() -> None:
    table = documented()
    secret = {name for reader, name, _ in readers() if reader in {"secret", "read_or_make"}}
    assert secret == {name for name, row in table.items() if "*(secret)*" in row}
    plain = {
        name: str(default.value)
        for reader, name, default in readers()
        if reader in {"text", "integer"} and isinstance(default, ast.Constant)
    }
    assert {name: value for name, value in plain.items() if f"`{value}`" not in table[name].split("|")[1]} == {}
    assert len(plain) > 4


def test_variables_named_anywhere_in_the_docs_exist() -> None:
    known = {name for _, name, _ in readers()}
    known |= {f"{name}_FILE" for reader, name, _ in readers() if reader in {"secret", "read_or_make"}}
    named = {
        (page.name, name) for page in PAGES for name in re.findall(r"\bEARSHOT_[A-Z_]*[A-Z]", page.read_text("utf-8"))
    }
    assert {(page, name) for page, name in named if name not in known} == set()


# --- links and commands ---


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(page: Path) -> list[str]:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`", "", text)) + re.findall(r'(?:src|href)="([^"]+)"', text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_and_images_lead_somewhere(page: Path) -> None:
    broken = []
    for link in links(page):
        if re.match(r"[a-z]+:", link):
            continue
        place, _, anchor = link.partition("#")
        target = (page.parent / place).resolve() if place else page
        if not (target.is_relative_to(ROOT) and target.exists()) or (
            anchor and target.suffix == ".md" and anchor not in anchors(target)
        ):
            broken.append(link)
    assert broken == []


def test_the_readme_shows_the_pictures() -> None:
    shown = set(links(ROOT / "README.md"))
    assert {"docs/images/journey.svg", "docs/images/report.png"} <= shown
    assert all((ROOT / name).stat().st_size <= 300_000 for name in shown if name.startswith("docs/images/"))


def test_every_make_target_that_is_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, flags=re.MULTILINE))
    named = {
        target
        for page in PAGES
        for code in re.findall(r"```.*?```|`[^`\n]+`", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        for target in re.findall(r"\bmake ([a-z]+)\b", code)
    }
    assert {"demo", "test"} <= named <= targets


def test_every_file_that_is_named_exists() -> None:
    roots = r"(?:platform|tenants|analytics|api|tests|docs)/"
    named = {
        (page.name, name)
        for page in PAGES
        for name in re.findall(rf"`({roots}[\w./-]+)`", page.read_text(encoding="utf-8"))
    }
    assert {(page, name) for page, name in named if not (ROOT / name).exists()} == set()
