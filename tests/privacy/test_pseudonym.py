from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.privacy.pseudonym import Pseudonymiser, normalise_handle

KEY = bytes(range(32))


@pytest.mark.parametrize(
    "spelling", ["@Jane_Sample", "jane_sample", " @@JANE_SAMPLE ", "＠Ｊａｎｅ＿sample", "ｊane_sample"]
)
def test_spellings_of_one_handle_agree(spelling: str) -> None:
    pseudonyms = Pseudonymiser(KEY)
    assert pseudonyms.author("demo", spelling) == pseudonyms.author("demo", "jane_sample")


def test_pseudonyms_differ_by_handle_source_and_key() -> None:
    ours, theirs = Pseudonymiser(KEY), Pseudonymiser(bytes(32))
    seen = {
        ours.author("demo", "jane"),
        ours.author("demo", "jan"),
        ours.author("feed", "jane"),
        ours.author("demoj", "ane"),
        ours.author("dem", "ojane"),
        theirs.author("demo", "jane"),
    }
    assert len(seen) == 6
    assert {len(pseudonym) for pseudonym in seen} == {16}


def test_a_pseudonym_does_not_change_between_versions() -> None:
    assert Pseudonymiser(KEY).author("demo", "jane").hex() == "ecb1bdf5179884a5de825c58fb1df682"


def test_labels_are_short_and_readable() -> None:
    pseudonyms = Pseudonymiser(KEY)
    label = pseudonyms.label(pseudonyms.author("demo", "jane"))
    assert len(label) == 10
    assert set(label) <= set("abcdefghijklmnopqrstuvwxyz234567")


@given(st.binary(min_size=16, max_size=16))
def test_labels_are_the_beginning_of_the_pseudonym_in_base32(pseudonym: bytes) -> None:
    assert Pseudonymiser.label(pseudonym) == base64.b32encode(pseudonym).decode()[:10].lower()


def test_references_are_stable_per_source_and_not_author_pseudonyms() -> None:
    pseudonyms = Pseudonymiser(KEY)
    reference = pseudonyms.reference("demo", "https://social.example/@jane/1")
    assert reference == Pseudonymiser(KEY).reference("demo", "https://social.example/@jane/1")
    assert reference != pseudonyms.reference("feed", "https://social.example/@jane/1")
    assert reference.startswith("ref-")
    assert len(reference) == 30


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError):
        Pseudonymiser(b"short")


@given(st.text(alphabet=st.characters(), max_size=40))
def test_any_handle_has_a_pseudonym_and_normalising_is_stable(handle: str) -> None:
    normal = normalise_handle(handle)
    assert normalise_handle(normal) == normal
    pseudonyms = Pseudonymiser(KEY)
    assert pseudonyms.author("demo", handle) == pseudonyms.author("demo", normal)
