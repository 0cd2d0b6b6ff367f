"""Logs as JSON lines: one line per event, nothing in it that could forge a second one, no secrets."""

import json
import logging
import re
import sys
import time
import unicodedata
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any, TextIO
from uuid import uuid4

import structlog
from flask import Flask, Response, g, has_request_context, request

#: A number from outside is taken over only when it cannot be mistaken for anything else.
REQUEST_NUMBER = re.compile(r"[A-Za-z0-9-]{8,64}")
SECRET = re.compile(
    r"passw|secret|token|authorization|cookie|credential|api_key|proof|account_number|id_number|phone|contact",
    re.IGNORECASE,
)
#: Forms carry more that is nobody else's: codes, words of links, and who objects.
TYPED = re.compile(rf"{SECRET.pattern}|^code$|^link$|objector|email", re.IGNORECASE)
#: Shorter values stand in every second word.
SHORTEST_TYPED = 4
#: The password in the address of a database.
IN_ADDRESS = re.compile(r"(?<=://)([^:/@\s]+):[^@\s]+@")
#: What is blackened wherever it stands in a text, and by what.
IN_TEXT = (
    (IN_ADDRESS, r"\1:[redacted]@"),
    (re.compile(r"\b(Bearer|Basic)\s+[\w.~+/=-]+", re.IGNORECASE), r"\1 [redacted]"),
    (re.compile(r"\baidflow_[\w-]{8,}"), "aidflow_[redacted]"),
    (re.compile(r"\b((?:set-)?cookie)\s*[:=][^\n]*", re.IGNORECASE), r"\1: [redacted]"),
    (
        re.compile(
            r"\b([\w-]*(?:passw|secret|token|api_key)[\w-]*[\"']?\s*[:=]\s*)(\"[^\"]*\"|'[^']*'|[^\s,;&)}\]]+)",
            re.IGNORECASE,
        ),
        r"\1[redacted]",
    ),
    # PostgreSQL tells the whole row, and the value of the key, of what it refused.
    (re.compile(r"(DETAIL:\s*).*?(?=\n(?:HINT|CONTEXT|\[SQL|\(Background)|\Z)", re.DOTALL), r"\1[redacted]"),
    (re.compile(r"(?<=[\w.+-])[\w.+-]*@(?=[\w-]+\.)"), "***@"),
    # Accounts, identity cards and telephones: eleven digits or more, of which the last four stay.
    (re.compile(r"(?<![0-9A-Za-z.:-])[0-9]{7,26}([0-9]{3}[0-9Xx])(?![0-9A-Za-z])"), r"****\1"),
)
#: Characters of one value, of which the beginning and the end are kept.
LONGEST, ENDS = 12_000, 6_000
DEEPEST = 6
#: Digits from which on a number is taken for an account.
LONG_NUMBER = 11
QUIET = ("static", "health.live", "health.ready", "health.metrics")
#: Categories of characters that move the cursor, end a line or reverse the text around them.
UNPRINTED = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn"})

Event = MutableMapping[str, Any]


def configure(stream: TextIO = sys.stderr, *, level: int = logging.INFO) -> None:
    """Write everything, the libraries' messages too, as JSON lines to `stream`."""
    handler = OneLine(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, one_line],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for noisy in ("botocore", "boto3", "urllib3", "alembic", "procrastinate"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


class OneLine(logging.StreamHandler[TextIO]):
    """A handler that says in one line too that something could not be written."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 -- the library's name
        """Leave the message out and say where it came from; a trace on standard error would be many lines."""
        failed = {"event": "log_failed", "level": "error", "logger": record.name, "line": record.lineno}
        self.stream.write(one_line(None, "", failed) + self.terminator)


def without_secrets(_logger: Any, _method: str, event: Event) -> Event:
    """Blacken what a name, a form or a request gives away as a secret."""
    return _without(event, _typed(), 0)


def one_line(_logger: Any, _method: str, event: Event) -> str:
    """The event as one line of JSON in which every control character is escaped."""
    text = json.dumps({str(name): value for name, value in event.items()}, ensure_ascii=False, default=str)
    return "".join(_escaped(one) if unicodedata.category(one) in UNPRINTED else one for one in text)


def init_app(app: Flask) -> None:
    """Number every request, answer with the number, and write one line when it is done."""
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    log = structlog.get_logger("aidflow.request")
    behind_proxy = app.extensions["aidflow"].settings.trusted_proxies > 0

    @app.before_request
    def begin() -> None:
        given = request.headers.get("X-Request-ID", "") if behind_proxy else ""
        g.request_number = given if REQUEST_NUMBER.fullmatch(given) else uuid4().hex
        g.began = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=g.request_number)

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Request-ID"] = g.get("request_number", "")
        if request.endpoint not in QUIET:
            actor = g.get("actor")
            # The query string is left out: a search or a link may carry what nobody should read here.
            log.info(
                "request",
                method=request.method,
                path=request.path,
                endpoint=request.endpoint,
                status=response.status_code,
                milliseconds=round((time.perf_counter() - g.get("began", time.perf_counter())) * 1000),
                user=getattr(actor, "user_id", None),
                address=request.remote_addr,
            )
        return response


def _without(event: Mapping[Any, Any], typed: Sequence[str], depth: int) -> dict[str, Any]:
    return {
        str(name): "[redacted]" if SECRET.search(str(name)) else _blackened(value, typed, depth)
        for name, value in event.items()
    }


def _blackened(value: Any, typed: Sequence[str], depth: int) -> Any:
    if value is None or isinstance(value, bool | int | float):
        # A number of a row, a status, milliseconds: short. An account that came as a number is not.
        return value if len(str(value)) < LONG_NUMBER else _blackened(str(value), typed, depth)
    if depth >= DEEPEST:
        return "…"
    if isinstance(value, dict):
        return _without(value, typed, depth + 1)
    if isinstance(value, list | tuple | set | frozenset):
        return [_blackened(item, typed, depth + 1) for item in value]
    text = value if isinstance(value, str) else str(value)
    if len(text) > LONGEST:
        text = f"{text[:ENDS]}…[{len(text) - 2 * ENDS}]…{text[-ENDS:]}"
    for secret in typed:
        text = text.replace(secret, "[redacted]")
    for found, instead in IN_TEXT:
        text = found.sub(instead, text)
    return text


def _typed() -> list[str]:
    """What this request carried that nobody should read here, the longest first, as far as it was read already."""
    if not has_request_context():
        return []
    # Reading a body only to write a line about it could fail again.
    form = request.__dict__.get("form") or {}
    words = [value for name in form for value in form.getlist(name) if name is None or TYPED.search(name)]
    words += [*request.cookies.values(), *(request.headers.get("Authorization", "").split()[1:])]
    return sorted({word for word in words if len(word) >= SHORTEST_TYPED}, key=len, reverse=True)


def _escaped(character: str) -> str:
    return json.dumps(character)[1:-1]


_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    structlog.processors.format_exc_info,
    without_secrets,
]
