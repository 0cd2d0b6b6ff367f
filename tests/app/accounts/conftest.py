"""A mail server, the worker that speaks to it, and the pages of an installation that has one."""

from collections.abc import Iterator

import pytest
from flask import Flask

from app import create_app
from app.barrier import for_the_system
from app.database import db
from app.settings import Settings
from tests.app.notifications.conftest import PostOffice, mailing, post, work
from tests.conftest import Visitor

__all__ = ["mailing", "post", "work"]


@pytest.fixture
def site(app: Flask, settings: Settings, post: PostOffice) -> Iterator[Flask]:
    """The pages of an installation with this mail server."""
    mail = {"smtp_host": "127.0.0.1", "smtp_port": post.port}
    application = for_the_system(create_app(settings.model_copy(update=mail)))
    application.test_client_class = Visitor
    yield application
    with application.app_context():
        db.engine.dispose()
