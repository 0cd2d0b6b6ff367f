"""A provider of single sign-on at an address of this machine, and what an attacker could make of its answers.

The provider is `oidc-provider-mock`, a whole one on Authlib; it does not ask for PKCE, so that is asked for here.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from oidc_provider_mock import app
from werkzeug.test import TestResponse

from tests.browse import Browser
from tests.browser.serving import served

CLIENT, SECRET = "aidflow", "a secret of the client"
#: The usual person at the provider, and where one comes back to.
SUBJECT, BACK = "u-17", "/sign-in/provider/return"


@dataclass
class Provider:
    """The provider as one reaches it; `change` makes something else of the token that it issues."""

    issuer: str = ""
    change: Callable[[str], str] | None = None
    said: dict[str, Any] = field(default_factory=dict)
    challenges: dict[str, str] = field(default_factory=dict)
    sent: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._app = app(require_nonce=True).wsgi_app

    def __call__(self, environ: Any, start: Any) -> Any:
        """One request."""
        path = environ["PATH_INFO"]
        if path == "/oauth2/token":
            return self._token(environ, start)
        if path == "/.well-known/openid-configuration" and self.said:
            return self._changed(environ, start, lambda told: told | self.said)
        return self._app(environ, start)

    def knows(self, subject: str, **claims: Any) -> None:
        """There is somebody of this subject, of whom the provider says this."""
        httpx.put(f"{self.issuer}/users/{subject}", json=claims, trust_env=False).raise_for_status()

    def sign_in(self, address: str, subject: str) -> str:
        """Sign in there as this subject: the path and query at which one comes back."""
        asked = {name: value[0] for name, value in parse_qs(urlsplit(address).query).items()}
        assert asked["code_challenge_method"] == "S256"
        self.sent.append(asked)
        answer = httpx.post(address, data={"sub": subject}, trust_env=False)
        assert answer.status_code == 302, answer.text
        back = urlsplit(answer.headers["Location"])
        self.challenges[parse_qs(back.query)["code"][0]] = asked["code_challenge"]
        return f"{back.path}?{back.query}"

    def _token(self, environ: Any, start: Any) -> Any:
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        asked = {name: value[0] for name, value in parse_qs(body.decode()).items()}
        made = urlsafe_b64encode(sha256(asked["code_verifier"].encode()).digest()).decode().rstrip("=")
        if made != self.challenges.get(asked["code"]):
            start("400 BAD REQUEST", [("Content-Type", "application/json")])
            return [b'{"error": "invalid_grant"}']
        environ["wsgi.input"] = BytesIO(body)
        change = self.change
        if change is None:
            return self._app(environ, start)
        return self._changed(environ, start, lambda told: told | {"id_token": change(told["id_token"])})

    def _changed(self, environ: Any, start: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
        found: list[Any] = []
        body = b"".join(self._app(environ, lambda *words: found.extend(words)))
        start(found[0], [("Content-Type", "application/json")])
        return [json.dumps(change(json.loads(body))).encode()]


@contextmanager
def running() -> Iterator[Provider]:
    """A provider that answers at an address of this machine."""
    provider = Provider()
    with served(provider) as address:  # type: ignore[arg-type]
        # Authlib speaks without TLS to this name only.
        provider.issuer = address.replace("127.0.0.1", "localhost")
        yield provider


def read(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a token."""
    header, claims = (json.loads(urlsafe_b64decode(part + "==")) for part in token.split(".")[:2])
    return header, claims


def signed_by_another(token: str) -> str:
    """The same, signed with a key of somebody who says that it is the provider's."""
    header, claims = read(token)
    return jwt.encode(header, claims, RSAKey.generate_key())


def unsigned(token: str) -> str:
    """The same, without any signature."""
    _header, claims = read(token)
    return f"{_word({'alg': 'none'})}.{_word(claims)}."


def signed_with_the_secret(token: str) -> str:
    """The same, signed with what the client knows too."""
    return jwt.encode({"alg": "HS256"}, read(token)[1], OctKey.import_key(SECRET))


def _word(told: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")


def leave(browser: Browser, then: str | None = None) -> str:
    """Where one is sent when one presses the button."""
    answer = browser.get("/sign-in/provider", query_string={"next": then} if then else None)
    assert answer.status_code == 302, answer.text
    return str(answer.location)


def come(browser: Browser, provider: Provider, then: str | None = None, subject: str = SUBJECT) -> TestResponse:
    """The whole way there and back."""
    return browser.get(provider.sign_in(leave(browser, then), subject))


def is_in(browser: Browser) -> bool:
    """Whether a page of one's own opens."""
    return browser.get("/account").status_code == 200
