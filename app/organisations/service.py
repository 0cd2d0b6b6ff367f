"""Changing organisations. Each function is one transaction."""

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session
from stdnum.cn import uscc as code
from stdnum.exceptions import InvalidChecksum, InvalidLength, ValidationError

from app.database import Missing, locked, transaction
from app.organisations.commands import (
    BankAccount,
    EndTie,
    RecordTie,
    RegisterOrganisation,
    WithdrawTie,
    YearlyCheck,
    plain,
)
from app.organisations.models import DISTRICTS, KINDS, Affiliation, Organisation
from app.organisations.store import keep_account, masked
from app.people.models import User
from app.refusals import FieldRefused, constraints
from app.registers.service import record_change
from workflows.definition import Reason, because

TAKEN = {"uq_organisation_uscc": ("uscc", because("该统一社会信用代码已登记。"))}
_OWN_FIELDS = {"uscc", "yearly_check", "bank_account"}


def register_organisation(
    command: RegisterOrganisation, *, by: int | None, now: datetime, made_up: bool = False
) -> int:
    """Put an organisation on the register; its id. FieldRefused names the field and the rule.

    `by` is None for the command line. What the record says of the account is its last four digits.
    """
    number = checked_code(command.uscc)
    if command.district not in DISTRICTS:
        raise FieldRefused("district", because("请选择上海市的一个区。"))
    if (command.rating is None) != (command.rating_until is None):
        raise FieldRefused("rating_until", because("评估等级与有效期须同时填写。"))
    with constraints(TAKEN), transaction() as session:
        row = Organisation(
            **{name: value for name, value in command.values().items() if name not in _OWN_FIELDS},
            uscc=number,
            kind=kind_of(number),
            made_up=made_up,
            created_at=now,
        )
        if command.bank_account:
            _set_account(session, row, command.bank_account)
        if command.yearly_check:
            _set_yearly_check(row, command.yearly_check)
        session.add(row)
        session.flush()
        after = {
            "name": row.name, "district": row.district, "account": masked(row.account_mark) or None,
            "yearly_check": [row.yearly_check_year, row.yearly_check_result] if command.yearly_check else None,
        }  # fmt: skip
        record_change(session, "organisation", number, after=after, by=by, now=now)
        return row.id


def update_bank_account(organisation_id: int, account: BankAccount) -> None:
    """Set where grants go. The payee is always the organisation itself."""
    with transaction() as session:
        _set_account(session, locked(session, Organisation, organisation_id), account)


def rename(organisation_id: int, name: str) -> None:
    """Give an organisation its new registered name; the payee changes with it."""
    if not name.strip():
        raise FieldRefused("name", because("请填写单位名称。"))
    try:
        plain(name.strip())
    except ValueError as wrong:
        raise FieldRefused("name", because(str(wrong))) from None
    with transaction() as session:
        row = locked(session, Organisation, organisation_id)
        row.name = name.strip()
        if row.account_name is not None:
            row.account_name = row.name


def record_yearly_check(organisation_id: int, check: YearlyCheck) -> None:
    """Keep the result of the last yearly check."""
    with transaction() as session:
        _set_yearly_check(locked(session, Organisation, organisation_id), check)


def block_credit(organisation_id: int, *, until: date | None) -> None:
    """Bar an organisation from grants until the end of this day; None lifts the bar."""
    with transaction() as session:
        locked(session, Organisation, organisation_id).credit_blocked_until = until


def record_tie(user_id: int, command: RecordTie, *, now: datetime, by: int | None = None) -> int:
    """Enter what ties a person to an organisation, on the register or not; the id. One's own may be entered too."""
    number = valid_code(command.uscc)
    with transaction() as session:
        user = locked(session, User, user_id)
        row = Affiliation(
            **command.values() | {"uscc": number}, user_id=user_id, recorded_at=now, recorded_by_id=by
        )  # fmt: skip
        session.add(row)
        session.flush()
        record_change(session, "tie", user.email, after=_tie_words(row), by=by, now=now)
        return row.id


def end_tie(tie_id: int, command: EndTie, *, user_id: int, by: int, now: datetime) -> None:
    """Say which day is the last one of a person's tie. Nobody does so for himself or herself."""
    with transaction() as session:
        row = _tie_of(session, tie_id, user_id, by)
        if row.until_on is not None:
            raise Missing(f"Affiliation {tie_id}")
        if command.until_on < row.from_on:
            raise FieldRefused("until_on", because("结束日期不得早于开始日期。"))
        before = _tie_words(row)
        row.until_on, row.ended_by_id = command.until_on, by
        email = session.get_one(User, user_id).email
        record_change(session, "tie", email, before=before, after=_tie_words(row), by=by, now=now)


def withdraw_tie(tie_id: int, command: WithdrawTie, *, user_id: int, by: int, now: datetime) -> None:
    """Take out of account what was entered by mistake; the entry stays with the reason. Not one's own."""
    with transaction() as session:
        row = _tie_of(session, tie_id, user_id, by)
        row.withdrawn_at, row.withdrawn_by_id, row.withdrawn_reason = now, by, command.reason
        email = session.get_one(User, user_id).email
        told = {"withdrawn": command.reason}
        record_change(session, "tie", email, before=_tie_words(row), after=told, action="end", by=by, now=now)


def checked_code(typed: str) -> str:
    """The code of an organisation that may be an applicant, in its one spelling; FieldRefused as `valid_code`."""
    number = valid_code(typed)
    if number[:2] not in {prefix for prefix, _ in KINDS.values()}:
        raise _code_refused(because("项目主体的统一社会信用代码须以 51、52、53 或 91 开头。"))
    return number


def valid_code(typed: str) -> str:
    """The organisation code in its one spelling. FieldRefused says which rule of GB 32100 it breaks."""
    try:
        return str(code.validate(typed))
    except InvalidLength:
        raise _code_refused(because("统一社会信用代码须为 18 位。")) from None
    except InvalidChecksum:
        raise _code_refused(because("统一社会信用代码的校验位不符，请核对。")) from None
    except ValidationError:
        raise _code_refused(
            because("统一社会信用代码前 8 位为数字，其余为数字或大写字母（不含 I、O、S、V、Z）。")
        ) from None


def kind_of(number: str) -> str:
    """The kind that the first two characters of a checked code say."""
    return next(kind for kind, (prefix, _) in KINDS.items() if number.startswith(prefix))


def _tie_of(session: Session, tie_id: int, user_id: int, by: int) -> Affiliation:
    """The tie of this person that counts, held for somebody else to change; `Missing` otherwise."""
    row = locked(session, Affiliation, tie_id)
    if row.user_id != user_id or row.withdrawn_at is not None:
        raise Missing(f"Affiliation {tie_id}")
    if by == user_id:
        raise FieldRefused("user", because("不得终止或撤销自己的关联登记。"))
    return row


def _tie_words(row: Affiliation) -> dict[str, Any]:
    return {
        "kind": row.kind, "uscc": row.uscc, "organisation": row.organisation, "from": row.from_on.isoformat(),
        "until": row.until_on.isoformat() if row.until_on else None,
    }  # fmt: skip


def _code_refused(reason: Reason) -> FieldRefused:
    return FieldRefused("uscc", reason)


def _set_account(session: Session, row: Organisation, account: BankAccount) -> None:
    row.bank_name = account.bank_name
    row.bank_branch = account.bank_branch
    row.account_name = row.name
    row.account_mark = keep_account(session, row.uscc, account.account_number)


def _set_yearly_check(row: Organisation, check: YearlyCheck) -> None:
    row.yearly_check_year = check.year
    row.yearly_check_result = check.result
