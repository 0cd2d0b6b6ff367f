"""Applications at which passkeys are good and a provider is known, and somebody who has one or is known there."""

import pytest

from app import create_app
from app.database import db
from tests import browse
from tests.conftest import Visitor
from tests.device import ORIGIN, Browser, Device
from tests.provider import CLIENT, SECRET, SUBJECT, running


@pytest.fixture
def site(application_with):
    """The application at the address at which passkeys are good, and which needs a second factor of staff."""
    return application_with(public_url=ORIGIN, second_factor="required")


@pytest.fixture
def someone(app):
    return browse.person("expert")


@pytest.fixture
def device(site, someone):
    """A device whose passkey is that of `someone`."""
    browser, made = Browser(site), Device()
    browser.sign_in(someone.email)
    assert browser.keep(made).status_code == 201
    return made


@pytest.fixture
def provider():
    with running() as found:
        yield found


@pytest.fixture
def at(app, settings, provider):
    """`at(**changed)`: a browser at the application with this provider."""
    made = []

    def at(**changed):
        known = {"oidc_issuer": provider.issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET}
        made.append(create_app(settings.model_copy(update=known | {"public_url": ORIGIN} | changed)))
        made[-1].test_client_class = Visitor
        return browse.Browser(made[-1].test_client())

    yield at
    for each in made:
        with each.app_context():
            db.engine.dispose()


@pytest.fixture
def known(app, provider):
    """Somebody whom the provider knows by the address that is known here."""
    found = browse.person("expert")
    provider.knows(SUBJECT, email=found.email.upper(), email_verified=True)
    return found
