"""One table from what went wrong to what is answered, as a page or as problem+json.

The answer for an absent thing and for one that is not yours is the same, byte for byte, so neither
carries the number of the request. No answer shows a stack trace; the log has it.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import structlog
from flask import Flask, Response, current_app, g, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as later
from jinja2 import TemplateError
from pydantic import ValidationError
from sqlalchemy.exc import DataError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, default_exceptions

from app.clock import ClockCannotBeMoved, ClockOnlyMovesForward
from app.database import Missing, db
from app.documents.service import PaperTooLarge, WrongType
from app.documents.store import StoreAway
from app.projects.service import StaleVersion
from app.refusals import FieldRefused
from app.text import say
from app.validation import field_faults
from workflows.engine import NotYourRole, Refused

log = structlog.get_logger()
#: Seconds after which a try is worth while, when we are away or asked too often.
RETRY_AFTER = 30
MEGABYTE = 1024 * 1024

#: status → (name in the API, title, what to do).
KINDS: dict[int, tuple[str, Any, Any]] = {
    400: ("bad-request", later("请求有误"), later("请求的格式不正确，请检查后重试。")),
    401: ("not-signed-in", later("尚未登录"), later("请先登录；接口请提供有效的访问令牌。")),
    403: ("not-your-duty", later("不属于您的职责"), later("您没有办理此事的职责。")),
    404: ("missing", later("没有找到"), later("没有这个页面或事项，或者您无权查看。")),
    405: ("wrong-method", later("不支持这种操作"), later("这个地址不支持这种操作。")),
    406: ("not-acceptable", later("无法提供所要的格式"), later("这个地址不提供所要的格式。")),
    408: ("too-slow", later("请求超时"), later("请求没有及时送达，请重试。")),
    409: ("not-from-here", later("现在不能办理"), later("该事项的状态已有变化，请重新读取后再试。")),
    412: ("stale", later("内容已有更新"), later("您查看之后内容已被修改，请重新读取后再改。")),
    413: ("too-large", later("内容过大"), later("提交的内容超过了大小上限。")),
    414: ("address-too-long", later("地址过长"), later("请求的地址过长。")),
    415: ("wrong-type", later("类型不接受"), later("不接受这种类型的内容。")),
    422: ("fields", later("填写有误"), later("有内容需要更正，请按提示修改。")),
    428: ("condition-needed", later("缺少前提条件"), later("修改须带 If-Match 请求头，写明所见的版本。")),
    429: ("too-often", later("尝试过于频繁"), later("尝试次数过多，请稍后再试。")),
    500: ("fault", later("系统出错"), later("系统出现意外错误，已记录。请把下面的编号告诉管理员。")),
    503: ("away", later("暂时无法服务"), later("数据库或材料存储暂时不可用，没有任何内容被更改，请稍后再试。")),
}

#: What went wrong → status, the more special before the more general.
STATUSES: tuple[tuple[type[Exception], int], ...] = (
    (Missing, 404),
    (NotYourRole, 403),
    (StaleVersion, 412),
    (Refused, 409),
    (PaperTooLarge, 413),
    (WrongType, 415),
    (FieldRefused, 422),
    (ValidationError, 422),
    (ClockOnlyMovesForward, 409),
    (ClockCannotBeMoved, 403),
    (StoreAway, 503),
    # A number or a character in the address that no column can hold.
    (DataError, 400),
    (OperationalError, 503),
    (InterfaceError, 503),
    (PoolTimeout, 503),
)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is answered; `errors` are `{field, code, message}`, `number` the request's in the log.

    `back` is the page of ours that it is about.
    """

    status: int
    name: str
    title: str
    detail: str
    errors: tuple[dict[str, str], ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    number: str | None = None
    back: str | None = None


def init_app(app: Flask) -> None:
    """Answer every exception from the one table."""
    app.register_error_handler(Exception, answer)


def answer(error: Exception) -> Response:
    """The response for anything that was raised, in the form the visitor asked for."""
    problem = problem_of(error)
    if problem.status >= 500:  # noqa: PLR2004 -- from here on it is our fault, not the visitor's
        # The session may hold a transaction that the page could no longer read through.
        _give_up_transaction()
        log.error("failed", status=problem.status, exc_info=error)
    response = _as_json(problem) if wants_json() else _as_page(problem)
    response.status_code = problem.status
    response.headers.update(problem.headers)
    return response


def problem_of(error: Exception) -> Problem:
    """What the table says about this exception, in the visitor's language."""
    status = _status_of(error)
    name, title, usual = KINDS[status]
    headers = _headers_of(error)
    if status in {429, 503}:
        headers.setdefault("Retry-After", str(RETRY_AFTER))
    return Problem(
        status=status,
        name=name,
        title=str(title),
        detail=_own_words(error) or str(usual),
        errors=tuple(_field_errors(error)),
        headers=headers,
        number=g.get("request_number") if status >= 500 else None,  # noqa: PLR2004
        back=getattr(error, "back", None),
    )


def wants_json() -> bool:
    """Whether the visitor is a program: by address, or because it prefers JSON to a page."""
    if request.path.startswith("/api/"):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json", "application/problem+json"])
    return best in {"application/json", "application/problem+json"} and not request.accept_mimetypes["text/html"]


def _status_of(error: Exception) -> int:
    if isinstance(error, HTTPException):
        code = error.code or 500
        return code if code in KINDS else (500 if code >= 500 else 400)  # noqa: PLR2004
    if isinstance(error, FieldRefused):
        # A paper that is too large, or of another type, is refused with a status of its own.
        return int(getattr(error, "status", 422))
    return next((status for kind, status in STATUSES if isinstance(error, kind)), 500)


def _own_words(error: Exception) -> str | None:
    """What the exception itself says to a person, if it does."""
    if isinstance(error, Refused):
        return say(error.reason)
    if isinstance(error, HTTPException) and error.code in KINDS and error.code != 404:  # noqa: PLR2004
        usual = default_exceptions.get(error.code)
        if usual is not None and error.description and error.description != usual.description:
            return str(error.description)
    if isinstance(error, RequestEntityTooLarge):
        most = current_app.extensions["aidflow"].settings.max_upload_bytes // MEGABYTE
        return _("提交的内容（含文件）不得超过 %(most)d MB。", most=most)
    if isinstance(error, ClockOnlyMovesForward):
        return _("时钟只能向前拨。")
    return None


def _field_errors(error: Exception) -> Iterator[dict[str, str]]:
    if isinstance(error, FieldRefused):
        yield {"field": error.field, "code": "refused", "message": say(error.reason)}
    elif isinstance(error, ValidationError):
        yield from field_faults(error)


def _headers_of(error: Exception) -> dict[str, str]:
    if not isinstance(error, HTTPException):
        return {}
    kept = {"WWW-Authenticate", "Allow", "Retry-After", "Location"}
    return {name: value for name, value in error.get_headers() if name in kept}


def _as_json(problem: Problem) -> Response:
    body: dict[str, Any] = {
        "type": f"urn:aidflow:problem:{problem.name}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "errors": list(problem.errors),
    }
    if problem.number:
        body["request"] = problem.number
    return Response(json.dumps(body, ensure_ascii=False), content_type="application/problem+json")


def _as_page(problem: Problem) -> Response:
    try:
        page = render_template("errors/problem.html", problem=problem)
    except (SQLAlchemyError, TemplateError):
        # The frame of the page asks who is signed in, which a database that is away cannot say.
        _give_up_transaction()
        page = render_template("errors/alone.html", problem=problem)
    return Response(page, content_type="text/html; charset=utf-8")


def _give_up_transaction() -> None:
    try:
        db.session.rollback()
    except SQLAlchemyError:
        db.session.remove()
