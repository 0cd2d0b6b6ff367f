"""What is typed about an organisation: one frozen definition for the page and for the API."""

import unicodedata
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, field_validator

from app.casework.commands import Command, Date, Flag, Money, Reasoned, ShortText
from app.organisations.models import DISTRICTS, TIE_LABELS, YEARLY_CHECK_RESULTS

_CODE_HINT = "18 位，见登记证书或营业执照；以 51、52、53 或 91 开头。"
_DISTRICTS: dict[str, Any] = {"choices": DISTRICTS}
_RESULTS: dict[str, Any] = {"choices": YEARLY_CHECK_RESULTS}
Year = Annotated[int, Field(ge=2000, le=2100)]


def plain(value: str) -> str:
    """A name that a payment order can carry: on one line, and without the bar that parts its fields."""
    if any(character == "|" or unicodedata.category(character) in {"Cc", "Zl", "Zp"} for character in value):
        raise ValueError("须写在一行内，不得含有竖线“|”。")
    return value


PlainName = Annotated[ShortText, AfterValidator(plain)]


class BankAccount(Command):
    """Where a grant would go; the holder of the account is always the organisation itself."""

    bank_name: PlainName = Field(title="开户银行")
    bank_branch: PlainName = Field(title="开户网点")
    account_number: Annotated[str, StringConstraints(pattern=r"^[0-9]{8,30}$")] = Field(
        title="账号", description="只填数字，不留空格。"
    )


class YearlyCheck(Command):
    """The result of a yearly check (年检)."""

    year: Year = Field(title="年检年度")
    result: Literal["passed", "basically_passed", "failed"] = Field(title="年检结论", json_schema_extra=_RESULTS)


class RegisterOrganisation(Command):
    """Part A of the declaration form: who the organisation is."""

    uscc: Annotated[str, StringConstraints(max_length=40)] = Field(title="统一社会信用代码", description=_CODE_HINT)
    name: PlainName = Field(title="单位名称", description="与登记证书一致。")
    district: Annotated[str, StringConstraints(max_length=6)] = Field(title="所在区", json_schema_extra=_DISTRICTS)
    registered_with: ShortText | None = Field(None, title="登记管理机关")
    supervising_unit: ShortText | None = Field(None, title="业务主管单位")
    address: ShortText | None = Field(None, title="住所")
    legal_representative: ShortText | None = Field(None, title="法定代表人")
    founded_on: Date | None = Field(None, title="成立日期")
    registered_funds: Money | None = Field(None, title="注册资金（元）")
    full_time_staff: Annotated[int, Field(ge=0, le=1_000_000)] | None = Field(None, title="专职人员（人）")
    has_party_organisation: Flag = Field(default=False, title="已建立党组织")
    is_charity: Flag = Field(default=False, title="慈善组织")
    rating: Annotated[int, Field(ge=1, le=5)] | None = Field(None, title="社会组织评估等级（A 的个数）")
    rating_until: Date | None = Field(None, title="评估等级有效期至")
    yearly_check: YearlyCheck | None = Field(None, title="最近一次年检")
    bank_account: BankAccount | None = Field(None, title="银行账户")
    contact_name: ShortText | None = Field(None, title="联系人")
    contact_phone: ShortText | None = Field(None, title="联系电话")
    contact_email: ShortText | None = Field(None, title="联系邮箱")


class RecordTie(Command):
    """What ties a person to an organisation, now or in the past; former ties count for some years."""

    kind: Literal["employment", "board", "membership", "declared"] = Field(
        title="关联种类", json_schema_extra={"choices": TIE_LABELS}
    )
    uscc: Annotated[str, StringConstraints(max_length=40)] = Field(title="统一社会信用代码", description="18 位。")
    organisation: PlainName = Field(title="单位名称", description="与登记证书一致。")
    position: Annotated[str, StringConstraints(max_length=200)] = Field(
        default="", title="职务或关系", description="例如理事、顾问、配偶任职。"
    )
    from_on: Date = Field(title="开始日期")
    until_on: Date | None = Field(default=None, title="结束日期", description="仍在任职或存续的不填。")

    @field_validator("until_on")
    @classmethod
    def _ends_after_it_begins(cls, value: Any, info: ValidationInfo) -> Any:
        if value is not None and (begins := info.data.get("from_on")) and value < begins:
            raise ValueError("结束日期不得早于开始日期。")
        return value


class EndTie(Command):
    """The last day of a tie."""

    until_on: Date = Field(title="结束日期")


class WithdrawTie(Reasoned):
    """A tie that was entered by mistake; the entry stays with the reason and counts no more."""
