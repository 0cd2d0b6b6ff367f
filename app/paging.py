"""Where a list goes on: the cursor in the query string, the same for pages and the API."""

from datetime import datetime

from flask import request

from app.refusals import FieldRefused
from workflows.definition import because

#: Ids and cursors are whole numbers of at most this many digits.
DIGITS = 18


def id_cursor() -> int | None:
    """The id after which a list goes on; None at its beginning."""
    text = request.args.get("cursor")
    if text is None:
        return None
    if not is_id(text):
        raise FieldRefused("cursor", because("翻页标记无效，请从第一页重新开始。"))
    return int(text)


def urgency_cursor() -> tuple[datetime, int] | None:
    """The (time, id) after which the inbox goes on; None at its beginning."""
    text = request.args.get("cursor")
    if text is None:
        return None
    moment, _comma, ident = text.rpartition(",")
    try:
        at = datetime.fromisoformat(moment)
    except (ValueError, OverflowError):
        at = None
    if at is None or at.tzinfo is None or not is_id(ident):
        raise FieldRefused("cursor", because("翻页标记无效，请从第一页重新开始。"))
    return at, int(ident)


def is_id(text: str) -> bool:
    """Whether this text is a whole number that a cursor can be."""
    return text.isascii() and text.isdigit() and len(text) <= DIGITS
