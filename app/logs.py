"""Logs as JSON lines: one line per event, nothing in it that could forge a second one, no secrets."""

import json
import logging
import re
import sys
import time
import unicodedata
from collections.abc import MutableMapping
from typing import Any, TextIO
from uuid import uuid4

import structlog
from flask import Flask, Response, g, request

#: A number from outside is taken over only when it cannot be mistaken for anything else.
REQUEST_NUMBER = re.compile(r"[A-Za-z0-9-]{8,64}")
SECRET = re.compile(r"password|secret|token|authorization|cookie|credential|api_key", re.IGNORECASE)
#: The password in the address of a database.
IN_ADDRESS = re.compile(r"(?<=://)([^:/@\s]+):[^@\s]+@")
QUIET = ("static", "health.live", "health.ready", "health.metrics")
#: Categories of characters that move the cursor, end a line or reverse the text around them.
UNPRINTED = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn"})

Event = MutableMapping[str, Any]


def configure(stream: TextIO = sys.stderr, *, level: int = logging.INFO) -> None:
    """Write everything, the libraries' messages too, as JSON lines to `stream`."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, one_line],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for noisy in ("botocore", "boto3", "urllib3", "alembic", "procrastinate"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def without_secrets(_logger: Any, _method: str, event: Event) -> Event:
    """Blacken what a name or a form gives away as a secret."""
    return {name: "[redacted]" if SECRET.search(name) else _blackened(value) for name, value in event.items()}


def one_line(_logger: Any, _method: str, event: Event) -> str:
    """The event as one line of JSON in which every control character is escaped."""
    text = json.dumps(event, ensure_ascii=False, default=str)
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


def _blackened(value: Any) -> Any:
    if isinstance(value, str):
        return IN_ADDRESS.sub(r"\1:[redacted]@", value)
    if isinstance(value, dict):
        return without_secrets(None, "", value)
    if isinstance(value, list | tuple):
        return [_blackened(item) for item in value]
    return value


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
