"""Papers: taking one in and giving one out."""

from collections.abc import Callable
from uuid import UUID

from flask import Response, current_app, request
from flask_babel import gettext as _
from werkzeug.exceptions import UnsupportedMediaType

from app.api.answers.cases import PaperTaken
from app.api.openapi import operation
from app.api.views.bodies import answer, api
from app.database import db
from app.documents.queries import paper_for
from app.documents.service import receive_paper
from app.documents.views import paper_response
from app.refusals import FieldRefused
from app.security import current_actor
from workflows.definition import because


@operation(
    api, "GET", "/papers/<uuid:paper>", "paper.read", "The bytes of a paper.", content="application/octet-stream"
)
def get_paper(paper: UUID) -> Response:
    """To those who may see it; nobody is ever handed a file that is not what was stored."""
    found = paper_for(db.session(), paper, actor=current_actor())
    return paper_response(found, current_app.extensions["aidflow"].store)


def take_paper(case_for: Callable[[str], UUID]) -> Response:
    """Store the file that was sent, on the case that its kind belongs to."""
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType(_("材料须以 multipart/form-data 提交。"))
    kind = request.form.get("kind", "")
    file = request.files.get("file")
    if not kind:
        raise FieldRefused("kind", because("请选择材料种类。"))
    if file is None or not file.filename:
        raise FieldRefused("file", because("请选择至少一个文件。"))
    tools = current_app.extensions["aidflow"]
    paper = receive_paper(
        case_for(kind), kind=kind, name=file.filename, stream=file.stream, actor=current_actor(),
        now=tools.clock.now(), store=tools.store, limit=tools.settings.max_upload_bytes,
    )  # fmt: skip
    taken = PaperTaken(
        id=paper.public_id, kind=paper.kind, name=paper.name, size=paper.size, sha256=paper.sha256, state=paper.state
    )
    return answer(taken, 201, Location=f"/api/v1/papers/{paper.public_id.hex}")
