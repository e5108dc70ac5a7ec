"""What a demo remembers, and how it tells two files apart."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from api.demo.state import DemoState, fingerprint, load


def test_is_kept_for_our_eyes_only_whatever_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    loose = os.umask(0)
    try:
        DemoState(key="ear_x", clients={"Kestrel": {"id": "cli_1"}}).save(path)
        DemoState(key="ear_y", clients={"Kestrel": {"id": "cli_1"}}).save(path)
    finally:
        os.umask(loose)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load(path) == DemoState(key="ear_y", clients={"Kestrel": {"id": "cli_1"}})
    assert [item.name for item in tmp_path.iterdir()] == ["state.json"]


def test_a_loose_leftover_does_not_loosen_the_state(tmp_path: Path) -> None:
    leftover = tmp_path / "state.part"
    leftover.write_text("half")
    leftover.chmod(0o666)
    DemoState(key="ear_x").save(tmp_path / "state.json")
    assert stat.S_IMODE((tmp_path / "state.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"clients": {}}', '{"key": "x", "more": 1}', "\udcff"])
def test_what_is_not_a_state_is_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "state.json"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    assert load(path) is None


def test_no_file_is_none(tmp_path: Path) -> None:
    assert load(tmp_path / "missing.json") is None


def test_the_same_content_and_mapping_have_the_same_fingerprint(tmp_path: Path) -> None:
    one, same, other = (tmp_path / name for name in ("one.csv", "same.csv", "other.csv"))
    for path, content in ((one, b"id\n1\n"), (same, b"id\n1\n"), (other, b"id\n2\n")):
        path.write_bytes(content)
    plain = fingerprint(one, {})
    assert plain == fingerprint(same, {})
    assert len({plain, fingerprint(other, {}), fingerprint(one, {"text": "body"})}) == 3
    assert fingerprint(one, {"a": 1, "b": 2}) == fingerprint(one, {"b": 2, "a": 1})
    assert plain.isalnum()
    assert len(plain) == 12
