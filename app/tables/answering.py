"""The answer of a list: the page, or the file of it."""

from typing import Any

from flask import current_app, make_response, render_template, request, send_file
from sqlalchemy import Select
from werkzeug.wrappers import Response

from app.database import db
from app.languages import YEAR
from app.security import clock
from app.tables.definition import Table
from app.tables.files import TYPES, file_of
from app.tables.look import REMEMBERED, Look, read
from app.tables.pages import listing
from app.text import SHANGHAI


def answer(table: Table, statement: Select[Any], template: str, **context: Any) -> Response:
    """Show the list with this template as `listing`, or send it as the file that the address asks for.

    FieldRefused for a cursor, a day or an amount that is none, and for a file of too many rows.
    """
    look = read(table)
    if look.file:
        return _sent(look, statement)
    page = make_response(render_template(template, listing=listing(db.session(), look, statement), **context))
    if look.columns_said:
        page.set_cookie(
            REMEMBERED + table.name, ".".join(column.key for column in look.columns), max_age=YEAR, path=request.path,
            samesite="Lax", httponly=True, secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        )  # fmt: skip
    return page


def _sent(look: Look, statement: Select[Any]) -> Response:
    name = f"{look.table.name}-{clock().now().astimezone(SHANGHAI):%Y%m%d-%H%M}.{look.file}"
    return send_file(
        file_of(db.session(), look, statement), mimetype=TYPES[look.file], as_attachment=True, download_name=name
    )
