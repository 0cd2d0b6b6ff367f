"""Drawing experts by lot: freeze the pool, draw in a transaction of its own, go on in the same order."""

from collections.abc import Iterable
from datetime import UTC, datetime
from secrets import token_bytes

from sqlalchemy import BigInteger, literal, select
from sqlalchemy.orm import Session

from app.casework.models import Case
from app.casework.permissions import duty_on, roles_on
from app.database import transaction
from app.people.permissions import Actor
from app.programmes.queries import policy_of
from app.projects.models import Project
from app.projects.service import project_held
from app.refusals import FieldRefused
from app.reviews.models import (
    ExpertDraw,
    ExpertDrawMember,
    ExpertDrawResult,
    ExpertDrawStep,
    ExpertProfile,
)
from app.reviews.permissions import Candidate, bar_of, experts_for
from app.reviews.queries.draws import Draw, at_work, current_draw
from workflows.definition import because
from workflows.draw import (
    IN_FIELD,
    OTHER,
    WHY_LABELS,
    Member,
    Rules,
    can_fill,
    canonical,
    following,
    frozen_document,
    read_document,
    reference,
)
from workflows.engine import NotYourRole, Refused
from workflows.policy import PPM, Policy
from workflows.roles import SECRETARY

SALT_BYTES = 32
STILL_AT_WORK = "评审已经启动，该专家尚未提交评分表，未回避的不能递补。请先催办；确实不能参加的，由其本人申请回避。"
TOO_SMALL = because("符合条件、没有任何关联提示的专家不足 {size} 人，不能抽签。请先补充专家，或直接选定。")


def draw_panel(number: str, *, actor: Actor, now: datetime, in_field: int | None = None, reason: str = "") -> Draw:
    """Freeze the pool of a project in expert review, and draw from it in the transaction after; the draw.

    A draw that is there already is answered as it is, unless a reason for another round is given.
    `in_field` is how many are to know the field first, by default as the policy says.
    """
    with transaction() as session:
        root, project = _held(session, number, actor)
        found = current_draw(session, root)
        if found is None or (reason.strip() and found.told is not None):
            ident = _freeze(session, root, project, found, in_field, reason.strip(), actor, now)
        else:
            ident = found.id
            if found.told is not None:
                return found
    with transaction() as session:
        root, _project = _held(session, number, actor)
        session.add(ExpertDrawResult(draw_id=ident, secret=b"", nonce=b"", drawn_at=now, drawn_by_id=actor.user_id))
        session.flush()
        session.expire_all()
        return _drawn(session, root)


def draw_next(number: str, out: int, why: str, *, actor: Actor, now: datetime) -> Draw:
    """Somebody drawn does not sit: whoever comes next in the same order takes the seat; the draw as it is then.

    Whom something bars by now is passed over, and counted like everybody else. `why` is of `workflows.draw.WHY_LABELS`.
    """
    if why not in WHY_LABELS:
        raise FieldRefused("why", because("请选择递补的理由。"))
    with transaction() as session:
        root, project = _held(session, number, actor)
        found = current_draw(session, root)
        if found is None or found.told is None:
            raise Refused(because("该项目尚未抽签。"))
        leaving = next((ref for ref, each in found.people.items() if each.id == out), None)
        if leaving is None or leaving not in found.told["seated"]:
            raise FieldRefused("out", because("此人不在抽中的专家之中。"))
        if out in at_work(session, root.id):
            raise FieldRefused("out", because(STILL_AT_WORK))
        _go_on(session, root, project, found, leaving, why, actor, now)
        session.flush()
        session.expire_all()
        return _drawn(session, root)


def default_rules(policy: Policy, in_field: int | None = None) -> Rules:
    """How a panel is drawn under this policy; `in_field` is how many are to know the field, if somebody says so."""
    size = policy.panel_size
    wanted = min(size, size * policy.draw_in_field_ppm // PPM + 1) if in_field is None else in_field
    if not 0 <= wanted <= size:
        raise FieldRefused("in_field", because("领域相符的人数须在 0 至 {size} 之间。", size=size))
    return Rules(size, {IN_FIELD: wanted, OTHER: size - wanted}, policy.draw_per_employer)


def _freeze(  # noqa: PLR0917 -- the inside of draw_panel, with its arguments in its order
    session: Session, root: Case, project: Project, before: Draw | None, in_field: int | None, reason: str,
    actor: Actor, now: datetime,
) -> int:  # fmt: skip
    policy = policy_of(session, project.policy_id)
    rules = default_rules(policy, in_field)
    fit = [each for each in experts_for(session, [(root, policy)], now) if bar_of(each) is None and not each.findings]
    knowing = set(
        session.scalars(select(ExpertProfile.user_id).where(ExpertProfile.fields.contains([project.field or ""])))
    )
    salts = {each.id: token_bytes(SALT_BYTES) for each in fit}
    labels = _labels(fit)
    members = {
        each.id: Member(
            reference(salts[each.id], each.name), IN_FIELD if each.id in knowing else OTHER, labels.get(each.id, "")
        )
        for each in fit
    }
    if not can_fill(list(members.values()), rules):
        raise Refused(because(TOO_SMALL.text, size=rules.size))
    number = before.round + 1 if before else 1
    document = frozen_document(
        project=project.number, visit=root.entered_seq, draw_round=number, head=(root.chain_hash or b"").hex(),
        frozen_at=now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), pool=list(members.values()), rules=rules,
    )  # fmt: skip
    row = ExpertDraw(
        project_id=root.id, entered_seq=root.entered_seq, round=number, reason=reason if before else "",
        document=canonical(document), commitment=b"", chain_seq=root.chain_seq, chain_hash=root.chain_hash,
        frozen_at=now, frozen_by_id=actor.user_id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    session.add_all(
        ExpertDrawMember(draw_id=row.id, ref=member.ref, user_id=ident, salt=salts[ident])
        for ident, member in members.items()
    )
    return row.id


def _labels(people: Iterable[Candidate]) -> dict[int, str]:
    """Person → a word for the organisation he or she belongs to, which says no more than who are colleagues."""
    own = {each.id: min(each.belongs) for each in people if each.belongs}
    words = {code: f"a{place}" for place, code in enumerate(sorted(set(own.values())), 1)}
    return {ident: words[code] for ident, code in own.items()}


def _go_on(  # noqa: PLR0917 -- the inside of draw_next, with its arguments in its order
    session: Session, root: Case, project: Project, found: Draw, leaving: str, why: str, actor: Actor, now: datetime
) -> None:
    told = found.told or {}
    pool, rules = read_document(found.frozen)
    policy = policy_of(session, project.policy_id)
    fit = {each.id for each in experts_for(session, [(root, policy)], now) if bar_of(each) is None}
    seated = list(told["seated"])
    called = [*told["drawn"], *(each["in"] for each in told["redraws"] if each["in"])]
    position = len(told["redraws"])
    while True:
        seated.remove(leaving)
        follows = following(pool, told["order"], rules, seated=seated, called=called)
        position += 1
        session.add(
            ExpertDrawStep(
                draw_id=found.id, position=position, ref_out=leaving, why=why, ref_in=follows, stepped_at=now,
                stepped_by_id=actor.user_id,
            )
        )  # fmt: skip
        if follows is None or found.people[follows].id in fit:
            return
        seated.append(follows)
        called.append(follows)
        leaving, why = follows, "barred"


def _drawn(session: Session, root: Case) -> Draw:
    found = current_draw(session, root)
    assert found is not None
    return found


def _held(session: Session, number: str, actor: Actor) -> tuple[Case, Project]:
    """A project in expert review, held for its secretary; `Missing`, or Refused with the reason."""
    root = project_held(session, number, actor)
    duty = session.scalar(select(duty_on(literal(root.id, BigInteger), literal(actor.user_id, BigInteger))))
    if SECRETARY not in roles_on(actor, root, duty):
        raise NotYourRole(because("抽签由没有其他职责、与项目主体没有关联的评审秘书办理。"))
    if root.stage != "expert_review":
        raise Refused(because("项目不在专家评审环节。"))
    return root, session.get_one(Project, root.id)
