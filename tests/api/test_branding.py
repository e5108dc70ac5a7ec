"""Brands and logos."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from rest_framework.test import APIClient

from tests.api.conftest import Api, png

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def _put(client: APIClient, url: str, data: bytes, name: str = "logo") -> Any:
    return client.put(url, {name: SimpleUploadedFile("logo.png", data, "image/png")}, format="multipart")


def test_a_client_shows_the_agencys_brand_until_it_has_its_own(api: Api, place: str) -> None:
    manager = api("manager")
    manager.patch("/api/v1/branding", {"name": "Northlight & Co", "primary": "#112233", "accent": "#445566"})
    _put(manager, "/api/v1/branding/logo", png())
    inherited = manager.get(f"{place}/branding").json()

    manager.patch(f"{place}/branding", {"accent": "#abcdef"})
    own = manager.get(f"{place}/branding").json()
    manager.patch("/api/v1/branding", {"name": "Renamed"})

    assert (inherited["inherited"], inherited["name"]) == (True, "Northlight & Co")
    assert {name: own[name] for name in ("inherited", "name", "primary", "accent")} == {
        "inherited": False,
        "name": "Northlight & Co",
        "primary": "#112233",
        "accent": "#abcdef",
    }
    assert manager.get(own["logo"])["Content-Type"] == "image/png"
    assert manager.get(f"{place}/branding").json()["name"] == "Northlight & Co"


@pytest.mark.parametrize("where", ["/api/v1", "place"])
def test_a_logo_is_kept_as_a_plain_png(api: Api, place: str, where: str) -> None:
    url = f"{place if where == 'place' else where}/branding/logo"
    out = io.BytesIO()
    Image.new("RGB", (40, 20), "red").save(out, "JPEG", comment=b"taken at home")

    put = _put(api("manager"), url, out.getvalue())
    got = api("viewer").get(url)

    assert (put.status_code, put.json()["logo"]) == (200, url)
    assert Image.open(io.BytesIO(got.content)).size == (40, 20)
    assert b"taken at home" not in got.content
    assert api("manager").delete(url).status_code == 204
    assert api("viewer").get(url).status_code == 404


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (SVG, "unsupported_type"),
        (b"\x89PNG\r\n\x1a\n" + SVG, "broken_image"),
        (png(20_000, 1), "too_many_pixels"),
        (b"\x89PNG\r\n\x1a\n" + bytes(3 * 1024 * 1024), "too_large"),
        (b"", "empty"),
    ],
)
def test_a_logo_that_cannot_be_trusted_is_refused(api: Api, place: str, data: bytes, code: str) -> None:
    refused = _put(api("manager"), f"{place}/branding/logo", data)

    assert refused.status_code == 400
    assert [(problem["pointer"], problem["code"]) for problem in refused.json()["errors"]] == [("/logo", code)]


def test_a_logo_that_is_not_there_is_not_what_somebody_read(api: Api, place: str) -> None:
    manager, url = api("manager"), f"{place}/branding/logo"
    logo = {"logo": SimpleUploadedFile("logo.png", png(), "image/png")}
    for tag in ('"x"', "*"):
        refused = manager.put(url, logo, format="multipart", HTTP_IF_MATCH=tag)
        assert (refused.status_code, refused.json()["code"]) == (412, "precondition_failed")
    unknown = f"/api/v1/clients/cli_{'0' * 32}/branding/logo"
    assert manager.put(unknown, logo, format="multipart", HTTP_IF_MATCH="*").status_code == 404


def test_a_logo_form_is_read_strictly(api: Api, place: str) -> None:
    manager, url = api("manager"), f"{place}/branding/logo"

    assert _put(manager, url, png(), name="image").json()["errors"][0]["pointer"] == "/image"
    twice = {"logo": [SimpleUploadedFile("a", png()), SimpleUploadedFile("b", png())]}
    assert manager.put(url, twice, format="multipart").json()["errors"][0]["code"] == "repeated_field"
    assert manager.put(url, {"logo": "text"}, format="multipart").json()["errors"][0]["code"] == "invalid"
    assert manager.put(url, {"logo": "x"}, format="json").status_code == 415
    broken = manager.generic("PUT", url, b"--x\r\nnonsense", content_type="multipart/form-data; boundary=x")
    assert broken.status_code == 400
    assert manager.generic("PUT", url, b"x", content_type="multipart/form-data").status_code == 400


def test_a_logo_honours_if_match(api: Api, place: str) -> None:
    manager, url = api("manager"), f"{place}/branding/logo"
    _put(manager, url, png())
    tag = manager.get(url)["ETag"]

    assert manager.delete(url, HTTP_IF_MATCH='"x"').status_code == 412
    assert manager.delete(url, HTTP_IF_MATCH=tag).status_code == 204


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"primary": "red"}, "/primary"),
        ({"primary": "#12345"}, "/primary"),
        ({"accent": "#12345g"}, "/accent"),
        ({"name": ""}, "/name"),
        ({"name": "a" * 201}, "/name"),
        ({"logo": "x"}, "/logo"),
    ],
)
def test_a_brand_that_cannot_be_is_refused(api: Api, place: str, body: Any, pointer: str) -> None:
    for url in ("/api/v1/branding", f"{place}/branding"):
        refused = api("manager").patch(url, body)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer)
