"""Tables of people: users, units, roles, API tokens, and what one signs in with."""

from datetime import date, datetime

from flask_security import UserMixin
from sqlalchemy import (
    CheckConstraint,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    false,
    func,
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Serial
from app.people.models.keys import WAY_LABELS, Challenge, OutsideAccount, Passkey
from app.people.models.proposals import RoleProposal
from workflows.roles import ACCEPTING_UNIT, APPLICANTS, AUDIT_FIRM, FRONT_OFFICE, GRANTABLE

__all__ = ["WAY_LABELS", "Challenge", "OutsideAccount", "Passkey", "RoleProposal"]

#: Kinds of units, with the words users read.
UNIT_KINDS = {
    "accepting_unit": "受理单位",
    "front_office": "前方工作机构",
    "fund_office": "市政府合作交流办",
    "joint_panel": "会审小组",
    "audit_firm": "审计机构",
    "finance": "财务部门",
    "supervision": "监督部门",
}
#: Kinds that serve an area; theirs is a prefix of the codes of GB/T 2260.
AREA_KINDS = ("accepting_unit", "front_office")
#: Roles that are held for a unit of the kind of the same name.
UNIT_ROLES = (ACCEPTING_UNIT, FRONT_OFFICE, AUDIT_FIRM)
#: Characters. Source: NIST SP 800-63B asks for 8; people who move public money get 12.
SHORTEST_PASSWORD = 12
#: What a token may be used for.
SCOPE_LABELS = {"act": "查询并办理", "read": "仅查询"}
#: What a link that is sent by mail is for.
LINK_PURPOSES = ("invitation", "new_password", "joining")
#: Languages a person can choose.
LOCALES = ("zh_Hans_CN", "en")


def one_of(column: str, values: tuple[str, ...]) -> str:
    """The SQL that says a column holds one of these words."""
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class User(Base, UserMixin):
    """A person who can sign in. Changing `fs_uniquifier` ends every session of that person."""

    __tablename__ = "user"
    __table_args__ = (
        CheckConstraint("email = lower(email) AND email LIKE '_%@_%'", name="email_is_lower_case"),
        CheckConstraint("btrim(name) <> ''", name="name_is_there"),
        CheckConstraint("password LIKE '$argon2id$%'", name="password_is_hashed"),
        CheckConstraint(one_of("locale", LOCALES), name="locale_is_known"),
    )

    id: Mapped[Serial]
    email: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    password: Mapped[str | None] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(server_default=true())
    fs_uniquifier: Mapped[str] = mapped_column(Text, unique=True)
    locale: Mapped[str | None] = mapped_column(Text)
    made_up: Mapped[bool] = mapped_column(server_default=false())
    created_at: Mapped[datetime]


class Unit(Base):
    """An office or firm in which people act: accepting unit, front office, audit firm …"""

    __tablename__ = "unit"
    __table_args__ = (
        CheckConstraint("btrim(code) <> ''", name="code_is_there"),
        CheckConstraint("btrim(name) <> ''", name="name_is_there"),
        CheckConstraint(one_of("kind", tuple(UNIT_KINDS)), name="kind_is_known"),
        CheckConstraint("area_code ~ '^[0-9]{2,6}$'", name="area_code_is_digits"),
        CheckConstraint(f"NOT ({one_of('kind', AREA_KINDS)}) OR area_code IS NOT NULL", name="area_code_is_there"),
        UniqueConstraint("id", "kind"),
    )

    id: Mapped[Serial]
    code: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    area_code: Mapped[str | None] = mapped_column(Text)
    made_up: Mapped[bool] = mapped_column(server_default=false())


_APPLICANT = one_of("role", tuple(sorted(APPLICANTS)))
_FOR_A_UNIT = one_of("role", UNIT_ROLES)
_UNIT_ROLES = ", ".join(f"'{role}'::text" for role in UNIT_ROLES)


class RoleGrant(Base):
    """A role given to a person from `granted_at` to `ended_at`; the row stays when it has ended.

    Ended grants show who belonged to an organisation, which bars people from acting on it later. Without
    `granted_by_id` or `ended_by_id` it was done at the command line. What an administrator gives or takes
    rests on a proposal that another one confirmed, and an administrator has no second role: triggers.
    """

    __tablename__ = "role_grant"
    __table_args__ = (
        CheckConstraint(one_of("role", GRANTABLE), name="role_is_known"),
        CheckConstraint(f"({_APPLICANT}) = (organisation_id IS NOT NULL)", name="applicants_have_an_organisation"),
        CheckConstraint(f"NOT ({_APPLICANT}) OR unit_id IS NULL", name="applicants_have_no_unit"),
        CheckConstraint(f"NOT ({_FOR_A_UNIT}) OR unit_id IS NOT NULL", name="unit_roles_have_a_unit"),
        CheckConstraint("ended_at >= granted_at", name="ends_after_it_begins"),
        CheckConstraint("granted_by_id <> user_id", name="nobody_grants_to_themselves"),
        CheckConstraint("ended_by_id <> user_id", name="nobody_ends_their_own"),
        CheckConstraint("ended_by_id IS NULL OR ended_at IS NOT NULL", name="who_ends_it_ends_it"),
        # The kind of the unit is the role it is held for, so that nobody accepts for an audit firm.
        ForeignKeyConstraint(["unit_id", "unit_kind"], ["unit.id", "unit.kind"]),
        Index(
            "uq_role_grant_live",
            "user_id",
            "role",
            "unit_id",
            "organisation_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_role_grant_role_unit_id", "role", "unit_id", postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[Serial]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    role: Mapped[str] = mapped_column(Text)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    unit_kind: Mapped[str | None] = mapped_column(
        # As PostgreSQL itself would write it, so that the schema compares equal to the migrations.
        Text,
        Computed(f"CASE WHEN (role = ANY (ARRAY[{_UNIT_ROLES}])) THEN role ELSE NULL::text END", persisted=True),
    )
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    granted_at: Mapped[datetime]
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    ended_at: Mapped[datetime | None]
    proposal_id: Mapped[int | None] = mapped_column(ForeignKey("role_proposal.id"), unique=True)
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class ApiToken(Base):
    """A key for the API, kept only as the SHA-256 of what was shown once.

    `last_used_on` is a date in Shanghai and starts as the day of issue, so that ordinary use
    writes at most one row a day.
    """

    __tablename__ = "api_token"
    __table_args__ = (
        CheckConstraint("hash ~ '^[0-9a-f]{64}$'", name="hash_is_sha256"),
        CheckConstraint("expires_at > created_at", name="expires_after_it_begins"),
        CheckConstraint(one_of("scope", tuple(SCOPE_LABELS)), name="scope_is_known"),
    )

    id: Mapped[Serial]
    hash: Mapped[str] = mapped_column(Text, unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    name: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_used_on: Mapped[date]
    revoked_at: Mapped[datetime | None]
    scope: Mapped[str] = mapped_column(Text, server_default="act")


class SignIn(Base):
    """One person at one browser, whose cookie holds a word of which this is the SHA-256.

    Every time is the database's own, never that of a demonstration. It counts only while `uniquifier` is
    still that of the person: changing that one ends all of them. `waits_for_code`: the password was right
    and the second factor is still to come. `renew`: what the person may do has changed, so the next answer
    carries a new word; the old one is good for as long as pages that were asked for together take.
    `proven_at` is when the person last gave a password, a code or a passkey. `way`: how it began. `vouched`: the
    outside provider says that it asked for more than a password, and the settings believe it.
    """

    __tablename__ = "sign_in"
    __table_args__ = (
        CheckConstraint("hash ~ '^[0-9a-f]{64}$'", name="hash_is_sha256"),
        CheckConstraint("(old_hash IS NULL) = (renewed_at IS NULL)", name="an_old_word_has_a_time"),
        CheckConstraint(one_of("way", tuple(WAY_LABELS)), name="way_is_known"),
        Index("ix_sign_in_user_id", "user_id", text("id DESC")),
        Index("ix_sign_in_old_hash", "old_hash", postgresql_where=text("old_hash IS NOT NULL")),
    )

    id: Mapped[Serial]
    hash: Mapped[str] = mapped_column(Text, unique=True)
    old_hash: Mapped[str | None] = mapped_column(Text)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    uniquifier: Mapped[str] = mapped_column(Text)
    began_at: Mapped[datetime] = mapped_column(server_default=func.now())
    seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
    proven_at: Mapped[datetime] = mapped_column(server_default=func.now())
    renewed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    waits_for_code: Mapped[bool] = mapped_column(server_default=false())
    renew: Mapped[bool] = mapped_column(server_default=false())
    address: Mapped[str] = mapped_column(Text, server_default="")
    agent: Mapped[str] = mapped_column(Text, server_default="")
    way: Mapped[str] = mapped_column(Text, server_default="password")
    vouched: Mapped[bool] = mapped_column(server_default=false())


class SecondFactor(Base):
    """What a person's authenticator shares with us, encrypted. `last_step` is the newest code that was taken.

    A code is the number of a step of 30 seconds; steps only go forward, so no code is taken twice.
    Source: RFC 6238, section 5.2.
    """

    __tablename__ = "second_factor"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    secret: Mapped[str] = mapped_column(Text)
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(server_default="0")


class RecoveryCode(Base):
    """A code for whoever lost the authenticator: 80 random bits, kept as their SHA-256, good once."""

    __tablename__ = "recovery_code"
    __table_args__ = (CheckConstraint("hash ~ '^[0-9a-f]{64}$'", name="hash_is_sha256"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    hash: Mapped[str] = mapped_column(Text, primary_key=True)
    used_at: Mapped[datetime | None]


class AccountLink(Base):
    """A link that was sent to a person, good once and until `expires_at`, by the database's clock.

    The word in the link is made of `nonce` with a key that the database does not know, when the letter
    is written; here is its SHA-256. Joining an organisation names it and the role.
    """

    __tablename__ = "account_link"
    __table_args__ = (
        CheckConstraint("hash ~ '^[0-9a-f]{64}$'", name="hash_is_sha256"),
        CheckConstraint(one_of("purpose", LINK_PURPOSES), name="purpose_is_known"),
        CheckConstraint(
            "(purpose = 'joining') = (organisation_id IS NOT NULL) AND (organisation_id IS NULL) = (role IS NULL)",
            name="joining_names_an_organisation",
        ),
        CheckConstraint(f"role IS NULL OR {_APPLICANT}", name="joining_is_for_applicants"),
        Index("ix_account_link_user_id", "user_id"),
        Index("ix_account_link_organisation_id", "organisation_id"),
    )

    id: Mapped[Serial]
    hash: Mapped[str] = mapped_column(Text, unique=True)
    nonce: Mapped[str] = mapped_column(Text)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    purpose: Mapped[str] = mapped_column(Text)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    role: Mapped[str | None] = mapped_column(Text)
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    made_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    void_at: Mapped[datetime | None]


class ErasureRequest(Base):
    """A person asked that his or her data be erased; `done_at` is when an operator did so."""

    __tablename__ = "erasure_request"
    __table_args__ = (CheckConstraint("done_at >= asked_at", name="asked_before_it_is_done"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    asked_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class RateLimit(Base):
    """How often something was tried in the present window; rows past `expires_at` are void.

    The keys hold digests of names and addresses, never the names themselves.
    """

    __tablename__ = "rate_limit"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    amount: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(index=True)
