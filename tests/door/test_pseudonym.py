"""The key, and HMAC-SHA-256 as the standard library computes it."""

import hashlib
import hmac

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.door.pseudonym import PseudonymKeyError, create_key, fingerprint, keyed, read_key


@settings(max_examples=25)
@given(
    key=st.binary(min_size=32, max_size=32),
    messages=st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=5),
)
@example(key=b"k" * 32, messages=["", "\0", "é" * 100, "x" * 1000])
@example(key=bytes(range(224, 256)), messages=["email|ann@example.com"])
def test_keyed_is_the_first_half_of_hmac_sha_256_under_the_key_as_it_is_written(key, messages):
    found = pl.Series("text", messages).to_frame().select(keyed(pl.col("text"), key)).to_series().to_list()
    written = key.hex().encode()
    assert found == [hmac.digest(written, message.encode(), "sha256").hex()[:32] for message in messages]


def test_keyed_of_nothing_is_nothing():
    nothing = pl.DataFrame({"text": [None]}, schema={"text": pl.String})
    assert nothing.select(keyed(pl.col("text"), b"k" * 32)).to_series().to_list() == [None]


def test_a_plan_that_is_printed_does_not_tell_the_key():
    frame = pl.LazyFrame({"text": ["ann@example.com"]}).select(keyed(pl.col("text"), b"k" * 32))
    assert (b"k" * 32).hex() not in frame.explain(optimized=False) + repr(keyed(pl.col("text"), b"k" * 32))


def test_a_new_key_is_random_private_and_kept(tmp_path):
    path = tmp_path / "secrets" / "pseudonym.key"
    key = create_key(path)
    assert len(key) == 32
    assert create_key(path) == read_key(path) == key != create_key(tmp_path / "other" / "key")
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


@pytest.mark.parametrize("content", ["", "abc", "g" * 64, "a" * 62, "é" * 64])
def test_a_damaged_key_is_refused_without_being_told(tmp_path, content):
    path = tmp_path / "pseudonym.key"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(PseudonymKeyError, match="64 hexadecimal digits") as told:
        read_key(path)
    assert not content or content not in str(told.value)


def test_a_missing_key_is_never_made_anew_by_reading(tmp_path):
    with pytest.raises(PseudonymKeyError, match="No pseudonym key"):
        read_key(tmp_path / "pseudonym.key")
    assert list(tmp_path.iterdir()) == []


def test_a_fingerprint_tells_keys_apart_and_not_the_key():
    one, other = fingerprint(b"a" * 32), fingerprint(b"b" * 32)
    assert one != other
    assert one not in hashlib.sha256(b"a" * 32).hexdigest()
