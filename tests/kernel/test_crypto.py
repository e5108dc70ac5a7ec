from __future__ import annotations

import base64
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel import crypto


def test_a_data_key_survives_wrapping() -> None:
    masters = (crypto.MasterKey.generate(),)
    data_key = crypto.new_data_key()
    wrapped = crypto.wrap(masters, data_key, b"cli_1")
    assert crypto.unwrap(masters, wrapped, b"cli_1") == data_key
    assert data_key not in wrapped
    assert crypto.wrap(masters, data_key, b"cli_1") != wrapped


def test_a_wrapped_key_opens_only_in_its_own_context() -> None:
    masters = (crypto.MasterKey.generate(),)
    wrapped = crypto.wrap(masters, crypto.new_data_key(), b"cli_1")
    with pytest.raises(crypto.EnvelopeError):
        crypto.unwrap(masters, wrapped, b"cli_2")


def test_rotation_reads_old_keys_and_writes_with_the_newest() -> None:
    old = crypto.MasterKey(bytes(range(32)))
    new = crypto.MasterKey(bytes(range(1, 33)))
    assert old.key_id != new.key_id
    data_key = crypto.new_data_key()
    wrapped = crypto.wrap((old,), data_key, b"c")
    assert crypto.unwrap((new, old), wrapped, b"c") == data_key
    rewrapped = crypto.wrap((new, old), data_key, b"c")
    assert crypto.unwrap((new,), rewrapped, b"c") == data_key
    with pytest.raises(crypto.EnvelopeError):
        crypto.unwrap((old,), rewrapped, b"c")


def test_two_master_keys_with_the_same_fingerprint_are_both_tried() -> None:
    by_id: dict[int, crypto.MasterKey] = {}
    for number in range(2000):
        key = crypto.MasterKey(number.to_bytes(32, "big"))
        twin = by_id.setdefault(key.key_id, key)
        if twin is not key:
            break
    else:
        raise AssertionError("no twins among 2000 keys")
    data_key = crypto.new_data_key()
    assert crypto.unwrap((twin, key), crypto.wrap((key,), data_key, b""), b"") == data_key


@pytest.mark.parametrize("index", [0, 1, 2, 20, 61])
def test_a_changed_byte_is_noticed(index: int) -> None:
    masters = (crypto.MasterKey.generate(),)
    wrapped = bytearray(crypto.wrap(masters, crypto.new_data_key(), b"c"))
    wrapped[index] ^= 1
    with pytest.raises(crypto.EnvelopeError):
        crypto.unwrap(masters, bytes(wrapped), b"c")
    with pytest.raises(crypto.EnvelopeError):
        crypto.unwrap(masters, bytes(wrapped[:-1]), b"c")


@given(st.binary(max_size=200), st.binary(max_size=40))
def test_an_envelope_gives_back_what_was_sealed(plaintext: bytes, aad: bytes) -> None:
    key = bytes(32)
    envelope = crypto.seal(key, plaintext, aad)
    assert crypto.open_envelope(key, envelope, aad) == plaintext
    with pytest.raises(crypto.EnvelopeError):
        crypto.open_envelope(key, envelope, aad + b"x")
    with pytest.raises(crypto.EnvelopeError):
        crypto.open_envelope(b"\x01" * 32, envelope, aad)


@given(st.binary(max_size=80))
def test_arbitrary_bytes_are_an_envelope_error_that_repeats_nothing(
    noise: bytes,
) -> None:
    with pytest.raises(crypto.EnvelopeError) as caught:
        crypto.open_envelope(bytes(32), noise)
    assert caught.value.__cause__ is None
    assert str(caught.value) in {
        "not an envelope of a known version",
        "the envelope does not open with this key and context",
    }


def test_the_same_plaintext_never_gives_the_same_envelope() -> None:
    key = crypto.new_data_key()
    assert len({crypto.seal(key, b"same") for _ in range(50)}) == 50


def test_a_key_is_not_kept_once_it_was_used() -> None:
    """A destroyed data key must not live on in the memory of whoever sealed with it."""
    key = crypto.new_data_key()
    masters = (crypto.MasterKey.generate(),)
    before = sys.getrefcount(key), sys.getrefcount(masters[0].secret)
    envelope = crypto.seal(key, b"text")
    crypto.open_envelope(key, envelope)
    with pytest.raises(crypto.EnvelopeError):
        crypto.open_envelope(key, envelope, b"elsewhere")
    crypto.unwrap(masters, crypto.wrap(masters, key, b"c"), b"c")
    assert (sys.getrefcount(key), sys.getrefcount(masters[0].secret)) == before


def test_subkeys_differ_by_purpose_and_key_and_are_stable() -> None:
    key = bytes(range(32))
    assert crypto.subkey(key, "pseudonym") == crypto.subkey(key, "pseudonym")
    assert (
        len(
            {
                crypto.subkey(key, "pseudonym"),
                crypto.subkey(key, "envelope"),
                crypto.subkey(bytes(32), "envelope"),
            }
        )
        == 3
    )
    assert key not in {crypto.subkey(key, "pseudonym")}
    # Fixed so that an accidental change of the derivation, which would orphan all stored data, fails here.
    assert crypto.subkey(key, "pseudonym").hex() == "d6fe89cf800d67f2968e7dc62c10945f7ce0e8dbe83d1f5e10ca57324820626b"
    with pytest.raises(ValueError):
        crypto.subkey(key, "")


def test_master_keys_are_read_from_text_in_both_alphabets() -> None:
    secret = bytes([251, 255]) * 16
    standard = base64.b64encode(secret).decode()
    urlsafe = base64.urlsafe_b64encode(secret).decode().rstrip("=")
    keys = crypto.parse_master_keys(f" {standard},\n{urlsafe} ")
    assert [key.secret for key in keys] == [secret, secret]
    assert crypto.MasterKey.from_text(keys[0].to_text()) == keys[0]


@pytest.mark.parametrize("text", ["", "short", "é" * 44, base64.b64encode(bytes(31)).decode(), "!" * 44])
def test_bad_key_text_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(crypto.KeyFormatError) as caught:
        crypto.parse_master_keys(text)
    assert not text or text not in str(caught.value)


def test_a_key_does_not_show_itself() -> None:
    key = crypto.MasterKey.generate()
    assert repr(key.secret)[2:-1] not in repr(key)
    assert key.to_text() not in repr(key)


def test_comparison() -> None:
    assert crypto.same(b"abc", b"abc")
    assert not crypto.same(b"abc", b"abd")
