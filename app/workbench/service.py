"""What people do at their workbench: each a transaction of its own, none of them an act on a case."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.casework.models import Case
from app.casework.permissions import visible, visible_as
from app.database import Missing, transaction
from app.outbox.service import enqueue, to_one
from app.people.permissions import Actor
from app.refusals import FieldRefused
from app.workbench.commands import Findings, NewNote, NewView
from app.workbench.models import Assignment, Checklist, Look, Note, Pin, Reminder, SavedView
from app.workbench.permissions import OFFICES, may_assign, office_on
from app.workbench.queries import Shelf, colleagues, live_on_desk
from workflows.calendar import shanghai_date
from workflows.definition import because
from workflows.engine import NotYourRole

#: A look is written down at most so often, so that reading costs next to nothing.
PATIENCE = timedelta(minutes=1)
MOST_VIEWS = 30
#: Cases that one press of a button may be about.
MOST_AT_ONCE = 100


@dataclass(slots=True)
class Round:
    """What became of the chosen cases: how many were done, how many left as they were."""

    done: list[UUID] = field(default_factory=list)
    left: list[UUID] = field(default_factory=list)


def note_look(actor: Actor, root_id: int, shelf: Shelf, *, now: datetime) -> None:
    """Write down that this person read the chain as far as it goes; the reader's own row and nobody else's business.

    A look after half an hour of silence begins a new visit, see `Shelf.visit`.
    """
    if shelf.seq == shelf.head and shelf.at is not None and now - shelf.at < PATIENCE:
        return
    since_seq, since_at = shelf.visit(now)
    seen = {"seq": shelf.head, "at": now, "since_seq": since_seq, "since_at": since_at}
    with transaction() as session:
        session.execute(
            insert(Look)
            .values(user_id=actor.user_id, root_id=root_id, **seen)
            .on_conflict_do_update(index_elements=["user_id", "root_id"], set_=seen)
        )


def pin(pid: UUID, *, actor: Actor, on: bool, now: datetime) -> None:
    """Keep a project at hand, or no longer. `Missing` for one that this person does not see."""
    with transaction() as session:
        root_id = session.scalar(select(Case.root_id).where(Case.pid == pid, visible(actor)))
        if root_id is None:
            raise Missing(str(pid))
        if on:
            kept = insert(Pin).values(user_id=actor.user_id, root_id=root_id, at=now)
            session.execute(kept.on_conflict_do_nothing())
        else:
            session.execute(delete(Pin).where(Pin.user_id == actor.user_id, Pin.root_id == root_id))


def save_view(command: NewView, *, actor: Actor, now: datetime) -> None:
    """Name a set of filters; the same name again changes it. FieldRefused beyond `MOST_VIEWS`."""
    with transaction() as session:
        mine = SavedView.user_id == actor.user_id, SavedView.page == command.page
        if command.is_default:
            session.execute(update(SavedView).where(*mine, SavedView.is_default).values(is_default=False))
        number = session.scalar(select(func.count()).where(*mine, SavedView.name != command.name)) or 0
        if number >= MOST_VIEWS:
            raise FieldRefused("name", because("最多保存 {most} 个视图，请先删除不用的视图。", most=MOST_VIEWS))
        changed = {"query": command.query, "is_default": command.is_default, "saved_at": now}
        session.execute(
            insert(SavedView)
            .values(user_id=actor.user_id, page=command.page, name=command.name, **changed)
            .on_conflict_do_update(index_elements=["user_id", "page", "name"], set_=changed)
        )


def drop_view(view_id: int, *, actor: Actor) -> None:
    """Forget a view of one's own; `Missing` for anybody else's."""
    with transaction() as session:
        mine = SavedView.id == view_id, SavedView.user_id == actor.user_id
        if session.scalar(delete(SavedView).where(*mine).returning(SavedView.id)) is None:
            raise Missing(f"SavedView {view_id}")


def write_note(command: NewNote, pid: UUID, *, actor: Actor, now: datetime) -> None:
    """Tell the other officers something about a project; it can be read, and not changed any more.

    `Missing` for whoever does not see the project as an officer, NotYourRole for whoever only reads notes.
    """
    with transaction() as session:
        case = session.scalars(select(Case).where(Case.pid == pid, visible(actor))).one_or_none()
        if case is None:
            raise Missing(str(pid))
        role = office_on(actor, case)
        if role is None:
            raise NotYourRole(because("只有受理单位、市政府合作交流办和评审秘书可以写备注。"))
        session.add(Note(root_id=case.root_id, author_id=actor.user_id, role=role, text=command.text, written_at=now))


def save_findings(command: Findings, pid: UUID, *, actor: Actor, now: datetime) -> None:
    """Keep a checklist as far as it has got, for this person and the present stage of the project.

    `Missing` for whoever does not see the project; NotYourRole for whoever does not hold it.
    """
    with transaction() as session:
        case = session.scalars(select(Case).where(Case.pid == pid, visible(actor))).one_or_none()
        if case is None:
            raise Missing(str(pid))
        if not may_assign(actor, case):
            raise NotYourRole(because("该项目现在不在您的办理环节。"))
        saved = {"content": command.record(), "saved_at": now}
        session.execute(
            insert(Checklist)
            .values(root_id=case.root_id, stage=case.stage, user_id=actor.user_id, **saved)
            .on_conflict_do_update(index_elements=["root_id", "stage", "user_id"], set_=saved)
        )


def assign(pids: Sequence[UUID], user_id: int, *, actor: Actor, now: datetime) -> Round:
    """Give cases of one's own desks to a colleague of that desk; who did so and until when is kept.

    A case that is not on such a desk, or not of this colleague, stays as it is.
    """
    round_ = Round()
    with transaction() as session:
        desks = {each.role for each in colleagues(session, actor) if each.id == user_id}
        for case in _chosen(session, actor, pids):
            if case.holder_role not in desks or not may_assign(actor, case):
                round_.left.append(case.pid)
                continue
            session.execute(
                update(Assignment)
                .where(Assignment.id.in_(select(Assignment.id).join(Case, live_on_desk()).where(Case.id == case.id)))
                .values(ended_by_id=actor.user_id, ended_at=now)
            )
            session.add(
                Assignment(
                    case_id=case.id, role=case.holder_role, user_id=user_id, assigned_by_id=actor.user_id,
                    assigned_at=now,
                )
            )  # fmt: skip
            if user_id != actor.user_id:
                told = to_one(str(case.holder_role), user_id)
                enqueue(session, event_id=None, case_id=case.id, notices=[("assigned", told)], now=now)
            round_.done.append(case.pid)
    return round_


def remind(pids: Sequence[UUID], *, actor: Actor, now: datetime) -> Round:
    """Ask whoever holds these cases to see to them: one message a case and day (of Shanghai), however many ask."""
    round_ = Round()
    with transaction() as session:
        for case in _chosen(session, actor, pids, in_roles=OFFICES):
            sent = None
            if case.holder_role is not None and case.closed_at is None:
                sent = session.scalar(
                    insert(Reminder)
                    .values(
                        case_id=case.id, sent_on=shanghai_date(now), sent_by_id=actor.user_id, sent_at=now,
                        to_role=case.holder_role,
                    )
                    .on_conflict_do_nothing()
                    .returning(Reminder.case_id)
                )  # fmt: skip
            if sent is None:
                round_.left.append(case.pid)
                continue
            enqueue(session, event_id=None, case_id=case.id, notices=[("reminded", str(case.holder_role))], now=now)
            round_.done.append(case.pid)
    return round_


def _chosen(
    session: Session, actor: Actor, pids: Sequence[UUID], *, in_roles: frozenset[str] | None = None
) -> Sequence[Case]:
    """The chosen cases that this person sees, held until the end; FieldRefused for none or too many."""
    if not 1 <= len(pids) <= MOST_AT_ONCE:
        raise FieldRefused("case", because("请选择 1 至 {most} 项。", most=MOST_AT_ONCE))
    seen = visible(actor) if in_roles is None else visible_as(actor, in_roles)
    wanted = select(Case).where(Case.pid.in_(pids), seen).order_by(Case.id).with_for_update(key_share=True)
    return session.scalars(wanted).all()
