"""Files that every page loads: kept by browsers for a year under an address that names their bytes.

`url_for("static", filename=…)` adds the version by itself. Only these files are sent compressed: they
hold no secret, so that their length tells nobody anything (a page with a token and a visitor's own
words would).
"""

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

YEAR = "public, max-age=31536000, immutable"
COMPRESSED = frozenset({"text/css", "text/javascript", "image/svg+xml"})
#: Digits of a file's hash that its address carries.
DIGITS = 12


def init_app(app: Flask) -> None:
    """Add versions to the addresses of static files, and say how long they keep."""
    folder = Path(str(app.static_folder))

    @app.url_defaults
    def versioned(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "v" not in values and (version := _version(folder / str(values["filename"]))):
            values["v"] = version

    @app.after_request
    def kept(response: Response) -> Response:
        if request.endpoint != "static" or response.status_code != 200:  # noqa: PLR2004
            return response
        path = folder / str((request.view_args or {})["filename"])
        if request.args.get("v") == _version(path):
            response.headers["Cache-Control"] = YEAR
        if response.mimetype in COMPRESSED:
            response.vary.add("Accept-Encoding")
            if "gzip" in request.accept_encodings and "Range" not in request.headers:
                _compress(response, path)
        return response


def _compress(response: Response, path: Path) -> None:
    tag, _weak = response.get_etag()
    response.direct_passthrough = False
    # The open file behind the answer is not read any more.
    response.close()
    response.set_data(_zipped(path, path.stat().st_mtime_ns))
    response.headers["Content-Encoding"] = "gzip"
    if tag:
        # The same content in other bytes; comparing it with what a browser holds stays possible.
        response.set_etag(tag, weak=True)


def _version(path: Path) -> str | None:
    """The beginning of the file's SHA-256, or None where there is no such file."""
    try:
        return _hashed(path, path.stat().st_mtime_ns)
    except OSError:
        return None


@lru_cache(256)
def _hashed(path: Path, _changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:DIGITS]


@lru_cache(64)
def _zipped(path: Path, _changed: int) -> bytes:
    return gzip.compress(path.read_bytes(), mtime=0)
