"""Pages of papers: the list with its form, the download, and taking one back."""

import re
from base64 import b64encode
from collections.abc import Iterator
from itertools import chain
from typing import Any
from urllib.parse import quote
from uuid import UUID

import structlog
from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _
from werkzeug.datastructures import CombinedMultiDict
from werkzeug.wrappers import Response as AnyResponse

from app.casework.models import Case
from app.casework.queries import case_visible, history
from app.casework.subjects import subject_of
from app.collaborators import Collaborators
from app.database import Missing, db
from app.documents.forms import PapersForm
from app.documents.queries import PapersPage, StoredPaper, dossier_papers, paper_for, papers_page
from app.documents.service import TYPES, PaperRefused, receive_paper, withdraw_paper
from app.documents.service.dossier import PAPERS, dossier, safe_name
from app.documents.service.pictures import page_picture, small_picture
from app.documents.store import DocumentAltered, DocumentStore, StoreAway
from app.registers.service import record_export
from app.security import current_actor, may
from app.text import say

log = structlog.get_logger()
pages = Blueprint("documents", __name__)
blueprints = (pages,)

#: Pages that hold a form for papers themselves, and lead back to where one was on them.
OUR_PAGE = re.compile(r"/(projects|cases)/[A-Za-z0-9/_-]+(#[a-z_-]+)?")

#: A paper is shown by the reader's own program, never as a page of ours.
SANDBOX = "sandbox; default-src 'none'"


@pages.get("/cases/<uuid:pid>/papers")
@may("paper.list")
def papers(pid: UUID) -> str:
    """The papers of a case and, where the reader may add some, the form for it."""
    page = papers_page(db.session(), pid, actor=current_actor())
    form = _form(page)
    if request.args.get("kind") in dict(page.kinds):
        form.kind.data = request.args["kind"]
    return _shown(page, form)


@pages.post("/cases/<uuid:pid>/papers")
@may("paper.add")
def add_papers(pid: UUID) -> AnyResponse | tuple[str, int] | tuple[str, int, dict[str, str]]:
    """Take the files one by one; those that are refused are named with the reason, the others stay."""
    actor, tools = current_actor(), _tools()
    page = papers_page(db.session(), pid, actor=actor)
    db.session().rollback()
    form = _form(page, CombinedMultiDict[str, Any]([request.files, request.form]))
    if not form.validate():
        return _shown(page, form), 422
    status = 0
    for file in form.files:
        name = file.filename or ""
        try:
            paper = receive_paper(
                pid,
                kind=form.kind.data,
                name=name,
                stream=file.stream,
                actor=actor,
                now=tools.clock.now(),
                store=tools.store,
                limit=tools.settings.max_upload_bytes,
            )
        except PaperRefused as refused:
            status = status or refused.status
            _blame(form, name, say(refused.reason))
        except StoreAway as away:
            log.warning("store away", exc_info=away)
            status = status or away.status
            _blame(form, name, _("材料存储服务暂时不可用，请稍后再试。"))
        else:
            flash(_("已收到“%(name)s”。", name=paper.name), "success")
    if status:
        headers = {"Retry-After": str(StoreAway.retry_after)} if status == StoreAway.status else {}
        return _shown(papers_page(db.session(), pid, actor=actor), form), status, headers
    return redirect(_back(pid), 303)


@pages.get("/cases/<uuid:pid>/papers.zip")
@may("paper.take_all")
def take_all(pid: UUID) -> Response:
    """All papers of a case that one may read, with their list, the acts and the hashes, as one archive."""
    session, actor, tools = db.session(), current_actor(), _tools()
    case = case_visible(session, actor, pid)
    papers = dossier_papers(session, case, actor=actor)
    if not papers:
        raise Missing(f"papers of {pid}")
    root = case if case.id == case.root_id else session.get_one(Case, case.root_id)
    heading = subject_of(root.workflow).heading(session, root.id)
    events = [each for each in history(session, actor, root.id, limit=None) if case is root or each.case == pid]
    session.rollback()  # Nobody holds on to the database while an archive is sent.
    now = tools.clock.now()
    blocks = dossier(heading, papers, events, store=tools.store, now=now)
    first = next(blocks)  # A store that is away shows before an answer is begun.
    record_export(
        "dossier", address=request.path, columns=[column.key for column in PAPERS], kind="zip", rows=len(papers),
        by=actor.user_id or 0, now=now,
    )  # fmt: skip
    response = Response(chain([first], blocks), mimetype="application/zip")
    response.headers["Content-Disposition"] = named_file(f"{safe_name(heading)}.zip", f"dossier-{pid.hex[:12]}.zip")
    response.headers["Content-Security-Policy"] = SANDBOX
    return response


@pages.get("/papers/<uuid:public_id>")
@may("paper.read")
def download(public_id: UUID) -> Response:
    """The bytes of a paper, to those who may see it."""
    return paper_response(paper_for(db.session(), public_id, actor=current_actor()), _tools().store)


@pages.get("/papers/<uuid:public_id>/pages/<int:page>")
@may("paper.read")
def page(public_id: UUID, page: int) -> Response:
    """A picture of one page, to those who may see the paper; the paper itself never comes to life in a browser."""
    paper = paper_for(db.session(), public_id, actor=current_actor())
    db.session().rollback()  # Nobody holds on to the database while a page is drawn.
    return _picture(page_picture(paper, page, store=_tools().store))


@pages.get("/papers/<uuid:public_id>/small")
@may("paper.read")
def small(public_id: UUID) -> Response:
    """A small picture of a photo or of a first page, for lists."""
    paper = paper_for(db.session(), public_id, actor=current_actor())
    db.session().rollback()
    return _picture(small_picture(paper, _tools().store))


def _picture(content: bytes) -> Response:
    response = Response(content, content_type="image/jpeg")
    response.headers["Content-Disposition"] = "inline"
    response.headers["Content-Security-Policy"] = SANDBOX
    return response


@pages.post("/papers/<uuid:public_id>/withdraw")
@may("paper.withdraw")
def withdraw(public_id: UUID) -> AnyResponse:
    """Take back a paper that no act relies on yet."""
    pid = withdraw_paper(public_id, actor=current_actor(), now=_tools().clock.now())
    flash(_("已撤回该材料。"), "success")
    return redirect(_back(pid), 303)


def paper_response(paper: StoredPaper, store: DocumentStore) -> Response:
    """Stream a paper under its own name; pages and API alike.

    A paper that is not what was stored is refused before the first byte where it is short, and else the
    connection breaks one block before the end, so that nobody ever holds a whole wrong file.
    """
    extension = paper.name.rpartition(".")[2]
    plain = f"paper-{paper.id.hex[:12]}.{extension}" if extension.isascii() else f"paper-{paper.id.hex[:12]}"
    response = Response(_watched(paper, store.read(paper.key, sha256=paper.sha256, size=paper.size)))
    response.content_type = paper.content_type
    response.content_length = paper.size
    response.headers["Content-Disposition"] = named_file(paper.name, plain)
    response.headers["Repr-Digest"] = f"sha-256=:{b64encode(bytes.fromhex(paper.sha256)).decode()}:"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = SANDBOX
    return response


def named_file(name: str, plain: str) -> str:
    """A file to be saved: under its name, and for old programs under a plain one (RFC 6266)."""
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _watched(paper: StoredPaper, blocks: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield from blocks
    except (DocumentAltered, StoreAway):
        log.exception("download broken off", paper=str(paper.id), sha256=paper.sha256)
        raise


def _back(pid: UUID) -> str:
    """The page of a project that the form stood on, or the list of the papers."""
    asked = request.form.get("next", "")
    return asked if OUR_PAGE.fullmatch(asked) else url_for(".papers", pid=pid)


def _form(page: PapersPage, data: CombinedMultiDict[str, Any] | None = None) -> PapersForm:
    form = PapersForm(data)
    form.file.flags.required = True
    form.kind.choices = [(kind, _(label)) for kind, label in page.kinds]
    return form


def _blame(form: PapersForm, name: str, why: str) -> None:
    form.file.errors = [*form.file.errors, _("%(name)s：%(why)s", name=name, why=why)]


def _shown(page: PapersPage, form: PapersForm) -> str:
    most = _tools().settings.max_upload_bytes // (1024 * 1024)
    accept = ",".join(f".{extension}" for extension in (*TYPES, "jpeg"))
    return render_template("documents/papers.html", page=page, form=form, most=most, accept=accept)


def _tools() -> Collaborators:
    tools: Collaborators = current_app.extensions["aidflow"]
    return tools
