"""A device that makes passkeys and answers with them as a real one would, and can be told to do it wrong; its browser.

Source: W3C Web Authentication, level 3, sections 6.1 (what is signed) and 5.8.1 (what the browser adds).
"""

import html
import json
import re
import struct
from hashlib import sha256
from secrets import token_bytes
from typing import Any

from cbor2 import dumps
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from flask import Flask
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from werkzeug.test import TestResponse

from tests import browse

QUESTION, SIGN_IN = "/sign-in/passkey/question", "/sign-in/passkey"
HOST, ORIGIN = "localhost", "http://localhost"
PRESENT, VERIFIED, HAS_KEY = 0x01, 0x04, 0x40


class Device:
    """One authenticator with one passkey; `counter` goes up with every answer."""

    def __init__(self, host: str = HOST, origin: str = ORIGIN) -> None:
        self.host, self.origin, self.counter = host, origin, 0
        self.key = generate_private_key(SECP256R1())
        self.credential = token_bytes(32)
        self.handle = b""

    def make(self, wishes: str, *, verified: bool = True, origin: str | None = None) -> str:
        """The answer to `navigator.credentials.create` with these options."""
        told = json.loads(wishes)
        self.handle = base64url_to_bytes(told["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        kept = bytes(16) + struct.pack(">H", len(self.credential)) + self.credential + dumps(public)
        data = self._data(PRESENT | HAS_KEY | (VERIFIED if verified else 0)) + kept
        attested = dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", told["challenge"], origin)
        return self._written({"clientDataJSON": client, "attestationObject": attested})

    def answer(self, question: str, *, verified: bool = True, origin: str | None = None, **changed: Any) -> str:
        """The answer to `navigator.credentials.get` with these options; `changed` are parts of it made otherwise."""
        self.counter += 1
        client = self._client("webauthn.get", json.loads(question)["challenge"], origin)
        data = self._data(PRESENT | (VERIFIED if verified else 0))
        signature = self.key.sign(data + sha256(client).digest(), ECDSA(SHA256()))
        parts = {
            "clientDataJSON": client, "authenticatorData": data, "signature": signature, "userHandle": self.handle,
        }  # fmt: skip
        return self._written({name: part for name, part in (parts | changed).items() if part is not None})

    def _data(self, flags: int) -> bytes:
        return sha256(self.host.encode()).digest() + struct.pack(">BI", flags, self.counter)

    def _client(self, kind: str, challenge: str, origin: str | None) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": origin or self.origin}).encode()

    def _written(self, parts: dict[str, bytes]) -> str:
        name = bytes_to_base64url(self.credential)
        response = {part: bytes_to_base64url(value) for part, value in parts.items()}
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})


class Browser(browse.Browser):
    """A browser at the address at which passkeys are good."""

    def __init__(self, site: Flask) -> None:
        super().__init__(site.test_client())

    def question(self) -> str:
        """What the script of the page is told."""
        return self.post(QUESTION).text

    def enter(self, answer: str, **more: str) -> TestResponse:
        """Send what a device answered."""
        return self.post(SIGN_IN, {"credential": answer, **more})

    @property
    def is_signed_in(self) -> bool:
        """Whether a page of one's own opens."""
        return self.get("/account").status_code == 200

    def wishes(self, name: str = "我的手机") -> str:
        """What the script of the page is told when a passkey is to be made."""
        page = self.post("/account/passkeys/begin", {"name": name}).text
        found = re.search(r'data-wishes="([^"]*)"', page)
        assert found, page
        return html.unescape(found[1])

    def keep(self, device: Device, name: str = "我的手机") -> TestResponse:
        """Register a passkey as the page does."""
        return self.post("/account/passkeys", {"name": name, "credential": device.make(self.wishes(name))})
