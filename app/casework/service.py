"""The one road every case travels: lock, compare, ask, record, enter, carry out, commit."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from app.barrier import asking, open_projects
from app.casework.commands import Command
from app.casework.effects import carry_out, enter, write_event
from app.casework.models import Case, Duty
from app.casework.permissions import roles_held, roles_on, visible
from app.casework.subjects import Act, Reads, gather, recorder_of, subject_of
from app.database import Missing, db, transaction
from app.evidence.models import Event
from app.evidence.service import Written, canonical
from app.people.permissions import Actor, asker_of
from workflows.definition import PUBLIC, SYSTEM, Reason, because
from workflows.engine import Ask, NotYourRole, Refused, step
from workflows.roles import EXPERT, LABELS, duty_of

#: A lost race for locks: the transaction did nothing and may be tried once more.
RETRYABLE = frozenset({"40P01", "40001"})
#: Why somebody tied to the organisation of a project may not act on it. Source: 政府采购法实施条例 Art. 9 (L).
TIED = {
    "present": because("您现在属于该项目主体，或与其存在已登记的关联，应当回避，不能办理其项目。"),
    "former": because("您近年曾属于该项目主体，或与其有过已登记的关联，仍在回避期内，不能办理其项目。"),
}
Answer = TypeVar("Answer")


class Stale(Refused):
    """What the person was looking at is no longer how the case stands."""

    def __init__(self) -> None:
        super().__init__(because("您查看之后该事项已有变动，请重新读取后再办理。"))


class KeyReused(Refused):
    """The idempotency key came before, with another body."""

    def __init__(self) -> None:
        super().__init__(because("该请求编号已用于另一项操作。"))


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the person who acted takes away: the stage reached and the event's place and hash."""

    stage: str
    seq: int
    hash: str
    at: datetime
    receipt: str


def take_action(
    pid: UUID,
    action: str,
    *,
    actor: Actor,
    seen: str | None,
    command: Command | Reads,
    idempotency_key: str | None = None,
    now: datetime,
) -> Receipt:
    """Carry one case one step along its workflow, in one transaction, or leave everything as it was.

    `command` is what the person said, or reads it once the case is held: which fields there are depends on its life.
    `seen` is what `seen_of` said when the person looked; only the clock may leave it out, and the
    public is not held to it, since an objection stands whatever came just before it. Raises `Missing`
    when there is no such case for this actor, `Stale`, `KeyReused`, or the engine's `Refused` with
    the reason.
    """

    def once() -> Receipt:
        with asking(db.session(), asker_of(actor)), transaction() as session, session.no_autoflush:
            return _take(session, pid, action, actor, seen, command, idempotency_key, now)

    return _retried(once)


def seen_of(case: Case) -> str:
    """What a reader has in front of them: the stage, this visit to it, and the content."""
    return f"{case.stage}.{case.entered_seq}.{case.content_hash[:16]}"


def receipt_number(root: UUID, seq: int, digest: str) -> str:
    """How one names an act on paper: its project, its place in the chain, and its hash, all shortened."""
    return f"{root.hex[:12]}-{seq}-{digest[:16]}"


def content_changed(case: Case, what: bytes) -> None:
    """What people decide about is no longer what it was: nobody may act on the earlier content unseen.

    The new hash takes the old one in, so that it never comes back to a value somebody has seen.
    """
    case.content_hash = hashlib.sha256(bytes.fromhex(case.content_hash) + what).hexdigest()


def _take(  # noqa: PLR0917 -- the inside of take_action, with its arguments in its order
    session: Session,
    pid: UUID,
    action: str,
    actor: Actor,
    seen: str | None,
    said: Command | Reads,
    key: str | None,
    now: datetime,
) -> Receipt:
    case, root = _locked(session, pid, actor)
    command = said if isinstance(said, Command) else said(case)
    request_hash = _hash_of_request(case, action, command) if key else None
    request_key = _request_key(actor, key, request_hash) if request_hash else None
    if request_key and (earlier := _earlier(session, request_key)):
        if earlier.request_hash != request_hash:
            raise KeyReused
        return _receipt(root, earlier)
    if seen != seen_of(case) and not actor.holds(PUBLIC) and not (seen is None and actor.holds(SYSTEM)):
        raise Stale
    subject = subject_of(case.workflow)
    open_projects(session, [root.id])
    row = gather(session, case.life, [case.id], actor, now)[case.id]
    facts = subject.facts(row, command.values(), now)
    roles = roles_on(actor, case, row["duty"], row["tie"])
    try:
        transition = step(subject.workflow, Ask(case.stage, action, roles, facts))
    except NotYourRole:
        held = roles_held(actor, case)
        if any(t.action == action and t.roles & held for t in subject.workflow.leaving(case.stage)):
            raise NotYourRole(why_not(actor, case, row)) from None
        raise
    if row["tie"] and transition.to != "recused" and EXPERT in transition.roles:
        raise NotYourRole(TIED[row["tie"]])
    role = min(transition.roles & roles)
    take_duty(session, root.id, actor, role, row["duty"])
    private = {"command": command.record(), "actor": actor.user_id, "figures": subject.figures(facts, action)}
    event = write_event(
        session,
        case,
        root,
        action=action,
        to=transition.to,
        role=role,
        actor=actor,
        now=now,
        private=private,
        request_key=request_key,
        request_hash=request_hash,
    )
    act = Act(
        session=session,
        case=case,
        root=root,
        command=command,
        actor=actor,
        role=role,
        now=now,
        facts=facts,
        transition=transition,
        event=event,
    )
    if recorder := recorder_of(case.life, action):
        recorder(act)
    enter(session, case, subject.workflow, transition, facts, now)
    session.flush()
    carry_out(act)
    return _receipt(root, event)


def open_root(
    session: Session,
    *,
    workflow: str,
    actor: Actor,
    role: str,
    now: datetime,
    private: Mapping[str, Any],
    scope: Mapping[str, int | None],
) -> Case:
    """Begin a root case in the caller's transaction: a project or a programme-year.

    `scope` gives organisation_id, accepting_unit_id, front_office_id and programme_year_id.
    """
    definition = subject_of(workflow).workflow
    ident = session.scalar(select(func.nextval("case_id_seq")))
    stage = definition.stage(definition.start)
    case = Case(
        id=ident,
        root_id=ident,
        pid=uuid4(),
        workflow=workflow,
        life=definition.life,
        stage=stage.name,
        entered_at=now,
        entered_seq=1,
        last_seq=1,
        content_hash="",
        holder_role=stage.holder,
        created_at=now,
        chain_seq=1,
        chain_hash=b"",
        **scope,
    )
    session.add(case)
    session.flush()
    take_duty(session, case.id, actor, role, None)
    write_event(
        session,
        case,
        case,
        action="open",
        to=stage.name,
        role=role,
        actor=actor,
        now=now,
        private={"command": private, "actor": actor.user_id},
        opening=True,
    )
    session.flush()
    return case


def why_not(actor: Actor, case: Case, row: Mapping[str, Any]) -> Reason:
    """Why somebody who holds the role may not act in it on this project: a tie, or another duty."""
    own = case.organisation_id is not None and case.organisation_id in actor.organisation_ids
    tie = row["tie"] or ("present" if own else None)
    return TIED[tie] if tie else one_duty(row["duty"])


def one_duty(duty: str | None) -> Any:
    """The reason why somebody who was something else on this project may not act."""
    label = "项目主体" if duty == "applicant" else LABELS.get(duty or "", "")
    return because("您在本项目已承担“{duty}”职责，一人在一个项目中只能承担一项职责。", duty=label)


def take_duty(session: Session, root_id: int, actor: Actor, role: str, held: str | None) -> None:
    """Bind the person to the duty of this role, the first time he or she acts on the project."""
    duty = duty_of(role)
    if duty is not None and held is None:
        session.execute(insert(Duty).values(root_id=root_id, user_id=actor.user_id, duty=duty))


def _locked(session: Session, pid: UUID, actor: Actor) -> tuple[Case, Case]:
    """The case and its root, read afresh and held, root first; whoever may not see it finds nothing."""
    found = select(Case.id, Case.root_id).where(Case.pid == pid, visible(actor)).cte("found")
    pair = select(found.c.id).union_all(select(found.c.root_id))
    held = session.scalars(
        select(Case).where(Case.id.in_(pair)).order_by(Case.id).with_for_update(),
        execution_options={"populate_existing": True},
    ).all()
    for case in held:
        if case.pid == pid:
            return case, held[0]
    raise Missing(str(pid))


def _earlier(session: Session, request_key: str) -> Any:
    return session.execute(
        select(Event.request_hash, Event.seq, Event.hash, Event.at, Event.case_to).where(
            Event.request_key == request_key
        )
    ).one_or_none()


def _request_key(actor: Actor, key: str | None, request_hash: bytes) -> str:
    """A key is good within one person; among those without a name, within the very same words."""
    # Otherwise a stranger could take another's key, and with it the way to object.
    return f"{actor.user_id or 'public-' + request_hash.hex()}:{key}"


def _hash_of_request(case: Case, action: str, command: Command) -> bytes:
    # Not what was seen: somebody who asks again may have looked again, at what the first asking did.
    return hashlib.sha256(canonical({"case": case.pid, "action": action, "command": command.record()})).digest()


def _receipt(root: Case, event: Written | Any) -> Receipt:
    digest = event.hash.hex()
    return Receipt(event.case_to, event.seq, digest, event.at, receipt_number(root.pid, event.seq, digest))


def _retried(once: Callable[[], Answer]) -> Answer:
    try:
        return once()
    except OperationalError as lost:
        if getattr(lost.orig, "sqlstate", None) not in RETRYABLE:
            raise
        return once()
    except IntegrityError as clash:
        # Two requests with one key on two projects met; each project's own lock cannot see the other.
        if "uq_event_request_key" in str(clash.orig):
            raise KeyReused from None
        raise
