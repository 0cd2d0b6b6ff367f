"""Applicant organisations (项目主体) and who is tied to which one. Source: domain rules 4.1 A; R20 Art. 1-5."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, SmallInteger, Text, false, func
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Serial
from app.grams import grams_column

#: Kinds of organisations: the first two characters of their code (GB 32100-2015), and the words.
KINDS = {
    "social_group": ("51", "社会团体"),
    "private_non_enterprise": ("52", "民办非企业单位"),
    "foundation": ("53", "基金会"),
    "enterprise": ("91", "企业"),
}
#: The districts of Shanghai by their codes (GB/T 2260).
DISTRICTS = {
    "310101": "黄浦区",
    "310104": "徐汇区",
    "310105": "长宁区",
    "310106": "静安区",
    "310107": "普陀区",
    "310109": "虹口区",
    "310110": "杨浦区",
    "310112": "闵行区",
    "310113": "宝山区",
    "310114": "嘉定区",
    "310115": "浦东新区",
    "310116": "金山区",
    "310117": "松江区",
    "310118": "青浦区",
    "310120": "奉贤区",
    "310151": "崇明区",
}
#: Results of the yearly check (年检).
YEARLY_CHECK_RESULTS = {"passed": "合格", "basically_passed": "基本合格", "failed": "不合格"}
#: With which of them grants are declared for and paid.
GOOD_ENOUGH = ("passed", "basically_passed")

#: What ties a person to an organisation; "declared" is a tie that somebody stated, such as a relative in office.
TIE_LABELS = {"employment": "任职", "board": "理事、监事或高管", "membership": "会员", "declared": "申明的其他关联"}
#: What stands for a sealed account number: its keyed hash, and its last four digits.
STAND_IN = "^[0-9a-f]{64}:[0-9]{4}$"
CODE = "uscc ~ '^[0-9A-HJ-NPQRTUWXY]{18}$'"

_KIND = " OR ".join(f"(kind = '{kind}' AND uscc LIKE '{prefix}%')" for kind, (prefix, _) in KINDS.items())
_RESULTS = ", ".join(repr(result) for result in YEARLY_CHECK_RESULTS)


class SealedAccount(Base):
    """An account number that an organisation gave, sealed; `mark` is the token that stands for it everywhere else.

    The row stays when the organisation gives another number, because orders name the account they were paid into.
    """

    __tablename__ = "sealed_account"
    __table_args__ = (
        CheckConstraint(f"mark ~ '{STAND_IN}'", name="mark_is_a_token"),
        CheckConstraint(CODE, name="uscc_is_a_code"),
    )

    uscc: Mapped[str] = mapped_column(Text, primary_key=True)
    mark: Mapped[str] = mapped_column(Text, primary_key=True)
    sealed: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Organisation(Base):
    """One organisation. Funds are fen; the payee of every payment is the organisation itself."""

    __tablename__ = "organisation"
    __table_args__ = (
        CheckConstraint(CODE, name="uscc_is_a_code"),
        CheckConstraint(_KIND, name="kind_agrees_with_uscc"),
        CheckConstraint("btrim(name) <> ''", name="name_is_there"),
        CheckConstraint("district ~ '^3101[0-9]{2}$'", name="district_is_in_shanghai"),
        CheckConstraint("registered_funds >= 0", name="registered_funds_are_not_negative"),
        CheckConstraint("full_time_staff >= 0", name="full_time_staff_is_not_negative"),
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating_is_1a_to_5a"),
        CheckConstraint("(rating IS NULL) = (rating_until IS NULL)", name="rating_has_an_end"),
        CheckConstraint(f"yearly_check_result IN ({_RESULTS})", name="yearly_check_result_is_known"),
        CheckConstraint(
            "(yearly_check_year IS NULL) = (yearly_check_result IS NULL)", name="yearly_check_has_year_and_result"
        ),
        CheckConstraint(
            "num_nulls(bank_name, bank_branch, account_name, account_mark) IN (0, 4)", name="bank_is_whole"
        ),
        CheckConstraint("account_name = name", name="payee_is_the_organisation"),
        CheckConstraint(f"account_mark ~ '{STAND_IN}'", name="account_is_sealed"),
        Index("ix_organisation_name", "name"),
        # Nobody is paid into an account that another organisation gave.
        ForeignKeyConstraint(
            ["uscc", "account_mark"], ["sealed_account.uscc", "sealed_account.mark"], name="fk_organisation_account"
        ),
        Index("ix_organisation_grams", "grams", postgresql_using="gin"),
    )

    id: Mapped[Serial]
    uscc: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    registered_with: Mapped[str | None] = mapped_column(Text)
    supervising_unit: Mapped[str | None] = mapped_column(Text)
    district: Mapped[str] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(Text)
    legal_representative: Mapped[str | None] = mapped_column(Text)
    founded_on: Mapped[date | None]
    registered_funds: Mapped[int | None]
    full_time_staff: Mapped[int | None]
    has_party_organisation: Mapped[bool] = mapped_column(server_default=false())
    is_charity: Mapped[bool] = mapped_column(server_default=false())
    rating: Mapped[int | None] = mapped_column(SmallInteger)
    rating_until: Mapped[date | None]
    yearly_check_year: Mapped[int | None] = mapped_column(SmallInteger)
    yearly_check_result: Mapped[str | None] = mapped_column(Text)
    bank_name: Mapped[str | None] = mapped_column(Text)
    bank_branch: Mapped[str | None] = mapped_column(Text)
    account_name: Mapped[str | None] = mapped_column(Text)
    account_mark: Mapped[str | None] = mapped_column(Text)
    contact_name: Mapped[str | None] = mapped_column(Text)
    contact_phone: Mapped[str | None] = mapped_column(Text)
    contact_email: Mapped[str | None] = mapped_column(Text)
    credit_blocked_until: Mapped[date | None]
    made_up: Mapped[bool] = mapped_column(server_default=false())
    created_at: Mapped[datetime]
    grams: Mapped[Any] = grams_column("uscc || chr(10) || name")


class Affiliation(Base):
    """A person's tie to an organisation, on the register of applicants or not, from one day to the last day of it.

    It bars that person from duties on the organisation's projects while it lasts and for the policy's
    years after. A tie entered by mistake is withdrawn with a reason, and the row stays. Nobody ends or
    withdraws his or her own.
    """

    __tablename__ = "affiliation"
    __table_args__ = (
        CheckConstraint(f"kind IN ({', '.join(repr(kind) for kind in TIE_LABELS)})", name="kind_is_known"),
        CheckConstraint(CODE, name="uscc_is_a_code"),
        CheckConstraint("btrim(organisation) <> ''", name="organisation_is_named"),
        CheckConstraint("from_on <= until_on", name="begins_before_it_ends"),
        CheckConstraint(
            "num_nulls(withdrawn_at, withdrawn_by_id, withdrawn_reason) IN (0, 3)", name="is_withdrawn_whole"
        ),
        CheckConstraint("ended_by_id <> user_id AND withdrawn_by_id <> user_id", name="nobody_ends_the_own_tie"),
    )

    id: Mapped[Serial]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    uscc: Mapped[str] = mapped_column(Text, index=True)
    organisation: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    position: Mapped[str] = mapped_column(Text, server_default="")
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    withdrawn_reason: Mapped[str | None] = mapped_column(Text)
