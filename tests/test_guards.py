"""What keeps the house standing: floors, pure modules, the name `platform`, small files, and a wheel that works."""

from __future__ import annotations

import ast
import importlib.util
import os
import platform
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = (
    "sources",
    "listening",
    "mentions",
    "language",
    "privacy",
    "influence",
    "insights",
    "foresight",
    "topics",
    "reports",
    "journey",
)
MOST_LINES = 400
FRAMEWORK = {"django", "django_tenants", "rest_framework", "drf_spectacular"}
# Files, and folders whose every module is meant. A file that moves must move here too.
PURE = (
    "platform/kernel/addresses.py",
    "platform/kernel/clock.py",
    "platform/kernel/crypto.py",
    "platform/kernel/embedded",
    "platform/kernel/errors.py",
    "platform/kernel/http.py",
    "platform/kernel/logs.py",
    "platform/kernel/zones.py",
    "tenants/access.py",
    "tenants/archive/container.py",
    "tenants/archive/keys.py",
    "tenants/archive/manifest.py",
    "tenants/archive/names.py",
    "tenants/archive/refusal.py",
    "tenants/archive/sealed.py",
    "tenants/keys.py",
    "tenants/scopes.py",
    "tenants/hostnames.py",
    "tenants/people/problems.py",
    "tenants/people/rules.py",
    "tenants/portfolio/contracts.py",
    "tenants/portfolio/typical.py",
    "analytics/sources/contracts.py",
    "analytics/sources/corpus",
    "analytics/sources/extraction.py",
    "analytics/sources/feeds.py",
    "analytics/sources/files",
    "analytics/sources/problems.py",
    "analytics/listening/addresses.py",
    "analytics/listening/anchors.py",
    "analytics/listening/canonical.py",
    "analytics/listening/catalogue/trees.py",
    "analytics/listening/dialects",
    "analytics/listening/cutting.py",
    "analytics/listening/document.py",
    "analytics/listening/engine",
    "analytics/listening/estimate.py",
    "analytics/listening/explain.py",
    "analytics/listening/facts.py",
    "analytics/listening/fields.py",
    "analytics/listening/folding.py",
    "analytics/listening/frequent.py",
    "analytics/listening/groups.py",
    "analytics/listening/guard.py",
    "analytics/listening/implied.py",
    "analytics/listening/leaf.py",
    "analytics/listening/lexer.py",
    "analytics/listening/matcher.py",
    "analytics/listening/near.py",
    "analytics/listening/parser.py",
    "analytics/listening/parts.py",
    "analytics/listening/placed.py",
    "analytics/listening/query.py",
    "analytics/listening/residual.py",
    "analytics/listening/samples/contracts.py",
    "analytics/listening/snippets.py",
    "analytics/listening/text.py",
    "analytics/listening/tree.py",
    "analytics/listening/wildcard.py",
    "analytics/listening/words.py",
    "analytics/journey/hits.py",
    "analytics/journey/stages.py",
    "analytics/journey/streams/parcels.py",
    "analytics/mentions/bounds.py",
    "analytics/mentions/contracts.py",
    "analytics/mentions/copytext.py",
    "analytics/mentions/duplicates.py",
    "analytics/mentions/noise",
    "analytics/mentions/search.py",
    "analytics/language/cards",
    "analytics/language/aspects/clauses.py",
    "analytics/language/aspects/contracts.py",
    "analytics/language/aspects/finding.py",
    "analytics/language/aspects/judging.py",
    "analytics/language/aspects/ontology.py",
    "analytics/language/aspects/scoring.py",
    "analytics/language/aspects/wording.py",
    "analytics/language/compact",
    "analytics/language/contracts.py",
    "analytics/language/corrections/accuracy.py",
    "analytics/language/corrections/agreement.py",
    "analytics/language/corrections/rows.py",
    "analytics/language/tables.py",
    "analytics/language/tuning/contracts.py",
    "analytics/language/tuning/fitting.py",
    "analytics/language/tuning/lexicon.py",
    "analytics/language/tuning/recent.py",
    "analytics/language/tuning/wordfile.py",
    "analytics/language/engines.py",
    "analytics/language/evaluate.py",
    "analytics/language/fairness",
    "analytics/language/examination",
    "analytics/language/identification",
    "analytics/language/intents",
    "analytics/language/langid.py",
    "analytics/language/transformer",
    "analytics/language/vision/contracts.py",
    "analytics/language/vision/images.py",
    "analytics/language/vision/transformer.py",
    "analytics/privacy/bare_names.py",
    "analytics/privacy/checksums.py",
    "analytics/privacy/contracts.py",
    "analytics/privacy/emails.py",
    "analytics/privacy/folding.py",
    "analytics/privacy/handles.py",
    "analytics/privacy/numbers.py",
    "analytics/privacy/phones.py",
    "analytics/privacy/protect.py",
    "analytics/privacy/pseudonym.py",
    "analytics/privacy/redact.py",
    "analytics/insights/context/contracts.py",
    "analytics/insights/context/recurring.py",
    "analytics/insights/contracts.py",
    "analytics/insights/measures.py",
    "analytics/insights/sentiment_alarm.py",
    "analytics/insights/volume_alarm.py",
    "analytics/insights/weighting",
    "analytics/influence/graph.py",
    "analytics/foresight/forecast",
    "analytics/topics/discovery",
    "analytics/topics/trends.py",
    "analytics/reports/charts.py",
    "analytics/reports/content.py",
    "analytics/reports/glyphs.py",
    "analytics/reports/locale.py",
    "analytics/reports/logo.py",
    "analytics/reports/palette.py",
    "analytics/reports/printable.py",
    "analytics/reports/render.py",
    "analytics/reports/svg_labels.py",
    "analytics/reports/view.py",
    "api/demo/brands.py",
    "api/exports/bundle.py",
    "api/exports/sheet.py",
)


def our_python() -> list[Path]:
    folders = ("platform", "tenants", "analytics", "api", "tests")
    return [ROOT / "manage.py", *(path for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))]


def pure_files() -> list[Path]:
    files: list[Path] = []
    for name in PURE:
        found = ROOT / name
        inside = sorted(found.rglob("*.py")) if found.is_dir() else [found]
        assert inside, f"{name} holds no module any more"
        files += inside
    return files


def imported(path: Path) -> Iterator[str]:
    """The names that a file imports anywhere in it, inside functions too, but not for type checkers only."""
    pending: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            pending += node.orelse
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        pending += ast.iter_child_nodes(node)


def python(
    *arguments: str, cwd: Path = ROOT, path: tuple[Path, ...] = (), home: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run Python with nothing of this process's but PATH; `path` becomes PYTHONPATH, `home` Earshot's home."""
    environment = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    if path:
        environment["PYTHONPATH"] = os.pathsep.join(map(str, path))
    if home is not None:
        environment["EARSHOT_HOME"] = str(home)
    return subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


def outcome(done: subprocess.CompletedProcess[str]) -> str:
    """What it printed; fails the test where it failed."""
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout.strip()


# --- the name `platform` belongs to the standard library ---


def test_platform_is_a_source_root_and_no_package() -> None:
    entries = [entry for entry in (ROOT / "platform").iterdir() if entry.name != "__pycache__"]
    assert [entry.name for entry in entries if not entry.is_dir()] == []
    assert {entry.name for entry in entries} == {"config", "kernel"}


def test_no_tests_live_below_platform() -> None:
    found = [
        path.relative_to(ROOT)
        for path in (ROOT / "platform").rglob("*")
        if path.name.startswith("test_") or path.name in {"tests", "conftest.py"}
    ]
    assert found == []


def test_the_standard_librarys_platform_is_found_in_this_process() -> None:
    assert platform.python_version() == ".".join(map(str, sys.version_info[:3]))
    assert Path(platform.__file__).parent == Path(os.__file__).parent


@pytest.mark.parametrize("path", [(), (ROOT, ROOT / "platform")], ids=["bare", "with our source roots"])
def test_the_standard_librarys_platform_is_found_in_the_root(path: tuple[Path, ...]) -> None:
    done = python("-c", "import platform; print(platform.python_version())", path=path)
    assert outcome(done) == platform.python_version()


def test_the_standard_librarys_platform_is_found_by_manage_py(tmp_path: Path) -> None:
    code = "import platform, config.settings; print(platform.python_version(), platform.__file__)"
    done = python("manage.py", "shell", "--no-imports", "-c", code, home=tmp_path)
    assert outcome(done) == f"{platform.python_version()} {platform.__file__}"


def test_nobody_imports_through_the_folders_name() -> None:
    wrong = [
        (path.relative_to(ROOT), name)
        for path in our_python()
        for name in imported(path)
        if name.startswith("platform.") and name.split(".")[1] in {"config", "kernel"}
    ]
    assert wrong == []


# --- floors and pure modules ---


def contract() -> list[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    return [name.strip() for layer in layers for name in layer.split("|")]


def test_lower_floors_never_import_higher_ones() -> None:
    linter = str(Path(sys.executable).with_name("lint-imports"))
    done = python(linter, "--no-cache", "--no-logo", path=(ROOT, ROOT / "platform"))
    assert "1 kept, 0 broken" in outcome(done)


def test_every_room_stands_on_a_floor_and_has_tests() -> None:
    rooms = {path.parent.name for path in (ROOT / "analytics").glob("*/apps.py")}
    assert rooms == set(ROOMS)
    assert {f"analytics.{room}" for room in ROOMS} | {"config", "api", "tenants", "kernel"} == set(contract())
    untested = [
        room for room in (*ROOMS, "kernel", "tenants", "api") if not any((ROOT / "tests" / room).glob("test_*.py"))
    ]
    assert untested == []


def test_pure_modules_do_not_name_the_framework() -> None:
    wrong = [
        (path.relative_to(ROOT), name)
        for path in pure_files()
        for name in imported(path)
        if name.split(".")[0] in FRAMEWORK
    ]
    assert wrong == []


def test_pure_modules_do_not_bring_the_framework_in() -> None:
    modules = []
    for path in pure_files():
        parts = path.relative_to(ROOT).with_suffix("").parts
        if parts[-1] != "__main__":
            modules.append(".".join(part for part in parts if part not in {"platform", "__init__"}))
    code = (
        "import importlib, sys\n"
        f"for name in {modules!r}:\n"
        "    importlib.import_module(name)\n"
        f"    assert not {FRAMEWORK!r} & sys.modules.keys(), name\n"
        "print('pure')"
    )
    assert outcome(python("-c", code, path=(ROOT, ROOT / "platform"))) == "pure"


def test_files_stay_small() -> None:
    lengths = {path.relative_to(ROOT): len(path.read_text(encoding="utf-8").splitlines()) for path in our_python()}
    assert {str(path): length for path, length in lengths.items() if length > MOST_LINES} == {}


# --- the wheel ---

SHIPPED = (
    "analytics/language/compact/weights.npz",
    "analytics/language/compact/card.json",
    "analytics/reports/catalogue.json",
    "analytics/reports/templates/main.typ",
    "analytics/reports/templates/theme.typ",
    "analytics/reports/fonts/NotoSans-Regular.ttf",
    "analytics/reports/fonts/NotoSansCJKjp-Regular.otf",
    "analytics/reports/fonts/OFL.txt",
    "analytics/sources/corpus/phrases/coffee.en.txt",
    "analytics/sources/corpus/phrases/climb.pt.txt",
)
IN_THE_WHEEL = """
import sys
wheel, packages = sys.argv[1:]
sys.path.insert(0, wheel)
sys.path.append(packages)
import platform
import config, kernel, tenants, analytics, api
for package in (config, kernel, tenants, analytics, api):
    assert package.__file__.startswith(wheel), package.__name__
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django
django.setup()
from analytics.language.compact import CompactEngine
from analytics.reports.glyphs import FONT_FOLDER
from analytics.sources.corpus import corpus
(reading,) = CompactEngine().read(["What a wonderful, friendly little bakery, I love it!"])
assert reading.sentiment == "positive", reading
assert str(FONT_FOLDER).startswith(wheel) and len(list(FONT_FOLDER.glob("*.[ot]tf"))) > 20
assert len(corpus(posts=50, days=10).posts) > 20
print(platform.python_version())
"""


@pytest.mark.slow
def test_the_wheel_builds_and_works_where_there_is_nothing_else_of_ours(tmp_path: Path) -> None:
    # The build backend comes from the network, as in any `pip wheel`, unless it is installed here.
    offline = ["--no-build-isolation"] if importlib.util.find_spec("hatchling") else []
    wheels = str(tmp_path / "wheels")
    outcome(python("-m", "pip", "wheel", "--quiet", "--no-deps", *offline, "--wheel-dir", wheels, str(ROOT)))
    (wheel,) = (tmp_path / "wheels").glob("earshot-*.whl")
    unpacked = tmp_path / "unpacked"
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        archive.extractall(unpacked)
    assert set(SHIPPED) - names == set()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {
        "config", "kernel", "tenants", "analytics", "api"
    }  # fmt: skip
    # Every module and template of the tree is in, so that a new kind of file is not forgotten.
    here = {str(path.relative_to(ROOT)).removeprefix("platform/") for path in our_python()} - {"manage.py"}
    assert {name for name in here if not name.startswith("tests/")} - names == set()
    # -S: without site's .pth files, which lead an editable install back into this checkout.
    packages = sysconfig.get_path("purelib")
    done = python("-I", "-S", "-c", IN_THE_WHEEL, str(unpacked), packages, cwd=tmp_path, home=tmp_path / "home")
    assert outcome(done) == platform.python_version()
