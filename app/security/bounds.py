"""What may come in at all: by which name we were asked, and how much is sent at once."""

from flask import Flask, abort, request
from flask_babel import gettext as _
from werkzeug.sansio.utils import host_is_trusted

#: Bytes of a form without files, or of JSON; only papers are larger.
MOST_WITHOUT_FILES = 2 * 1024 * 1024
#: Those who ask whether we live know us by a number.
HEALTH = "health"


def init_app(app: Flask) -> None:
    """Refuse what names another host, before anything is made of that name, and what is too much."""
    hosts = app.extensions["aidflow"].settings.hosts

    @app.before_request
    def refuse() -> None:
        if hosts and request.blueprint != HEALTH and not host_is_trusted(request.host, hosts):
            abort(400, description=_("请求的地址不是本系统的地址。"))
        if request.mimetype != "multipart/form-data":
            request.max_content_length = MOST_WITHOUT_FILES
