"""Setting up programmes, budget years, policy versions and calls."""

from datetime import datetime
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.casework.service import content_changed, open_root
from app.casework.subjects import Act, records
from app.database import transaction
from app.ledger import service as ledger
from app.people.permissions import Actor
from app.programmes.commands import Appropriate, ChangeWindow, CreateProgramme, OpenCall
from app.programmes.models import Call, PolicyVersion, Programme, ProgrammeYear
from app.programmes.queries import CallRow, YearRow, call_named, policy_in_force, policy_of, programme_year
from app.refusals import FieldRefused, constraints
from app.registers.service import record_change
from workflows.calendar import shanghai_date
from workflows.definition import because
from workflows.engine import NotYourRole
from workflows.policy import Policy
from workflows.roles import FUND_OFFICE

#: Fields of a policy that name the version and say nothing about a project.
NAMES = frozenset({"key", "effective_on"})
KEY_TAKEN = ("new_key", because("该政策版本已存在。"))
TAKEN = {
    "uq_programme_code": ("code", because("该专项代码已被使用。")),
    "uq_programme_year_programme_id_year": ("year", because("该专项的这一年度已经设立。")),
    "uq_call_code": ("code", because("该通知编号已被使用。")),
    "uq_policy_version_key": ("key", because("该政策版本已存在。")),
}


def create_programme(command: CreateProgramme, *, actor: Actor, now: datetime) -> YearRow:
    """A budget year with empty accounts, and its programme where the code is new.

    A code that is known takes a further year of the same programme, under the same name.
    """
    _fund_office_only(actor)
    with constraints(TAKEN), transaction() as session:
        programme = session.scalar(select(Programme).where(Programme.code == command.code))
        if programme is None:
            programme = Programme(code=command.code, name=command.name, created_at=now)
            session.add(programme)
            session.flush()
        elif programme.name != command.name:
            raise FieldRefused("code", because("该专项代码已用于“{name}”。", name=programme.name))
        case = open_root(
            session,
            workflow="programme_year/1",
            actor=actor,
            role=FUND_OFFICE,
            now=now,
            private=command.record(),
            scope={},
        )
        session.add(ProgrammeYear(case_id=case.id, programme_id=programme.id, year=command.year))
        session.flush()
        ledger.open_programme_year(session, programme_year_id=case.id)
        return programme_year(session, command.code, command.year)


def open_call(command: OpenCall, *, actor: Actor, now: datetime) -> CallRow:
    """A call under the policy in force on its first day, for all its areas and fields or some."""
    _fund_office_only(actor)
    with constraints(TAKEN), transaction() as session:
        year = programme_year(session, command.programme, command.year)
        if year.stage != "open":
            raise FieldRefused("year", because("该年度预算已经结转。"))
        version = _policy_version(session, command)
        policy = policy_of(session, version)
        _are_known("areas", command.areas, [prefix for prefix, _ in policy.areas])
        _are_known("fields", command.fields, [key for key, _ in policy.fields])
        session.add(
            Call(
                code=command.code,
                title=command.title,
                programme_year_id=year.case_id,
                policy_id=version,
                opens_at=command.opens_at,
                closes_at=command.closes_at,
                areas=command.areas or [prefix for prefix, _ in policy.areas],
                fields=command.fields or [key for key, _ in policy.fields],
                budget=command.budget,
                created_at=now,
            )
        )
        session.flush()
        record_change(session, "call", command.code, after=command.record(), by=actor.user_id, now=now)
        return call_named(session, command.code)


@records("programme_year", "appropriate", Appropriate)
@records("programme_year", "cut_appropriation", Appropriate)
def record_appropriation(act: Act) -> None:
    """The year stays where it is, but nobody may appropriate, cut or close on the earlier figures unseen."""
    content_changed(act.case, act.event.hash)


@records("programme_year", "change_window", ChangeWindow)
def change_window(act: Act) -> None:
    """Extend a call of this budget year, or close it early; what was declared under it stays."""
    command = cast("ChangeWindow", act.command)
    call = act.session.scalar(select(Call).where(Call.code == command.call, Call.programme_year_id == act.case.id))
    if call is None:
        raise FieldRefused("call", because("本年度没有该编号的申报通知。"))
    if command.closes_at <= call.opens_at:
        raise FieldRefused("closes_at", because("截止时间须晚于开放时间"))
    if command.closes_at < act.now:
        raise FieldRefused("closes_at", because("截止时间不得早于现在。"))
    call.closes_at = command.closes_at


def draw_policy(
    session: Session, policy: Policy, *, drawn_from: int, document: str, actor: Actor, now: datetime
) -> int:
    """Write a new policy version made from an older one; the older one stays as it is.

    Every rule that differs has `document` as its source from now on. FieldRefused as by `rules_changed`.
    """
    older = session.get_one(PolicyVersion, drawn_from)
    before, after = older.body, policy.to_json()
    changed = rules_changed(session, policy, drawn_from=drawn_from, now=now)
    with constraints({"uq_policy_version_key": KEY_TAKEN}):
        row = PolicyVersion(
            key=policy.key, effective_on=policy.effective_on, body=after, created_at=now, drawn_from_id=drawn_from,
            sources={**older.sources, **dict.fromkeys(changed, document)},
        )  # fmt: skip
        session.add(row)
        session.flush()
    record_change(
        session, "policy", policy.key, action="add",
        before={"drawn_from": older.key, **{name: before.get(name) for name in changed}},
        after={"document": document, "effective_on": after["effective_on"], **{name: after[name] for name in changed}},
        by=actor.user_id, now=now,
    )  # fmt: skip
    return row.id


def rules_changed(session: Session, policy: Policy, *, drawn_from: int, now: datetime) -> list[str]:
    """The names of the rules in which a new version would differ from the one that it is made from.

    FieldRefused when the key is taken, nothing differs, or the new version would be in force before today.
    """
    before, after = session.get_one(PolicyVersion, drawn_from).body, policy.to_json()
    changed = [name for name in after if name not in NAMES and before.get(name) != after[name]]
    if policy.effective_on < shanghai_date(now):
        raise FieldRefused("effective_on", because("施行日期不得早于今天：已经发生的申报按原版本办理。"))
    if not changed:
        raise FieldRefused("new_key", because("新版本与原版本没有不同，不必建立。"))
    if session.scalar(select(PolicyVersion.id).where(PolicyVersion.key == policy.key)) is not None:
        raise FieldRefused(*KEY_TAKEN)
    return changed


def add_policy(session: Session, policy: Policy, *, now: datetime) -> int:
    """Write a policy version in the caller's transaction and answer its id.

    An equal one stays as it is; FieldRefused when the key stands for other rules.
    """
    known = session.scalar(select(PolicyVersion).where(PolicyVersion.key == policy.key))
    if known is not None:
        if known.body != policy.to_json():
            raise FieldRefused("key", because("政策版本“{key}”已存在且内容不同，请另取版本号。", key=policy.key))
        return known.id
    version = PolicyVersion(key=policy.key, effective_on=policy.effective_on, body=policy.to_json(), created_at=now)
    session.add(version)
    session.flush()
    record_change(session, "policy", policy.key, after={"effective_on": policy.effective_on}, now=now)
    return version.id


def _policy_version(session: Session, command: OpenCall) -> int:
    if command.policy is not None:
        in_force = PolicyVersion.effective_on <= shanghai_date(command.opens_at)
        found = session.scalar(select(PolicyVersion.id).where(PolicyVersion.key == command.policy, in_force))
    else:
        found = policy_in_force(session, shanghai_date(command.opens_at))
    if found is None:
        raise FieldRefused("policy", because("没有适用的政策版本。"))
    return found


def _are_known(name: str, chosen: list[str], known: list[str]) -> None:
    if unknown := [value for value in chosen if value not in known]:
        raise FieldRefused(name, because("政策中没有：{items}。", items="、".join(unknown)))


def _fund_office_only(actor: Actor) -> None:
    if not actor.holds(FUND_OFFICE):
        raise NotYourRole(because("该事项由市政府合作交流办办理。"))
