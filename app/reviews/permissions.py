"""Who may sit on a panel: active experts with nothing hard that ties them to those behind the project.

What ties them is for `workflows.conflicts` to say; here it gets its data, in one statement for any
number of experts and projects.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Text,
    and_,
    cast,
    column,
    exists,
    func,
    null,
    or_,
    select,
    true,
    union_all,
    values,
)
from sqlalchemy.orm import Session, aliased

from app.casework.models import Case, Duty, Recusal
from app.organisations.models import TIE_LABELS, Affiliation, Organisation
from app.people.models import RoleGrant, User
from app.projects.models import Project
from app.registers.store import mark
from app.reviews.models import ContactMark, Panel, ScoreSheet
from workflows.calendar import shanghai_date
from workflows.conflicts import (
    APPLICANT,
    HARD,
    PARTNER,
    SHARED_LABELS,
    Finding,
    Party,
    Person,
    Tie,
    findings,
    normal_contact,
)
from workflows.definition import Reason, because
from workflows.policy import Policy
from workflows.roles import EXPERT

#: Where on the register of organisations the values stand that are compared.
COMPARED = {"address": "address", "phone": "contact_phone", "account": "account_mark"}
#: Hexadecimal digits of a mark, with which the token of an account begins.
MARK_DIGITS = 64
#: A role for an organisation is a tie as well.
ROLE_LABELS = {"role": "项目主体人员"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A person who could be named for a panel, and all that may speak against it."""

    id: int
    project_id: int = 0
    email: str
    name: str
    active: bool
    is_expert: bool = False
    has_other_duty: bool = False
    is_recused: bool = False
    is_seated: bool = False
    findings: tuple[Finding, ...] = ()
    #: Codes of the organisations that the person belongs to now, for a draw that takes one of each at most.
    belongs: frozenset[str] = frozenset()

    @property
    def soft(self) -> tuple[Finding, ...]:
        """What does not bar, but wants a reason."""
        return tuple(each for each in self.findings if each.weight != HARD)

    def has_hard(self, *, with_applicant: bool) -> bool:
        """Whether a hard finding is about belonging to the applicant, or about anything else."""
        about = {"present", "former", "declared"}
        hard = [each for each in self.findings if each.weight == HARD]
        of_applicant = [each for each in hard if each.rule in about and each.why.values["party"] == "项目主体"]
        return bool(of_applicant) if with_applicant else len(hard) > len(of_applicant)


#: Whether the user of the row holds the role of expert now.
IS_EXPERT = exists().where(RoleGrant.user_id == User.id, RoleGrant.role == EXPERT, RoleGrant.ended_at.is_(None))
NOBODY = Candidate(id=0, email="", name="", active=False)
#: What bars a person from a panel, in the order in which it is said: to whoever named people, and in a table.
BARS: tuple[tuple[Callable[[Candidate], bool], Reason, Reason], ...] = (
    (lambda c: not c.active, because("没有这样的在岗人员：{people}。"), because("不在岗")),
    (lambda c: not c.is_expert, because("不是评审专家：{people}。"), because("不是评审专家")),
    (
        lambda c: c.has_hard(with_applicant=True),
        because("现在或近年属于该项目主体，应当回避：{people}。"),
        because("现在或近年属于该项目主体"),
    ),
    (
        lambda c: c.has_hard(with_applicant=False),
        because("与项目有关单位存在关联，应当回避：{people}。"),
        because("与项目有关单位存在关联"),
    ),
    (lambda c: c.has_other_duty, because("在本项目已承担其他职责：{people}。"), because("在本项目已承担其他职责")),
    (lambda c: c.is_recused, because("已在本项目回避：{people}。"), because("已在本项目回避")),
    (lambda c: c.is_seated, because("已是本次评审的专家：{people}。"), because("已是本次评审的专家")),
)


def mark_of(kind: str, value: str | None) -> str | None:
    """The keyed hash by which an address, telephone or account is compared; None when there is nothing to compare.

    Its key is not in the database, so that nobody finds a number by trying them all.
    """
    normal = normal_contact(kind, value or "")
    return mark(kind, normal) if normal else None


def candidates(session: Session, emails: Sequence[str], root: Case, policy: Policy, now: datetime) -> list[Candidate]:
    """Those of these people who exist, each with everything that may bar him or her."""
    return _candidates(session, User.email.in_(emails), [(root, policy)], now)


def fit_experts(session: Session, root: Case, policy: Policy, now: datetime) -> list[Candidate]:
    """Every expert who may be named for the present panel of this project, by name."""
    found = _candidates(session, and_(User.active, IS_EXPERT), [(root, policy)], now)
    return sorted((each for each in found if bar_of(each) is None), key=lambda each: (each.name, each.email))


def experts_for(session: Session, roots: Sequence[tuple[Case, Policy]], now: datetime) -> list[Candidate]:
    """Every active expert with regard to each of these projects, in one statement."""
    return _candidates(session, and_(User.active, IS_EXPERT), roots, now) if roots else []


def bar_of(candidate: Candidate) -> Reason | None:
    """In few words what bars this person from the panel; None when nothing does."""
    return next((short for barred, _sentence, short in BARS if barred(candidate)), None)


def _candidates(
    session: Session, who: ColumnElement[bool], roots: Sequence[tuple[Case, Policy]], now: datetime
) -> list[Candidate]:
    wanted = (
        values(column("root_id", BigInteger), column("entered_seq", BigInteger), name="wanted")
        .data([(root.id, root.entered_seq) for root, _policy in roots])
        .cte("wanted")
    )
    root, other = wanted.c, aliased(Case)
    here = and_(ScoreSheet.expert_id == User.id, ScoreSheet.project_id == root.root_id)
    marks = select(func.json_object_agg(ContactMark.kind, ContactMark.mark)).where(ContactMark.user_id == User.id)
    rows = session.execute(
        select(
            User.id,
            root.root_id.label("project_id"),
            User.email,
            User.name,
            User.active,
            IS_EXPERT.label("is_expert"),
            exists()
            .where(Duty.user_id == User.id, Duty.root_id == root.root_id, Duty.duty != EXPERT)
            .label("has_other_duty"),
            or_(
                exists().where(here, ScoreSheet.conflict),
                exists().where(Recusal.root_id == root.root_id, Recusal.user_id == User.id),
            ).label("is_recused"),
            exists()
            .where(here, Panel.id == ScoreSheet.panel_id, Panel.entered_seq == root.entered_seq)
            .label("is_seated"),
            exists()
            .where(Recusal.user_id == User.id, Recusal.root_id != root.root_id)
            .where(other.id == Recusal.root_id, other.organisation_id == Organisation.id)
            .label("recused_elsewhere"),
            _ties().label("ties"),
            marks.scalar_subquery().label("marks"),
            Organisation.uscc,
            Organisation.name.label("organisation"),
            Project.declaration["local_partner"].astext.label("partner"),
            *(getattr(Organisation, name).label(f"of_{kind}") for kind, name in COMPARED.items()),
        )
        .select_from(User)
        .join(wanted, true())
        .join(Project, Project.case_id == root.root_id)
        .join(Organisation, Organisation.id == Project.organisation_id)
        .where(who)
    ).mappings()
    years = {root.id: policy.conflict_years for root, policy in roots}
    seen: dict[tuple[str, str | None], str | None] = {}
    return [_candidate(row, shanghai_date(now), years[row["project_id"]], seen) for row in rows]


def _ties() -> Any:
    """The ties of the user of the row as a JSON array: entries of the register, and roles for an organisation."""
    entered = select(
        Affiliation.user_id, Affiliation.uscc, Affiliation.organisation, Affiliation.kind,
        cast(Affiliation.from_on, Text).label("since"), cast(Affiliation.until_on, Text).label("until"),
    ).where(Affiliation.withdrawn_at.is_(None))  # fmt: skip
    granted = select(
        RoleGrant.user_id, Organisation.uscc, Organisation.name, null(), _day(RoleGrant.granted_at),
        _day(RoleGrant.ended_at),
    ).join(Organisation, Organisation.id == RoleGrant.organisation_id)  # fmt: skip
    every = union_all(entered, granted).subquery("every_tie")
    fields = [piece for name in ("uscc", "organisation", "kind", "since", "until") for piece in (name, every.c[name])]
    wanted = select(func.json_agg(func.json_build_object(*fields))).where(every.c.user_id == User.id)
    return wanted.correlate(User).scalar_subquery()


def _day(moment: Any) -> ColumnElement[str]:
    return cast(func.date(func.timezone("Asia/Shanghai", cast(moment, DateTime(timezone=True)))), Text)


def _candidate(
    row: Mapping[str, Any], on: date, years: int, seen: dict[tuple[str, str | None], str | None]
) -> Candidate:
    """A row with what the rules find in it; `seen` keeps each hash that was made already."""
    ties = tuple(
        Tie(
            each["uscc"], each["organisation"], each["kind"] or "employment",
            TIE_LABELS.get(each["kind"], ROLE_LABELS["role"]),
            date.fromisoformat(each["since"]), date.fromisoformat(each["until"]) if each["until"] else None,
        )
        for each in row["ties"] or ()
    )  # fmt: skip
    person = Person(ties, row["marks"] or {}, row["recused_elsewhere"])
    marks = {}
    for kind in SHARED_LABELS if person.marks else ():
        key = kind, row[f"of_{kind}"]
        if key not in seen:
            # The account of an organisation is kept as its mark and nothing else.
            seen[key] = (key[1] or "")[:MARK_DIGITS] if kind == "account" else mark_of(*key)
        if found := seen[key]:
            marks[kind] = found
    parties = [Party(APPLICANT, row["organisation"], row["uscc"], marks)]
    if row["partner"]:
        parties.append(Party(PARTNER, row["partner"]))
    told = {name: row[name] for name in ("id", "project_id", "email", "name", "active", "is_expert")}
    told |= {name: row[name] for name in ("has_other_duty", "is_recused", "is_seated")}
    now = frozenset(each.uscc for each in ties if each.until is None or each.until >= on)
    return Candidate(**told, findings=findings(person, parties, on=on, years=years), belongs=now)
