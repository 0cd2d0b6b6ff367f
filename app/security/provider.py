"""The outside provider (OpenID Connect): where it is, where it sends people, and what its tokens say.

Source: OpenID Connect Core 1.0, 3.1 (authorization code) and 3.1.3.7 (what is checked of a token); RFC 7636 (PKCE);
RFC 9207 (the issuer in the answer).
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import get_well_known_url
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

#: Seconds: how long we wait for the provider, how long what it said of itself is good, how wrong a clock may go.
PATIENCE, GOOD_FOR, DRIFT = 10, 600, 60
#: Signed with a key that only the provider has; never "none", never with the secret that both know.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
SCOPE = "openid email"
#: How a client says who it is where the provider does not say how. Source: OpenID Connect Discovery 1.0, 3.
BASIC = ("client_secret_basic",)


class ProviderAway(Exception):
    """The provider does not answer, or not as a provider does."""


class NotBelieved(Exception):
    """What came back is not what the provider says to us about this sign-in."""


@dataclass(frozen=True, slots=True)
class Outsider:
    """Whom the provider means. `email` only where the provider verified it; `proved_at` in seconds since 1970."""

    subject: str
    email: str | None
    means: frozenset[str]
    proved_at: float


class Provider:
    """One provider and what it knows us by. What it says of itself is read when it is needed, and kept for a while."""

    def __init__(self, issuer: str, client_id: str, client_secret: str) -> None:
        self.issuer, self._id, self._secret = issuer, client_id, client_secret
        self._said: dict[str, Any] = {}
        self._keys: dict[str, Any] = {}
        self._read_at = 0.0

    def address(self, *, back_to: str, state: str, nonce: str, verifier: str, again: bool) -> str:
        """Where to send a person who wants to sign in; `again`: who has to show anew who it is. ProviderAway."""
        asked = {
            "response_type": "code", "client_id": self._id, "redirect_uri": back_to, "scope": SCOPE, "state": state,
            "nonce": nonce, "code_challenge": create_s256_code_challenge(verifier), "code_challenge_method": "S256",
        } | ({"prompt": "login", "max_age": "0"} if again else {})  # fmt: skip
        where = self._where("authorization_endpoint")
        return f"{where}{'&' if urlsplit(where).query else '?'}{urlencode(asked)}"

    def outsider(self, answer: Mapping[str, str], *, back_to: str, nonce: str, verifier: str) -> Outsider:
        """Who came back with this answer. ProviderAway, or NotBelieved where anything about it is wrong."""
        named = answer.get("iss")
        if named != self.issuer and (named or self._metadata().get("authorization_response_iss_parameter_supported")):
            raise NotBelieved("the answer is of another issuer")
        tokens = self._exchange(answer.get("code", ""), back_to=back_to, verifier=verifier)
        claims = self._claims(tokens, nonce)
        told = claims if "email" in claims else self._more(tokens, claims["sub"])
        email, means = told.get("email"), claims.get("amr")
        return Outsider(
            subject=claims["sub"],
            email=email if isinstance(email, str) and told.get("email_verified") is True else None,
            means=frozenset(map(str, means)) if isinstance(means, list) else frozenset(),
            proved_at=float(claims.get("auth_time") or 0),
        )

    def _exchange(self, code: str, *, back_to: str, verifier: str) -> dict[str, Any]:
        sent = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": back_to, "code_verifier": verifier,
        }  # fmt: skip
        if "client_secret_basic" in self._metadata().get("token_endpoint_auth_methods_supported", BASIC):
            auth = httpx.BasicAuth(quote(self._id, safe=""), quote(self._secret, safe=""))
            found = _ask("POST", self._where("token_endpoint"), data=sent, auth=auth)
        else:
            known = {"client_id": self._id, "client_secret": self._secret}
            found = _ask("POST", self._where("token_endpoint"), data=sent | known)
        if not isinstance(found.get("id_token"), str):
            raise NotBelieved(f"no token: {str(found.get('error'))[:100]}")
        return found

    def _claims(self, tokens: dict[str, Any], nonce: str) -> CodeIDToken:
        """What the token says, once its signature and every claim are found right."""
        essential: Any = {
            "iss": {"essential": True, "value": self.issuer}, "aud": {"essential": True, "value": self._id},
            "sub": {"essential": True}, "exp": {"essential": True}, "iat": {"essential": True},
        }  # fmt: skip
        params = {"nonce": nonce, "client_id": self._id, "access_token": tokens.get("access_token")}
        try:
            token = self._decoded(tokens["id_token"])
            claims = CodeIDToken(token.claims, token.header, essential, params)
            claims.validate(leeway=DRIFT)
        except (JoseError, ValueError, TypeError, KeyError) as fault:
            raise NotBelieved(repr(fault)[:200]) from fault
        if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 255:  # noqa: PLR2004 -- as Core 2 says
            raise NotBelieved("no subject")
        return claims

    def _decoded(self, token: str) -> jwt.Token:
        self._metadata()
        try:
            return jwt.decode(token, KeySet.import_key_set(self._keys), algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            if time.monotonic() - self._read_at < PATIENCE:
                raise
        # The provider may have begun to sign with another key.
        self._read_at = 0.0
        self._metadata()
        return jwt.decode(token, KeySet.import_key_set(self._keys), algorithms=ALGORITHMS)

    def _more(self, tokens: dict[str, Any], subject: str) -> dict[str, Any]:
        """What the provider tells about a person elsewhere than in the token."""
        if "userinfo_endpoint" not in self._metadata():
            return {}
        bearer = {"Authorization": f"Bearer {tokens.get('access_token')}"}
        found = _ask("GET", self._where("userinfo_endpoint"), headers=bearer)
        return found if found.get("sub") == subject else {}

    def _where(self, name: str) -> str:
        where = self._metadata().get(name)
        if not isinstance(where, str) or urlsplit(where).scheme != urlsplit(self.issuer).scheme:
            raise ProviderAway(f"no {name}")
        return where

    def _metadata(self) -> dict[str, Any]:
        if self._read_at and time.monotonic() - self._read_at < GOOD_FOR:
            return self._said
        said = _ask("GET", get_well_known_url(self.issuer, external=True))
        if said.get("issuer") != self.issuer:
            raise ProviderAway("another issuer answers there")
        self._keys = _ask("GET", str(said.get("jwks_uri")))
        self._said, self._read_at = said, time.monotonic()
        return said


def _ask(method: str, address: str, **sent: Any) -> dict[str, Any]:
    """The JSON object that is answered there, faults of the protocol included."""
    try:
        found = httpx.request(method, address, timeout=PATIENCE, **sent)
        told = found.json() if found.status_code < 500 else None  # noqa: PLR2004
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as fault:
        raise ProviderAway(repr(fault)[:200]) from fault
    if not isinstance(told, dict):
        raise ProviderAway(f"{found.status_code} from {address}")
    return told
