"""What the database must not be able to read or to make: sealed values, and words made of a number it keeps.

A sealed value names the key it was sealed with and is bound to the place where it is kept, so that it opens
nowhere else: AES-256-GCM (NIST SP 800-38D) with table, column and row as the additional data.
"""

import base64
import hmac
import os
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet as Box
from cryptography.fernet import InvalidToken, MultiFernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

#: How a sealed value begins; what begins otherwise was sealed before there were places and names of keys.
BEGINS = "v2"
NONCE_BYTES = 12


class WrongKey(Exception):
    """A value was sealed with a key that the settings do not name, or in another place than this one."""


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column of sealed values, and the columns that name its row."""

    table: str
    column: str
    row: tuple[str, ...]

    def place(self, *row: object) -> str:
        """Where the value of one row is kept."""
        return "|".join((self.table, self.column, *map(str, row)))


MARK_KEYS = SealedColumn("mark_key", "sealed", ("name",))
ACCOUNTS = SealedColumn("sealed_account", "sealed", ("uscc", "mark"))
SECOND_FACTORS = SealedColumn("second_factor", "secret", ("user_id",))
#: Everything that is sealed: what a change of keys has to go through.
SEALED = (MARK_KEYS, ACCOUNTS, SECOND_FACTORS)


class Vault:
    """Seals with the first of these keys, opens with all of them."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        self._boxes = MultiFernet([Box(base64.urlsafe_b64encode(_derived(key, b"values"))) for key in keys])
        self._keys = {_name(key): AESGCM(_derived(key, b"sealed")) for key in keys}
        self._words = [_derived(key, b"words") for key in keys]

    @property
    def keys(self) -> tuple[str, ...]:
        """The names of the keys, eight hexadecimal digits each; the first one seals."""
        return tuple(self._keys)

    def sealed(self, value: bytes, place: str) -> str:
        """The value as it may be kept in this place."""
        name, nonce = self.keys[0], os.urandom(NONCE_BYTES)
        made = nonce + self._keys[name].encrypt(nonce, value, place.encode())
        return f"{BEGINS}.{name}.{base64.urlsafe_b64encode(made).decode()}"

    def opened(self, sealed: str, place: str) -> bytes:
        """The value that was sealed in this place; WrongKey when no key fits."""
        begins, _, rest = sealed.partition(".")
        try:
            if begins != BEGINS:
                return self._boxes.decrypt(sealed)
            name, _, made = rest.partition(".")
            raw = base64.urlsafe_b64decode(made)
            return self._keys[name].decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], place.encode())
        except (InvalidToken, InvalidTag, KeyError, ValueError):
            raise WrongKey from None

    def word(self, nonce: str) -> str:
        """The word that only whoever holds the key can make of this number: 43 characters, fit for an address."""
        return next(self.words(nonce))

    def words(self, nonce: str) -> Iterator[str]:
        """The word as each of the keys makes it, the present one first: a link may be older than its letter."""
        for key in self._words:
            made = hmac.digest(key, nonce.encode(), sha256)
            yield base64.urlsafe_b64encode(made).decode().rstrip("=")


def key_of(sealed: str) -> str | None:
    """The name of the key that a value was sealed with; None when it does not say."""
    begins, _, rest = sealed.partition(".")
    return rest.partition(".")[0] if begins == BEGINS else None


def _name(key: str) -> str:
    return _derived(key, b"name")[:4].hex()


def _derived(key: str, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"aidflow " + purpose).derive(key.encode())
