"""What the pages and the API show about a project and its lives, each in a fixed number of statements."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, bindparam, exists, func, literal, select
from sqlalchemy.orm import Session

from app.agreements.queries import AgreementPage, agreement_of
from app.audits.models import Audit
from app.casework.models import Case
from app.casework.permissions import SHEET, duty_on
from app.casework.queries import CaseRow, EventRow, case_rows, case_visible, lives_inside, recent_history
from app.casework.subjects import subject_of
from app.database import Missing
from app.desk.queries.waiting import sent_back, waits_for
from app.documents.permissions import kinds_to_add
from app.documents.queries import PaperLine, papers_brought, papers_of
from app.evidence.models import Event
from app.ledger.queries import project_balance
from app.payments.models import Settlement
from app.people.models import User
from app.people.permissions import Actor
from app.projects.commands import Declaration
from app.projects.models import BudgetLine, PerformanceTarget, Project
from app.projects.queries import ProjectHead, project_head
from app.projects.queries.submitted import Declared, as_submitted, in_short, newest_submission, submission
from app.projects.service import EDITABLE
from app.publicity.queries import NoticeRow, notices_of
from app.reviews.queries import awaits_decision
from app.workbench.queries import Shelf, shelf
from workflows.definition import SYSTEM, Workflow
from workflows.roles import APPLICANTS, APPROVER

PROJECT = "aid_project"
PUBLICITY = "publicity"


@dataclass(frozen=True, slots=True)
class Stop:
    """One stage on the rail: `state` is done, now, ahead or skipped."""

    label: str
    state: str
    at: datetime | None = None
    who: str | None = None
    due: str | None = None


@dataclass(frozen=True, slots=True)
class Child:
    """A life inside the project: where it stands, what it is called, and the expert whose sheet it is.

    Whoever sees a sheet is its expert or of an office that knows who sits on the panel.
    """

    row: CaseRow
    label: str
    expert: str | None = None


@dataclass(frozen=True, slots=True)
class Awaited:
    """What a project waits for: an act or a life inside it, and who is to see to it; None is the clock."""

    label: str
    role: str | None


@dataclass(frozen=True, slots=True)
class Amounts:
    """What became of the money, in fen; None where it has not come to that yet."""

    audited: int | None
    entitled: int | None
    paid: int


@dataclass(frozen=True, slots=True)
class ProjectPage:
    """A project as its reader may see it: where it stands, what may be done, what is in it."""

    head: ProjectHead
    case: CaseRow
    stops: tuple[Stop, ...]
    side: str | None
    children: tuple[Child, ...]
    papers: tuple[PaperLine, ...]
    paper_kinds: tuple[str, ...]
    events: tuple[EventRow, ...]
    notices: tuple[NoticeRow, ...]
    agreement: AgreementPage | None
    amounts: Amounts
    may_edit: bool
    to_correct: tuple[str, ...]
    awaited: tuple[Awaited, ...]
    waits_for: tuple[str, ...]
    sent_back: EventRow | None
    kept: Shelf
    declared: Declared | None
    #: What others than the organisation read while the rows hold what is not handed in.
    submitted: Declaration | None


@dataclass(frozen=True, slots=True)
class CasePage:
    """One life inside a project (or a budget year), with the project it belongs to."""

    case: CaseRow
    label: str
    root_pid: UUID
    number: str | None
    title: str | None
    papers: tuple[PaperLine, ...]
    events: tuple[EventRow, ...]


def project_page(
    session: Session, actor: Actor, number: str, now: datetime, *, with_history: bool = True
) -> ProjectPage:
    """Everything this actor may see about a project. `Missing` for absent and forbidden alike.

    Without its history there are no events, no stops and no notices: the API has addresses for these.
    """
    head = project_head(session, actor, number)
    cases = lives_inside(session, actor, head.case_id)
    rows = case_rows(session, actor, cases, now)
    kept, (duty, *amounts, texts, sums, lines, targets, body) = shelf(session, actor, head.case_id, more=_FIGURES)
    submitted = submission(actor, head, body)
    declared = in_short(submitted) if submitted else Declared(texts, tuple((sums or {}).items()), lines, targets)
    events = tuple(recent_history(session, actor, head.case_id)) if with_history else ()
    notices = notices_of(session, head.case_id, now=now) if with_history else ()
    experts = _experts(session, cases)
    children = tuple(_child(row, experts.get(row.id)) for row in rows[1:])
    root = cases[0]
    if awaits_decision(session, root):
        rows[0] = replace(rows[0], holder_role=APPROVER)
    workflow = subject_of(root.workflow).workflow
    return ProjectPage(
        head=as_submitted(head, submitted) if submitted else head,
        case=rows[0],
        stops=_stops(workflow, rows[0], events) if with_history else (),
        side=workflow.stage(root.stage).label if workflow.stage(root.stage).side else None,
        children=children,
        papers=papers_of(session, head.case_id, actor=actor),
        paper_kinds=kinds_to_add(actor, root, duty),
        events=events,
        notices=notices,
        agreement=agreement_of(session, head.case_id),
        amounts=Amounts(*amounts),
        may_edit=root.stage in EDITABLE and _applies(actor, root),
        to_correct=to_correct(events) if root.stage == "correction" else (),
        kept=kept,
        declared=declared if head.file_open else None,
        submitted=submitted,
        waits_for=waits_for(workflow, rows[0], rows[1:]),
        sent_back=sent_back(events, rows[0].pid),
        awaited=_awaited(workflow, rows[0], children, notice_out=bool(notices)),
    )


def case_page(session: Session, actor: Actor, case: Case, now: datetime) -> CasePage:
    """One case, which this actor sees, as he or she may see it."""
    row = case_rows(session, actor, [case], now)[0]
    of = select(Case.pid, Project.number, Project.title).outerjoin(Project, Project.case_id == Case.id)
    root_pid, number, title = session.execute(of.where(Case.id == case.root_id)).one()
    events = tuple(recent_history(session, actor, case.root_id, case_id=case.id))
    papers = papers_brought(session, case, actor=actor)
    return CasePage(row, subject_of(case.workflow).workflow.label, root_pid, number, title, papers, events)


def paper_desk(session: Session, actor: Actor, number: str, kind: str) -> UUID:
    """The case of a project to which this actor may add this kind of paper now; the project's own without any."""
    head = project_head(session, actor, number)
    duty = session.scalar(select(duty_on(*(literal(each, BigInteger) for each in (head.case_id, actor.user_id)))))
    root, *inner = lives_inside(session, actor, head.case_id)
    for case in (root, *reversed(inner)):
        if kind in kinds_to_add(actor, case, duty):
            return case.pid
    return root.pid


def project_by_pid(session: Session, actor: Actor, pid: UUID) -> str:
    """The number of the project whose case this is; `Missing` when it is none that the actor sees."""
    found = session.scalar(select(Project.number).where(Project.case_id == case_visible(session, actor, pid).root_id))
    if found is None:
        raise Missing(str(pid))
    return found


def programme_year_of(session: Session, case_id: int) -> int | None:
    """The case of the budget year that pays for a project."""
    return session.scalar(select(Case.programme_year_id).where(Case.id == case_id))


def _figures() -> list[ColumnElement[Any]]:
    """What the reader already is on the project, what was audited, entitled and paid, what was declared in short."""
    root_id, user_id = bindparam("root_id", type_=BigInteger), bindparam("user_id", type_=BigInteger)
    audited = select(Audit.audited).where(Audit.project_id == root_id, Audit.state.in_(("submitted", "accepted")))
    entitled = select(Settlement.entitled).where(Settlement.project_id == root_id, Settlement.ended_at.is_(None))
    latest = audited.order_by(Audit.case_id.desc()).limit(1), entitled.order_by(Settlement.id.desc()).limit(1)
    texts = select(Project.declaration).where(Project.case_id == root_id)
    line = select(BudgetLine.paid_from, func.sum(BudgetLine.amount).label("amount"))
    by_source = line.where(BudgetLine.project_id == root_id).group_by(BudgetLine.paid_from).subquery()
    sums = select(func.json_object_agg(by_source.c.paid_from, by_source.c.amount))
    lines = select(func.count()).where(BudgetLine.project_id == root_id)
    targets = select(func.count()).where(PerformanceTarget.project_id == root_id)
    columns = [
        duty_on(root_id, user_id),
        *(each.scalar_subquery() for each in latest),
        project_balance(root_id, "disbursed"),
    ]
    return [*columns, *(each.scalar_subquery() for each in (texts, sums, lines, targets)), newest_submission(root_id)]


_FIGURES = _figures()


def to_correct(events: Sequence[EventRow]) -> tuple[str, ...]:
    """What the last correction notice asks for."""
    return next((event.said for event in reversed(events) if event.action == "return_for_correction"), ())


def _awaited(workflow: Workflow, case: CaseRow, children: Sequence[Child], *, notice_out: bool) -> tuple[Awaited, ...]:
    """The lives inside that somebody holds; without any, what the holder of the project may do to bring it on."""
    if case.final:
        return ()
    inside = [Awaited(child.label, child.row.holder_role) for child in children if child.row.holder_role]
    if inside:
        return tuple(dict.fromkeys(inside))
    if case.stage == PUBLICITY and notice_out:
        return tuple(Awaited(t.label, None) for t in workflow.leaving(case.stage) if SYSTEM in t.roles)
    onward = [t for t in workflow.leaving(case.stage) if case.holder_role in t.roles and not workflow.stage(t.to).side]
    if any(child.row.stage == "in_force" for child in children):
        # Nobody waits for a signature once both are there.
        onward = [t for t in onward if t.action != "sign_agreement"]
    return tuple(dict.fromkeys(Awaited(t.label, case.holder_role) for t in onward))


def _child(row: CaseRow, expert: str | None) -> Child:
    return Child(row, subject_of(row.workflow).workflow.label, expert)


def _experts(session: Session, cases: Sequence[Case]) -> dict[int, str]:
    """The case of each sheet → whose it is."""
    whose = {case.id: case.assigned_user_id for case in cases if case.life == SHEET}
    if not whose:
        return {}
    names = dict(session.execute(select(User.id, User.name).where(User.id.in_(set(whose.values())))).all())
    return {ident: names[user] for ident, user in whose.items() if user in names}


def _applies(actor: Actor, case: Case) -> bool:
    return any(grant.role in APPLICANTS and grant.organisation_id == case.organisation_id for grant in actor.grants)


def _stops(workflow: Workflow, case: CaseRow, events: Sequence[EventRow]) -> tuple[Stop, ...]:
    """The main stages in order: those left behind with the last time somebody took the case out of them."""
    left = {e.from_stage: e for e in events if e.case == case.pid and e.from_stage != e.to_stage}
    main = [stage for stage in workflow.stages if not stage.side]
    # On a side branch the rail waits at the stage that was left last.
    here = (
        case.stage
        if not workflow.stage(case.stage).side
        else next(
            (e.from_stage for e in reversed(events) if e.case == case.pid and e.from_stage in {s.name for s in main}),
            None,
        )
    )
    place = [stage.name for stage in main].index(here) if here else 0
    stops = []
    for index, stage in enumerate(main):
        event = left.get(stage.name)
        if index == place:
            # A case that is over waits nowhere: its last stage is done.
            done = case.final and not workflow.stage(case.stage).side
            stops.append(Stop(stage.label, "done" if done else "now", at=case.entered_at))
        elif index < place:
            stops.append(Stop(stage.label, "done" if event else "skipped", event and event.at, event and event.actor))
        else:
            stops.append(Stop(stage.label, "ahead"))
    return tuple(stops)


def has_acted(session: Session, actor: Actor, pid: UUID, action: str) -> bool:
    """Whether this person took this action on this case before."""
    found = exists().where(
        Event.case_id == Case.id, Case.pid == pid, Event.action == action, Event.actor_id == actor.user_id
    )
    return actor.user_id is not None and bool(session.scalar(select(found)))
