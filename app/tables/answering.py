"""The answer of a list: the page, or the file of it."""

from typing import IO, Any

from flask import current_app, make_response, render_template, request, send_file
from sqlalchemy import Select
from werkzeug.wrappers import Response

from app.database import db
from app.languages import YEAR
from app.registers.service import record_export
from app.security import clock, current_actor
from app.tables.definition import Column, Table
from app.tables.files import TYPES, file_of
from app.tables.look import REMEMBERED, read
from app.tables.pages import listing
from app.text import SHANGHAI


def answer(table: Table, statement: Select[Any], template: str, **context: Any) -> Response:
    """Show the list with this template as `listing`, or send it as the file that the address asks for.

    FieldRefused for a cursor, a day or an amount that is none, and for a file of too many rows.
    """
    look = read(table)
    if look.file:
        file, rows = file_of(db.session(), look, statement)
        return sent(file, rows, look.columns, name=table.name, address=look.href(), kind=look.file)
    page = make_response(render_template(template, listing=listing(db.session(), look, statement), **context))
    if look.columns_said:
        page.set_cookie(
            REMEMBERED + table.name, ".".join(column.key for column in look.columns), max_age=YEAR, path=request.path,
            samesite="Lax", httponly=True, secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        )  # fmt: skip
    return page


def sent(
    file: IO[bytes], rows: int, columns: tuple[Column, ...], *, name: str, address: str, kind: str
) -> Response:  # fmt: skip
    """Send a list as a file, once it is on record who takes it away. What the public takes is open to everybody."""
    now, user_id = clock().now(), current_actor().user_id
    if user_id is not None:
        record_export(
            name, address=address, columns=[column.key for column in columns], kind=kind, rows=rows, by=user_id, now=now
        )
    file_name = f"{name}-{now.astimezone(SHANGHAI):%Y%m%d-%H%M}.{kind}"
    answer = send_file(file, mimetype=TYPES[kind], as_attachment=True, download_name=file_name)
    if user_id is not None:
        # Without this the file would be kept beside the pages, which are not.
        answer.headers["Cache-Control"] = "private, no-store"
    return answer
