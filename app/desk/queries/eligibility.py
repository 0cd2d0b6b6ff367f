"""Whether an organisation may declare under a call, question by question, in plain words with the rule behind each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.organisations.models import GOOD_ENOUGH, KINDS, YEARLY_CHECK_RESULTS, Organisation
from app.people.models import Unit
from app.people.permissions import Actor
from app.programmes.queries import CallRow
from app.text import day, moment, translated
from workflows.calendar import shanghai_date
from workflows.policy import SOURCES, Policy
from workflows.roles import ACCEPTING_UNIT


@dataclass(frozen=True, slots=True)
class Check:
    """One question: what is asked, whether that is so (None: not known), why, and where the rule stands.

    `later` marks what is only looked at when an organisation is registered, so that nobody is asked for it here.
    """

    asks: str
    holds: bool | None
    why: str
    rule: str
    later: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of whoever asks: from the register, or as somebody without an account says it."""

    kind: str | None = None
    yearly_check: str | None = None
    yearly_check_year: int | None = None
    blocked: bool | None = None
    blocked_until: str = ""
    has_account: bool | None = None
    has_accepting_unit: bool | None = None
    area: str | None = None
    field: str | None = None


def own_organisations(session: Session, actor: Actor) -> list[tuple[Organisation, bool]]:
    """The organisations this person declares for, each with whether a unit accepts its declarations."""
    accepted = exists().where(Unit.kind == ACCEPTING_UNIT, Unit.area_code == Organisation.district)
    wanted = select(Organisation, accepted).where(Organisation.id.in_(sorted(actor.organisation_ids)))
    return [(row[0], row[1]) for row in session.execute(wanted.order_by(Organisation.id))]


def told_by_register(row: Organisation, now: datetime, *, accepted: bool, asked: Mapping[str, str]) -> Told:
    """What the register says of an organisation, with the area and field that were asked about."""
    until = row.credit_blocked_until
    blocked = until is not None and until >= shanghai_date(now)
    return Told(
        kind=row.kind, yearly_check=row.yearly_check_result, yearly_check_year=row.yearly_check_year, blocked=blocked,
        blocked_until=day(until) if blocked else "", has_account=row.account_mark is not None,
        has_accepting_unit=accepted, area=asked.get("area") or None, field=asked.get("field") or None,
    )  # fmt: skip


def told_by_visitor(asked: Mapping[str, str]) -> Told:
    """What somebody without an account answered; what was left open is not known."""
    return Told(
        kind=asked.get("kind") or None, yearly_check=asked.get("yearly_check") or None,
        blocked={"yes": True, "no": False}.get(asked.get("blocked", "")), area=asked.get("area") or None,
        field=asked.get("field") or None,
    )  # fmt: skip


def checks(call: CallRow, policy: Policy, told: Told, now: datetime) -> list[Check]:
    """Every question in the order in which the reviews ask them."""
    labels = {key: label for key, (_prefix, label) in KINDS.items()}
    names, fields = dict(policy.areas), dict(policy.fields)
    check = translated(YEARLY_CHECK_RESULTS.get(told.yearly_check or ""))
    return [
        Check(
            _("现在可以申报吗？"), call.opens_at <= now <= call.closes_at,
            _("开放时间 %(from)s 至 %(until)s。", **{"from": moment(call.opens_at), "until": moment(call.closes_at)}),
            _source("R17"),
        ),
        Check(
            _("是在上海登记的社会团体、基金会、社会服务机构或企业吗？"),
            None if told.kind is None else told.kind in labels,
            translated(labels.get(told.kind or "")) or _("其他组织和个人不能申报。"), _source("R20"),
        ),
        Check(
            _("最近一次年检合格吗？"),
            None if told.yearly_check is None and told.has_account is None else told.yearly_check in GOOD_ENOUGH,
            f"{told.yearly_check_year or ''} {check}".strip() or _("登记信息中没有年检结论。"), _source("R20"),
        ),
        Check(
            _("没有被限制申报吗？"), None if told.blocked is None else not told.blocked,
            _("限制申报至 %(day)s。", day=told.blocked_until) if told.blocked_until
            else _("列入异常名录、严重违法失信名单或资助款被追回的，限制申报。"),
            _source("A"),
        ),
        Check(
            _("登记了本单位的银行账户吗？"), told.has_account,
            _("资助款只拨付到项目主体自己的账户。"), _source("D"),
            told.has_account is None,
        ),
        Check(
            _("所在区有受理单位吗？"), told.has_accepting_unit, _("申报由登记所在区的合作交流办受理。"), _source("R17"),
            told.has_accepting_unit is None,
        ),
        Check(
            _("项目在受援地区实施吗？"), None if told.area is None else told.area in call.areas,
            _("本期受援地区：%(names)s。", names=_("、").join(translated(names.get(key, key)) for key in call.areas)),
            _source("R20"),
        ),
        Check(
            _("项目属于资助领域吗？"), None if told.field is None else told.field in call.fields,
            _("本期资助领域：%(names)s。", names=_("、").join(translated(fields.get(key, key)) for key in call.fields)),
            _source("R17"),
        ),
    ]  # fmt: skip


def verdict(found: list[Check]) -> bool | None:
    """No where one question says no, yes where all that is asked here say yes, None where an answer is missing."""
    if any(each.holds is False for each in found):
        return False
    return True if all(each.holds or each.later for each in found) else None


def _source(tag: str) -> str:
    return translated(SOURCES[tag])
