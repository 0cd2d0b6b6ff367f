"""Acting on any case, and what waits to be acted upon."""

from uuid import UUID

from flask import Response
from flask_babel import gettext as _
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from app.api.answers.cases import Acted, ChildAnswer, EventHead, Inbox, InboxItem, PaperTaken
from app.api.openapi import PAPER, operation
from app.api.queries import child_answer
from app.api.views.bodies import (
    CURSOR,
    LIMIT,
    answer,
    api,
    command_from,
    idempotency_key,
    json_body,
    limit,
)
from app.api.views.papers import take_paper
from app.casework.commands import Command, NoFields
from app.casework.models import Case
from app.casework.queries import case_rows, case_visible
from app.casework.service import take_action
from app.casework.subjects import command_of, subject_of
from app.database import db
from app.desk.queries import Child, inbox_lines
from app.paging import urgency_cursor
from app.people.permissions import PUBLIC_ACTOR
from app.refusals import FieldRefused
from app.security import clock, current_actor
from app.security.limits import count_objection
from app.text import stage_label
from workflows.definition import PUBLIC, because
from workflows.registry import WORKFLOWS

PAGED = {"limit": LIMIT, "cursor": CURSOR}
#: What anybody may do, signed in or not; such an act never carries the name of an account.
PUBLIC_ACTIONS = frozenset(t.action for life in WORKFLOWS for t in life.transitions if PUBLIC in t.roles)


@operation(
    api, "POST", "/cases/<uuid:case>/actions/<action>", "case.act_or_object", "Take an action on a case.",
    body=NoFields, answer=Acted, headers=("Idempotency-Key",), refusals=(401, 403, 409, 429),
)  # fmt: skip
def act(case: UUID, action: str) -> Response:
    """The fields are those of the action; without a token only what the public may do."""
    actor = PUBLIC_ACTOR if action in PUBLIC_ACTIONS else current_actor()
    if actor.user_id is None and action not in PUBLIC_ACTIONS:
        raise Unauthorized(_("请提供有效的访问令牌。"), www_authenticate=WWWAuthenticate("bearer"))
    body = json_body()
    seen = body.pop("seen", None)

    def read(found: Case) -> Command:
        if not isinstance(seen, str):
            raise FieldRefused("seen", because("此项必填。"))
        known = any(t.action == action for t in subject_of(found.workflow).workflow.transitions)
        return command_from(command_of(found.life, action), body) if known else NoFields()

    if actor is PUBLIC_ACTOR:
        read(case_visible(db.session(), actor, case))
        count_objection()
    receipt = take_action(
        case, action, actor=actor, seen=seen, command=read, idempotency_key=idempotency_key(), now=clock().now()
    )
    head = EventHead(seq=receipt.seq, hash=receipt.hash)
    return answer(Acted(stage=receipt.stage, event=head, receipt=receipt.receipt))


@operation(
    api,
    "GET",
    "/cases/<uuid:case>",
    "case.read",
    "One case: a life inside a project, or a budget year.",
    answer=ChildAnswer,
)
def get_case(case: UUID) -> Response:
    """Where it stands and what may be done."""
    actor = current_actor()
    found = case_visible(db.session(), actor, case)
    row = case_rows(db.session(), actor, [found], clock().now())[0]
    return answer(child_answer(Child(row, subject_of(found.workflow).workflow.label)))


@operation(
    api, "POST", "/cases/<uuid:case>/papers", "paper.add", "Add a paper to a case.",
    multipart=PAPER, answer=PaperTaken, status=201, refusals=(403, 409),
)  # fmt: skip
def post_case_paper(case: UUID) -> Response:
    """For the lives inside a project that have papers of their own, such as an audit."""
    case_visible(db.session(), current_actor(), case)
    return take_paper(lambda _kind: case)


@operation(api, "GET", "/inbox", "inbox.read", "What waits for me, most urgent first.", answer=Inbox, query=PAGED)
def inbox() -> Response:
    """By the end of its term; what has none comes last."""
    most = limit()
    lines = inbox_lines(db.session(), current_actor(), after=urgency_cursor(), limit=most)
    items = [
        InboxItem(
            case=line.row.pid, kind=line.row.life, project=line.number, title=line.title,
            organisation=line.organisation, stage=line.row.stage,
            stage_label=stage_label(line.row.stage, line.row.workflow), due_at=line.row.due_at,
        )
        for line in lines[:most]
    ]  # fmt: skip
    last = lines[most - 1].row if len(lines) > most else None
    return answer(Inbox(items=items, next=f"{last.urgent_at.isoformat()},{last.id}" if last else None))
