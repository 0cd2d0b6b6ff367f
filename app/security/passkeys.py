"""Asking the browser of a request for a passkey, and judging what it answers."""

import secrets
from typing import Any, cast
from urllib.parse import urlsplit

from flask import Flask, current_app, request, session
from webauthn import generate_authentication_options, generate_registration_options
from webauthn.helpers import options_to_json
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from app.database import Missing, db
from app.people.models import User
from app.people.queries.sessions import Sitting, passkeys_of
from app.people.service.challenges import ANSWER_WITHIN, Window, put_challenge
from app.people.service.passkeys import Site, take_passkey
from app.people.service.sessions import hash_of
from app.security import sessions
from app.settings import Settings

#: The word in the cookie of a visitor who has no sign-in yet.
VISITOR = "visitor"
MILLISECONDS = int(ANSWER_WITHIN.total_seconds() * 1000)
VERIFIED = UserVerificationRequirement.REQUIRED


def init_app(app: Flask) -> None:
    """Let templates ask whether passkeys are good here."""
    app.jinja_env.globals["passkeys"] = offered


def offered() -> str:
    """What a page says of passkeys: "here", the origin at which they are good, or nothing where there is none."""
    settings = _settings()
    if not settings.passkey_host:
        return ""
    return "here" if request.host == urlsplit(settings.origin).netloc else settings.origin


def window() -> Window:
    """The browser of this request; a visitor gets a word in the cookie."""
    found = sessions.sitting()
    if found is not None:
        return Window(sign_in_id=found.id)
    if VISITOR not in session:
        session[VISITOR] = secrets.token_urlsafe(32)
    return Window(visitor=hash_of(session[VISITOR]))


def questions() -> str:
    """What the script hands to the device, as JSON: any passkey of a visitor, one of the person who is known."""
    found = sessions.sitting()
    options = generate_authentication_options(
        rp_id=site().host, challenge=put_challenge("get", window()), timeout=MILLISECONDS,
        allow_credentials=_known(found.user.id) if found else None, user_verification=VERIFIED,
    )  # fmt: skip
    return options_to_json(options)


def wishes(person: User) -> str:
    """What the script hands to the device that is to make a passkey for this person, as JSON."""
    options = generate_registration_options(
        rp_id=site().host, rp_name="aidflow", user_id=handle_of(person.id).encode(), user_name=person.email,
        user_display_name=person.name, challenge=put_challenge("create", window()), timeout=MILLISECONDS,
        exclude_credentials=_known(person.id),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=VERIFIED
        ),
    )  # fmt: skip
    return options_to_json(options)


def answered_by(answer: str, *, sitting: Sitting | None = None) -> int | None:
    """Whose passkey answered in this browser; only that of the person of the sign-in, if there is one."""
    if not _settings().passkey_host:
        return None
    return take_passkey(answer, window=window(), site=site(), of=sitting.user.id if sitting else None)


def site() -> Site:
    """Where passkeys are good; Missing where they are good nowhere."""
    settings = _settings()
    if not settings.passkey_host:
        raise Missing("passkeys need a host name and HTTPS")
    return Site(settings.passkey_host, settings.origin)


def handle_of(user_id: int) -> str:
    """What devices call this person: a word that says nothing to anybody else."""
    return cast("str", current_app.extensions["aidflow"].vault.word(f"passkey {user_id}"))


def _known(user_id: int) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=each.credential) for each in passkeys_of(db.session(), user_id)]


def _settings() -> Settings:
    tools: Any = current_app.extensions["aidflow"]
    return cast("Settings", tools.settings)
