"""Compressed answers: read to their end in every spelling, and cut off before they unfold."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest

from kernel.http import BodyTooLarge, _inflated
from tests.kernel.test_http import Site, code_of, site, visit

__all__ = ["site"]


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_decompression_bomb_is_cut_off_before_it_unfolds(site: Site, encoding: str) -> None:
    zeros = bytes(50_000_000)
    bomb = gzip.compress(zeros) if encoding == "gzip" else zlib.compress(zeros)
    assert len(bomb) < 60_000
    site.gives("/", bomb, Content_Encoding=encoding)
    del zeros
    tracemalloc.start()
    try:
        with pytest.raises(BodyTooLarge):
            visit(site.url("/"), max_bytes=100_000)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_compressed_bodies_are_read_in_every_spelling(site: Site) -> None:
    text = b"many words " * 30_000
    raw = zlib.compressobj(wbits=-15)
    site.gives("/gzip", gzip.compress(text), Content_Encoding="GZIP")
    site.gives("/zlib", zlib.compress(text), Content_Encoding="deflate")
    site.gives("/raw", raw.compress(text) + raw.flush(), Content_Encoding="deflate")
    for path in ("/gzip", "/zlib", "/raw"):
        assert visit(site.url(path)).body == text
    assert site.seen[0][1]["accept-encoding"] == "gzip, deflate"


def test_a_gzip_answer_of_several_members_is_read_to_its_end(site: Site) -> None:
    first, second = b"one " * 30_000, b"two " * 30_000
    members = gzip.compress(first) + gzip.compress(b"") + gzip.compress(second)
    site.gives("/members", members, Content_Encoding="gzip")
    site.gives("/padded", members + b"\x00" * 512, Content_Encoding="gzip")
    site.gives("/cut", members[:-12], Content_Encoding="gzip")
    site.gives("/bomb", gzip.compress(first) + gzip.compress(bytes(5_000_000)), Content_Encoding="gzip")
    assert visit(site.url("/members")).body == first + second
    assert visit(site.url("/padded")).body == first + second
    assert code_of(site.url("/cut")) == "bad_response"
    with pytest.raises(BodyTooLarge):
        visit(site.url("/bomb"), max_bytes=1_000_000)


def test_a_member_that_begins_in_another_chunk_is_read() -> None:
    members = gzip.compress(b"one") + gzip.compress(b"two")
    for size in range(1, len(members)):
        chunks = (members[start : start + size] for start in range(0, len(members), size))
        assert b"".join(_inflated(chunks, "gzip")) == b"onetwo"


def test_broken_compression_is_a_typed_error(site: Site) -> None:
    site.gives("/cut", gzip.compress(b"text" * 100)[:-12], Content_Encoding="gzip")
    site.gives("/noise", b"not gzip", Content_Encoding="gzip")
    site.gives("/br", b"...", Content_Encoding="br")
    assert code_of(site.url("/cut")) == "bad_response"
    assert code_of(site.url("/noise")) == "bad_response"
    assert code_of(site.url("/br")) == "encoding_refused"
