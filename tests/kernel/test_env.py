"""The environment's typed readers, and the secrets: where they come from, how they are kept, what errors may say."""

from __future__ import annotations

import base64
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env
from config.secrets import read_or_make

NAME = "EARSHOT_SOMETHING"
SECRET = "hunter2-and-more"


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (NAME, f"{NAME}_FILE"):
        monkeypatch.delenv(name, raising=False)


class TestReaders:
    def test_what_is_not_set_is_the_default(self, tmp_path: Path) -> None:
        assert env.text(NAME) == ""
        assert env.text(NAME, "x") == "x"
        assert env.flag(NAME) is False
        assert env.flag(NAME, True) is True
        assert env.integer(NAME, 7) == 7
        assert env.words(NAME, ("a", "b")) == ["a", "b"]
        assert env.folder(NAME, tmp_path) == tmp_path
        assert env.secret(NAME) is None

    @pytest.mark.parametrize(
        ("written", "meant"),
        [
            ("1", True),
            ("TRUE", True),
            (" yes ", True),
            ("On", True),
            ("0", False),
            ("no", False),
            ("OFF", False),
            ("", False),
        ],
    )
    def test_flags(self, monkeypatch: pytest.MonkeyPatch, written: str, meant: bool) -> None:
        monkeypatch.setenv(NAME, written)
        assert env.flag(NAME, not meant) is meant

    @pytest.mark.parametrize("written", ["2", "yess", "nope", "-"])
    def test_a_flag_that_is_none_is_refused(self, monkeypatch: pytest.MonkeyPatch, written: str) -> None:
        monkeypatch.setenv(NAME, written)
        with pytest.raises(ImproperlyConfigured, match=NAME):
            env.flag(NAME)

    @pytest.mark.parametrize(("written", "meant"), [("5", 5), (" 5 ", 5), ("0", 0), ("10", 10)])
    def test_whole_numbers_within_bounds(self, monkeypatch: pytest.MonkeyPatch, written: str, meant: int) -> None:
        monkeypatch.setenv(NAME, written)
        assert env.integer(NAME, 1, low=0, high=10) == meant

    @pytest.mark.parametrize("written", ["", "x", "1.5", "1e3", "-1", "11", "0x5", "9" * 5_000])
    def test_numbers_that_are_none_or_out_of_bounds(self, monkeypatch: pytest.MonkeyPatch, written: str) -> None:
        monkeypatch.setenv(NAME, written)
        with pytest.raises(ImproperlyConfigured, match=NAME):
            env.integer(NAME, 1, low=0, high=10)

    @pytest.mark.parametrize(("written", "meant"), [("", []), (",", []), ("a", ["a"]), (" a , b,,c ", ["a", "b", "c"])])
    def test_lists(self, monkeypatch: pytest.MonkeyPatch, written: str, meant: list[str]) -> None:
        monkeypatch.setenv(NAME, written)
        assert env.words(NAME, ("default",)) == meant

    def test_a_folder_is_absolute_and_not_made(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv(NAME, "some/where")
        assert env.folder(NAME, Path("/")) == tmp_path / "some" / "where"
        assert not (tmp_path / "some").exists()
        monkeypatch.setenv(NAME, "~/there")
        assert env.folder(NAME, Path("/")).is_absolute()


class TestSecretReader:
    def test_from_the_variable_or_from_a_file(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv(NAME, SECRET)
        assert env.secret(NAME) == SECRET
        monkeypatch.delenv(NAME)
        (tmp_path / "secret").write_text(f"  {SECRET}\n")
        monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path / "secret"))
        assert env.secret(NAME) == SECRET

    def test_both_is_an_error_that_names_neither_value(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        (tmp_path / "secret").write_text("another")
        monkeypatch.setenv(NAME, SECRET)
        monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path / "secret"))
        with pytest.raises(ImproperlyConfigured) as problem:
            env.secret(NAME)
        assert SECRET not in str(problem.value)
        assert "another" not in str(problem.value)

    def test_a_file_that_is_missing_is_an_error(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path / "missing"))
        with pytest.raises(ImproperlyConfigured, match="cannot be read"):
            env.secret(NAME)
        monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path))
        with pytest.raises(ImproperlyConfigured, match="cannot be read"):
            env.secret(NAME)

    def test_a_file_that_holds_no_text_is_an_error_that_repeats_none_of_it(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "secret").write_bytes(b"\xff\xfe" + SECRET.encode())
        monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path / "secret"))
        with pytest.raises(ImproperlyConfigured, match="cannot be read") as problem:
            env.secret(NAME)
        assert SECRET not in str(problem.value)
        assert problem.value.__suppress_context__

    def test_an_empty_file_is_no_secret(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        (tmp_path / "secret").write_text("\n")
        monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path / "secret"))
        assert not env.secret(NAME)


class TestReadOrMake:
    def test_one_that_is_set_wins_and_nothing_is_written(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv(NAME, SECRET)
        assert read_or_make(NAME, home=tmp_path, production=False) == SECRET
        assert read_or_make(NAME, home=tmp_path, production=True) == SECRET
        assert list(tmp_path.iterdir()) == []

    def test_production_refuses_to_make_one(self, tmp_path: Path) -> None:
        with pytest.raises(ImproperlyConfigured, match=NAME):
            read_or_make(NAME, home=tmp_path, production=True)
        assert list(tmp_path.iterdir()) == []

    def test_production_refuses_an_empty_file(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        (tmp_path / "secret").write_text("\n")
        monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path / "secret"))
        with pytest.raises(ImproperlyConfigured, match=NAME):
            read_or_make(NAME, home=tmp_path / "home", production=True)

    def test_elsewhere_one_is_made_for_our_eyes_only_and_kept(self, tmp_path: Path) -> None:
        loose = os.umask(0)
        try:
            made = read_or_make(NAME, home=tmp_path, production=False)
        finally:
            os.umask(loose)
        assert len(base64.urlsafe_b64decode(made)) == 32
        path = tmp_path / "secrets" / NAME.lower()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert read_or_make(NAME, home=tmp_path, production=False) == made
        assert read_or_make("EARSHOT_ANOTHER", home=tmp_path, production=False) != made


def test_a_wrong_setting_stops_the_start_with_its_name(manage: Any) -> None:
    code, said = manage({"EARSHOT_RATE_LIMIT": "many"})
    assert code != 0
    assert "EARSHOT_RATE_LIMIT must be a whole number." in said


def test_production_does_not_start_without_secrets_and_does_with_them(manage: Any) -> None:
    code, said = manage({"EARSHOT_ENV": "production"})
    assert code != 0
    assert "EARSHOT_SECRET_KEY" in said
    key = base64.urlsafe_b64encode(b"k" * 32).decode()
    code, said = manage({"EARSHOT_ENV": "production", "EARSHOT_SECRET_KEY": "s" * 50, "EARSHOT_MASTER_KEY": key})
    assert (code, said.splitlines()[-1:]) == (0, ["System check identified no issues (0 silenced)."])


@pytest.fixture
def manage(tmp_path: Path) -> Any:
    """`manage.py check` in a process of its own, with its own home and these variables; returns code and output."""
    root = Path(__file__).resolve().parents[2]

    def run(variables: dict[str, str]) -> tuple[int, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("EARSHOT_", "DJANGO_"))}
        done = subprocess.run(
            [sys.executable, "manage.py", "check"],
            cwd=root,
            env={**kept, "EARSHOT_HOME": str(tmp_path / "home"), **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    return run
