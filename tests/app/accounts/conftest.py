"""A mail server, the worker that speaks to it, and the pages of an installation that has one."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.app.notifications.conftest import PostOffice, mail_port, mailing, post, work

__all__ = ["mail_port", "mailing", "post", "work"]


@pytest.fixture
def site(application_with: Callable[..., Flask], post: PostOffice) -> Flask:
    """The pages of an installation with this mail server."""
    return application_with(smtp_host="127.0.0.1", smtp_port=post.port)
