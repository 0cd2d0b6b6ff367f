"""What everybody may read, and the description of the API itself."""

from importlib.metadata import version
from typing import Any

from flask import Response, jsonify

from app.api.answers.registers import NoticeAnswer, Notices
from app.api.openapi import document, operation
from app.api.views.bodies import CURSOR, LIMIT, answer, api, cursor, limit
from app.barrier import PUBLIC, asking
from app.database import db
from app.publicity.queries import KINDS, NoticePage, notices, results
from app.security import clock, may
from app.text import translated

PAGED = {"limit": LIMIT, "cursor": CURSOR}


@operation(api, "GET", "/notices", "published.read", "Projects shown to the public.", answer=Notices, query=PAGED)
def list_notices() -> Response:
    """Publicities and announcements, newest first."""
    with asking(db.session(), PUBLIC):
        return _answer(notices(db.session(), now=clock().now(), before=cursor(), limit=limit()))


@operation(api, "GET", "/results", "published.read", "What was paid to whom for what.", answer=Notices, query=PAGED)
def list_results() -> Response:
    """Newest first."""
    with asking(db.session(), PUBLIC):
        return _answer(results(db.session(), now=clock().now(), before=cursor(), limit=limit()))


@api.get("/openapi.json")
@may("help.read")
def openapi() -> Response:
    """The OpenAPI 3.1 document, made anew from what is registered."""
    return jsonify(document(version("aidflow")))


def _answer(page: NoticePage) -> Response:
    return answer(Notices(items=[_notice(row) for row in page.rows], next=str(page.next) if page.next else None))


def _notice(row: Any) -> NoticeAnswer:
    names = [name for name in NoticeAnswer.model_fields if name != "kind_label"]
    return NoticeAnswer(kind_label=translated(KINDS[row.kind]), **{name: getattr(row, name) for name in names})
