"""What the database must not be able to read or to make: encrypted values, and words made of a number it keeps."""

import base64
import hmac
from hashlib import sha256

from cryptography.fernet import Fernet as Box
from cryptography.fernet import InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class WrongKey(Exception):
    """A value was encrypted with a key that the settings do not name any more."""


class Vault:
    """Encrypts with the first of these keys, reads with all of them."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        self._boxes = MultiFernet([Box(base64.urlsafe_b64encode(_derived(key, b"values"))) for key in keys])
        self._words = _derived(keys[0], b"words")

    def sealed(self, value: bytes) -> str:
        """The value as it may be kept."""
        return self._boxes.encrypt(value).decode()

    def opened(self, sealed: str) -> bytes:
        """The value again; WrongKey when no key fits."""
        try:
            return self._boxes.decrypt(sealed)
        except InvalidToken:
            raise WrongKey from None

    def word(self, nonce: str) -> str:
        """The word that only whoever holds the key can make of this number: 43 characters, fit for an address."""
        made = hmac.digest(self._words, nonce.encode(), sha256)
        return base64.urlsafe_b64encode(made).decode().rstrip("=")


def _derived(key: str, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"aidflow " + purpose).derive(key.encode())
