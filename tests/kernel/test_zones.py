"""Which names are time zones."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from kernel.zones import is_zone


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "Asia/Kolkata", "America/Argentina/Buenos_Aires"])
def test_names_of_the_iana_database(name: str) -> None:
    assert is_zone(name)
    assert ZoneInfo(name).key == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "berlin",
        "europe/berlin",
        "Europe/Berlin ",
        "/etc/passwd",
        "../Europe/Berlin",
        "Europe",
        "CEST",
        "\x00",
        "+1",
    ],
)
def test_anything_else(name: str) -> None:
    assert not is_zone(name)
