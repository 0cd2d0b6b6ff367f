"""What the pages of the public share: the blueprint, days left in words, and answers that a cache may keep."""

from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from hashlib import sha256
from typing import Any

from flask import Blueprint, make_response, request, session
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.addresses import nothing_unprintable
from app.barrier import PUBLIC, ask_from_here
from app.database import db
from app.registers.queries import calendar_shown
from app.security import clock, current_actor
from app.security.headers import csp_nonce
from workflows.calendar import shanghai_date, working_days_between

pages = Blueprint("portal", __name__)
pages.url_value_preprocessor(nothing_unprintable)


@pages.before_request
def read_as_the_public() -> None:
    """Whoever reads these pages finds what everybody finds."""
    current_actor()
    ask_from_here(db.session(), PUBLIC)


#: Seconds for which a page for everybody may be shown again without asking.
KEPT = 60


def working_days_left(last_day: date | None) -> str:
    """How many working days a notice still runs after today, as the desks count too."""
    if last_day is None:
        return ""
    today = shanghai_date(clock().now())
    days = working_days_between(today, last_day, calendar_shown().overrides)
    return _("还有 %(days)s 个工作日", days=days) if days > 0 else _("今天截止")


def days_left(closes_at: datetime) -> str:
    """How many days a call is still open."""
    days = (shanghai_date(closes_at) - shanghai_date(clock().now())).days
    return _("还有 %(days)s 天", days=days) if days > 0 else _("今天截止")


def kept(view: Callable[..., Any]) -> Callable[..., Response]:
    """Let a page without forms be kept for a minute, and afterwards be asked for by its tag.

    Only what nobody signed in for is kept, and nothing that carries a message for one person. The word
    of the content policy differs in every answer and says nothing, so the tag leaves it out.
    """

    @wraps(view)
    def answered(*args: Any, **kwargs: Any) -> Response:
        personal = current_actor().user_id is not None or "_flashes" in session
        response = make_response(view(*args, **kwargs))
        if not personal and response.status_code == 200 and not response.is_streamed:  # noqa: PLR2004
            # An answer with a cookie is one visitor's own: nobody else is to be given its choice.
            chooses = "private" if {"lang", "cols"} & request.args.keys() else "public"
            response.headers["Cache-Control"] = f"{chooses}, max-age={KEPT}"
            response.set_etag(
                sha256(response.get_data().replace(csp_nonce().encode(), b"")).hexdigest()[:32], weak=True
            )
            response.make_conditional(request)
        return response

    return answered
