"""Projects: the list, the draft and its edits, the papers, the chain of events."""

from uuid import UUID

from flask import Response, request
from werkzeug.exceptions import PreconditionRequired

from app.api.answers.cases import EventAnswer, Events, PaperTaken, ProjectAnswer, ProjectLine, Projects
from app.api.openapi import PAPER, operation
from app.api.queries import project_answer
from app.api.views.bodies import CURSOR, LIMIT, answer, api, command_from, cursor, json_body, limit
from app.api.views.papers import take_paper
from app.casework.queries import history
from app.database import db
from app.desk.queries import paper_desk, project_page
from app.paging import DIGITS
from app.projects.commands import Declaration, NewProject
from app.projects.queries import declaration_of, project_head, project_list
from app.projects.service import create_project, save_declaration
from app.refusals import FieldRefused
from app.security import clock, current_actor
from app.text import stage_label
from workflows.aid_project import AID_PROJECT
from workflows.definition import because

STAGES = tuple(stage.name for stage in AID_PROJECT.stages)
#: As long as a title is.
LONGEST = 200
FILTERS = {
    "limit": LIMIT,
    "cursor": CURSOR,
    "stage": {"type": "string", "enum": list(STAGES)},
    "title": {"type": "string", "maxLength": LONGEST, "description": "A part of the title."},
}


@operation(
    api, "GET", "/projects", "project.read", "The projects I may see, newest first.", answer=Projects, query=FILTERS
)
def list_projects() -> Response:
    """All of them, or those at a stage, or those whose title holds some words."""
    stage, title, most = request.args.get("stage"), request.args.get("title"), limit()
    if stage is not None and stage not in STAGES:
        raise FieldRefused("stage", because("没有这个环节。"))
    if title is not None and (len(title) > LONGEST or "\x00" in title):
        raise FieldRefused("title", because("至多 {max_length} 个字。", max_length=LONGEST))
    rows = project_list(db.session(), current_actor(), stage=stage, title=title, before=cursor(), limit=most)
    items = [
        ProjectLine(
            number=row.number, case=row.pid, title=row.title, organisation=row.organisation, stage=row.stage,
            stage_label=stage_label(row.stage, AID_PROJECT), due_at=row.due_at, requested=row.requested,
            approved=row.approved,
        )
        for row in rows[:most]
    ]  # fmt: skip
    return answer(Projects(items=items, next=str(rows[most - 1].id) if len(rows) > most else None))


@operation(
    api, "POST", "/projects", "project.begin", "Begin a draft under an open call.",
    body=NewProject, answer=ProjectAnswer, status=201, refusals=(403,),
)  # fmt: skip
def post_project() -> Response:
    """Only the title is needed; the declaration is written by PATCH."""
    command = command_from(NewProject, json_body())
    number = create_project(command, actor=current_actor(), now=clock().now())
    return _project(number, 201)


@operation(api, "GET", "/projects/<number>", "project.read", "One project.", answer=ProjectAnswer)
def get_project(number: str) -> Response:
    """With what may be done on it, and on every life inside it."""
    return _project(number)


@operation(
    api, "PATCH", "/projects/<number>", "project.patch", "Change fields of the declaration.",
    body=Declaration, answer=ProjectAnswer, headers=("If-Match",), refusals=(403, 409, 412, 428),
)  # fmt: skip
def patch_project(number: str) -> Response:
    """Fields that are not named stay as they are; lists are replaced as a whole."""
    actor = current_actor()
    head = project_head(db.session(), actor, number)
    version = _version_seen(head.version)
    changed = json_body()
    declaration = command_from(Declaration, {**declaration_of(db.session(), head.case_id).record(), **changed})
    save_declaration(head.pid, declaration, version=version, actor=actor, now=clock().now())
    return _project(number)


@operation(
    api, "POST", "/projects/<number>/papers", "paper.add", "Add a paper to a project.",
    multipart=PAPER, answer=PaperTaken, status=201, refusals=(403, 409),
)  # fmt: skip
def post_paper(number: str) -> Response:
    """A kind that belongs to a life inside the project, such as an audit report, goes there by itself."""

    def case_for(kind: str) -> UUID:
        return paper_desk(db.session(), current_actor(), number, kind)

    project_head(db.session(), current_actor(), number)
    return take_paper(case_for)


@operation(
    api, "GET", "/projects/<number>/events", "project.read", "The chain of events of a project, oldest first.",
    answer=Events, query={"limit": LIMIT, "cursor": CURSOR},
)  # fmt: skip
def list_events(number: str) -> Response:
    """Those of the cases that the reader may see."""
    most = limit()
    head = project_head(db.session(), current_actor(), number)
    rows = history(db.session(), current_actor(), head.case_id, after=cursor() or 0, limit=most + 1)
    items = [
        EventAnswer(
            seq=row.seq, at=row.at, case=row.case, kind=row.life, role=row.role, action=row.action,
            from_=row.from_stage, to=row.to_stage, hash=row.hash, said=list(row.said),
        )
        for row in rows[:most]
    ]  # fmt: skip
    return answer(Events(items=items, next=str(rows[most - 1].seq) if len(rows) > most else None))


def _project(number: str, status: int = 200) -> Response:
    page = project_page(db.session(), current_actor(), number, clock().now(), with_history=False)
    found = project_answer(db.session(), page)
    return answer(found, status, ETag=f'"{found.version}"', Location=f"/api/v1/projects/{found.number}")


def _version_seen(present: int) -> int:
    """The version that If-Match names; 428 without one, and one that no version ever had is stale."""
    if "If-Match" not in request.headers:
        raise PreconditionRequired
    if request.if_match.star_tag:
        return present
    versions = [int(tag) for tag in request.if_match.as_set() if tag.isascii() and tag.isdigit() and len(tag) <= DIGITS]
    return present if present in versions else 0
