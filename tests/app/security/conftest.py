"""An application at which passkeys are good, and somebody who has one."""

import pytest

from app import create_app
from app.database import db
from tests import browse
from tests.conftest import Visitor
from tests.device import ORIGIN, Browser, Device


@pytest.fixture
def site(app, settings):
    """The application at the address at which passkeys are good, and which needs a second factor of staff."""
    application = create_app(settings.model_copy(update={"public_url": ORIGIN, "second_factor": "required"}))
    application.test_client_class = Visitor
    yield application
    with application.app_context():
        db.engine.dispose()


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
