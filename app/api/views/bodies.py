"""Reading what a program sent, and writing what it gets back."""

import json
from typing import Any, TypeVar

from flask import Blueprint, Response, current_app, request
from flask_babel import gettext as _
from pydantic import BaseModel
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from app.addresses import nothing_unprintable
from app.casework.commands import Command
from app.paging import DIGITS
from app.refusals import FieldRefused
from workflows.definition import because

api = Blueprint("api", __name__, url_prefix="/api/v1")

#: Bytes. No command is longer; papers come as multipart and have a limit of their own.
LONGEST_BODY = 1024 * 1024
LONGEST_KEY = 200
PAGE = 50
MOST = 200
LIMIT = {"type": "integer", "minimum": 1, "maximum": MOST, "default": PAGE}
CURSOR = {"type": "string", "maxLength": 100, "description": "`next` of the page before."}

C = TypeVar("C", bound=Command)


api.url_value_preprocessor(nothing_unprintable)


def json_body() -> dict[str, Any]:
    """The JSON object that was sent. 415 for another type, 413 when too long, 400 when it is none."""
    if not request.is_json:
        raise UnsupportedMediaType(_("请求正文须为 JSON（application/json）。"))
    if (request.content_length or 0) > LONGEST_BODY:
        raise _too_long()
    text = request.get_data(cache=False)
    if len(text) > LONGEST_BODY:
        raise _too_long()
    try:
        body = current_app.json.loads(text)
    except (ValueError, RecursionError):
        raise BadRequest(_("请求正文不是有效的 JSON。")) from None
    if not isinstance(body, dict):
        raise BadRequest(_("请求正文须为 JSON 对象。"))
    return body


def _too_long() -> RequestEntityTooLarge:
    return RequestEntityTooLarge(_("请求正文不得超过 %(most)d MB。", most=LONGEST_BODY // 1024**2))


def command_from(command: type[C], body: dict[str, Any]) -> C:
    """The command that a JSON object says; `ValidationError` with every fault in it."""
    return command.model_validate_json(json.dumps(body))


def whole(name: str, *, default: int, most: int = 10**DIGITS - 1) -> int:
    """A whole number from the query string, from 1 to `most`."""
    text = request.args.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS and 1 <= int(text) <= most):
        raise FieldRefused(name, because("须为 1 至 {most} 的整数。", most=most))
    return int(text)


def limit() -> int:
    """How many lines a list answers at most."""
    return whole("limit", default=PAGE, most=MOST)


def cursor() -> int | None:
    """The id after which a list goes on; None at its beginning."""
    return whole("cursor", default=0) if "cursor" in request.args else None


def idempotency_key() -> str | None:
    """The key under which the same request gets the same answer."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and (not key.isprintable() or not 1 <= len(key) <= LONGEST_KEY):
        raise FieldRefused("Idempotency-Key", because("须为 1 至 {most} 个可显示字符。", most=LONGEST_KEY))
    return key


def answer(content: BaseModel, status: int = 200, **headers: str) -> Response:
    """The content as JSON, with money as text and times in UTC."""
    response = Response(content.model_dump_json(by_alias=True), status, content_type="application/json")
    for name, value in headers.items():
        response.headers[name.replace("_", "-")] = value
    return response
