"""The secret key, and HMAC-SHA-256 (RFC 2104) under it.

A keyed pseudonym can not be found by hashing guesses; whoever holds the key can. The key lives apart
from the store, and its fingerprint tells a run that it holds another one.
"""

import hmac
import secrets
from pathlib import Path

import polars as pl
import polars_hash as plh

_HEX = 32


class PseudonymKeyError(Exception):
    """The key is missing, unreadable or not the one that the store was made with."""


def create_key(path: Path) -> bytes:
    """A new random key of 256 bits, readable by its owner alone. An existing key is kept."""
    if path.is_file():
        return read_key(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    path.touch(mode=0o600)
    path.write_text(secrets.token_hex(32) + "\n", encoding="ascii")
    return read_key(path)


def read_key(path: Path) -> bytes:
    """The key.

    Raises:
        PseudonymKeyError: not there, or not 64 hexadecimal digits.
    """
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except FileNotFoundError:
        raise PseudonymKeyError(
            f"No pseudonym key. Expected it at {path}. Restore it from your backup; "
            "for a new workspace run `careful init`. Without it, people can not be recognised again."
        ) from None
    except ValueError:
        key = b""
    if len(key) != 32:
        raise PseudonymKeyError(
            f"The pseudonym key at {path} is not 64 hexadecimal digits. Restore it from your backup."
        )
    return key


def fingerprint(key: bytes) -> str:
    """Tells keys apart without telling the key."""
    return hmac.digest(_text(key), b"careful pseudonym key", "sha256").hex()[:16]


def keyed(message: pl.Expr, key: bytes) -> pl.Expr:
    """HMAC-SHA-256 of texts, its first 128 bits in hexadecimal; null of null. The key is used as it is written down."""
    return plh.CryptographicHashingNameSpace(message).hmac_sha256(key=_text(key).decode()).str.head(_HEX)


def _text(key: bytes) -> bytes:
    return key.hex().encode("ascii")
